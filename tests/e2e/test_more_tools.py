"""Tools beyond the demo's: a document is looked up, a message taken, an MCP server asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from mcp.server.mcpserver import MCPServer

from deploy.local.phone import PhoneCall
from tests.e2e.conftest import PhoneMaker
from tests.support.faults import environment, set_up
from tests.support.stack import Api, Json, said

pytestmark = [pytest.mark.full, pytest.mark.timeout(120)]
Uri = Callable[[str], str]
TOKEN = "mcp-t0ken-of-the-test"
OFFER = """
from telephony.models import KnowledgeDocument, McpServer, Persona, Tool
from telephony.services.knowledge import index_document
from telephony.services.personas import publish_persona

shop = Persona.objects.get(name="Nordwind Outdoor")
text = "# Returns\\nA jacket may be sent back within thirty days."
handbook, _ = KnowledgeDocument.objects.get_or_create(title="Handbook", defaults={{"text": text}})
handbook.personas.set([shop])
index_document(document=handbook)
server, _ = McpServer.objects.update_or_create(
    name="Courses", defaults={{"url": "{url}", "secret": "{token}"}}
)
parameters = {{"type": "object", "properties": {{"course": {{"type": "string"}}}}}}
kinds = {{
    "knowledge_lookup": {{"kind": "builtin", "builtin": "knowledge_lookup"}},
    "take_message": {{"kind": "builtin", "builtin": "take_message"}},
    "course_places": {{
        "kind": "mcp", "mcp_server": server, "mcp_tool": "places", "parameters": parameters
    }},
}}
for name, values in kinds.items():
    tool, _ = Tool.objects.update_or_create(
        name=name, defaults=values | {{"description": "For the test."}}
    )
    tool.full_clean()
    shop.tools.add(tool)
publish_persona(persona=shop)
"""
WITHDRAW = """
from telephony.models import Persona
from telephony.services.personas import publish_persona

shop = Persona.objects.get(name="Nordwind Outdoor")
shop.tools.set(shop.tools.filter(name__in=["order_status", "opening_hours", "end_call"]))
publish_persona(persona=shop)
"""


class Courses:
    """A real MCP server, and what it was asked with."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.tokens: set[str] = set()
        self.server: MCPServer[Any] = MCPServer("courses")

        @self.server.tool()
        async def places(course: str) -> dict[str, Any]:
            """How many places are left."""
            self.asked.append(course)
            return {"course": course, "places": 7}

        @self.server.tool()
        async def cancel_everything() -> str:
            """Nobody allowed this one."""
            raise AssertionError("a tool that no persona names was called")

    @asynccontextmanager
    async def serving(self, port: int) -> AsyncIterator[None]:
        inner = self.server.streamable_http_app()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            for name, value in scope.get("headers", ()):
                if name == b"authorization":
                    self.tokens.add(value.decode())
            await inner(scope, receive, send)

        config = uvicorn.Config(
            app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.02)
        try:
            yield
        finally:
            server.should_exit = True
            await serving


@pytest.fixture
async def courses(stack: Json) -> AsyncIterator[Courses]:
    """The shop's persona has the three tools, as long as the test lasts."""
    allowed = environment(stack, "web")["WEBHOOK_ALLOWED_HTTP_HOSTS"].split(",")
    host, port = allowed[-1].split(":")
    courses = Courses()
    async with courses.serving(int(port)):
        await set_up(stack, OFFER.format(url=f"http://{host}:{port}/mcp", token=TOKEN))
        try:
            yield courses
        finally:
            await set_up(stack, WITHDRAW)


async def ask(call: PhoneCall, question: str) -> None:
    await call.say(question)
    await call.wait_for_speech(10)
    await call.wait_for_silence(1_000)


async def test_a_document_a_message_and_an_mcp_server_serve_one_caller(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json, courses: Courses
) -> None:
    phone = await new_phone(user="+15550171")
    call = await phone.dial(uri("shop"))
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    await ask(call, "May I send my jacket back to you?")
    await ask(call, "Please write down a message for the workshop.")
    await ask(call, "How many people fit into the climbing course?")
    await call.hangup()
    stored = await api.ended(call.sip_call_id)

    used = {tool["name"]: tool for tool in stored["tool_calls"]}
    assert {name: tool["outcome"] for name, tool in used.items()} == {
        "knowledge_lookup": "ok",
        "take_message": "ok",
        "course_places": "ok",
    }
    assert used["knowledge_lookup"]["result"]["sources"] == ["Handbook: Returns"]
    assert used["take_message"]["result"]["number"] == "+15550171"
    assert courses.asked == ["climbing"]
    assert courses.tokens == {f"Bearer {TOKEN}"}
    agent = said(stored, "agent")
    assert "within thirty days" in agent[1]
    assert "Anna Berg" in agent[2]
    assert "7 places left in the climbing course" in agent[3]
    await set_up(
        stack,
        "from telephony.models import Message\n"
        "message = Message.objects.get(caller_name='Anna Berg', "
        f"call__sip_call_id='{call.sip_call_id}')\n"
        "assert message.callback_number == '+15550171'\n"
        "assert 'zipper' in message.text",
    )
