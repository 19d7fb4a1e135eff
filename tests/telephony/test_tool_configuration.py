"""What a supervisor configures of tools, and what callers leave, in the admin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from telephony import facade
from telephony.contracts import CallArrival, MessageRecord, ToolCallRecord
from telephony.enums import ToolKind, ToolOutcome
from telephony.models import McpServer, Message, Persona, PhoneNumber, Tool, ToolCall
from telephony.services.personas import publish_persona

pytestmark = pytest.mark.django_db

SCHEMA = '{"type": "object", "properties": {"card": {"type": "string"}}}'


def tool_form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "book",
        "description": "Books.",
        "parameters": SCHEMA,
        "kind": "webhook",
        "builtin": "",
        "url": "https://shop.example/book",
        "mcp_server": "",
        "mcp_tool": "",
        "timeout_ms": "5000",
        "max_uses": "3",
        "sensitive_arguments": "card",
    } | changes


def add_tool(client: Client, **changes: Any) -> Any:
    return client.post(reverse("admin:telephony_tool_add"), tool_form(**changes))


@pytest.fixture
def server() -> McpServer:
    return McpServer.objects.create(
        name="Booking", url="https://mcp.example/mcp", secret="tok3n-of-the-server"
    )


def test_a_published_tool_carries_its_limits_into_the_call(
    admin_client: Client,
    persona: Persona,
    number: PhoneNumber,
    server: McpServer,
    arrival: Callable[..., CallArrival],
) -> None:
    assert add_tool(admin_client, idempotent="on").status_code == 302
    mcp = {"name": "find", "kind": "mcp", "url": "", "mcp_server": server.pk, "mcp_tool": "find_it"}
    assert add_tool(admin_client, **mcp).status_code == 302
    persona.tools.set(Tool.objects.all())
    publish_persona(persona=persona)

    book, find = facade.open_call(arrival()).persona.tools
    assert (book.idempotent, book.max_uses, book.sensitive_arguments) == (True, 3, ("card",))
    assert find.kind is ToolKind.MCP
    assert find.mcp is not None
    assert (find.mcp.tool, find.mcp.server.secret) == ("find_it", "tok3n-of-the-server")
    assert "tok3n" not in repr(find)

    McpServer.objects.update(active=False)
    assert [t.name for t in facade.open_call(arrival()).persona.tools] == ["book"]


def test_a_version_published_before_the_limits_were_there_has_the_defaults(
    persona: Persona, number: PhoneNumber, arrival: Callable[..., CallArrival]
) -> None:
    Tool.objects.create(name="book", description="x", url="https://shop.example/")
    persona.tools.set(Tool.objects.all())
    version, _ = publish_persona(persona=persona)
    old = {"id", "name", "description", "parameters", "kind", "builtin", "url", "timeout_ms"}
    version.tools = [{key: tool[key] for key in old} for tool in version.tools]
    version.save()
    [tool] = facade.open_call(arrival()).persona.tools
    assert (tool.idempotent, tool.max_uses, tool.sensitive_arguments) == (False, 20, ())


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "mcp"},
        {"kind": "mcp", "url": "", "mcp_tool": "x"},
        {"kind": "builtin", "builtin": "take_message"},
        {"url": "http://shop.example/book"},
        {"url": "https://user:pw@shop.example/book"},
        {"max_uses": "0"},
        {"sensitive_arguments": "crad"},
        {"parameters": '{"type": "object", "properties": 7}'},
        {"parameters": "nonsense"},
    ],
    ids=lambda changes: " ".join(f"{k}={v}" for k, v in changes.items())[:40],
)
def test_a_tool_that_is_none_is_refused_with_words(
    admin_client: Client, changes: dict[str, Any]
) -> None:
    response = add_tool(admin_client, **changes)
    assert response.status_code == 200
    assert response.context["errors"]
    assert not Tool.objects.exists()


def test_the_token_of_an_mcp_server_is_never_shown(admin_client: Client, server: McpServer) -> None:
    for url in (
        reverse("admin:telephony_mcpserver_changelist"),
        reverse("admin:telephony_mcpserver_change", args=[server.pk]),
    ):
        assert "tok3n" not in admin_client.get(url).content.decode()
    form = {"name": "Booking", "url": "http://mcp.example/mcp", "active": "on"}
    refused = admin_client.post(reverse("admin:telephony_mcpserver_add"), form | {"name": "B"})
    assert "Must be https" in refused.content.decode()


def message(key: str, text: str = "Please call me <script>alert(1)</script>") -> MessageRecord:
    return MessageRecord(
        key=key,
        caller_name="Ann\x00 Lee",
        callback_number="+15550199",
        text=text,
        at_ms=5_000,
        occurred_at=datetime.now(UTC),
    )


def test_a_message_is_stored_once_shown_as_text_and_marked_as_handled(
    admin_client: Client, number: PhoneNumber, arrival: Callable[..., CallArrival]
) -> None:
    call_id = facade.open_call(arrival()).call_id
    for _ in range(2):
        facade.store_records(call_id, [message("message:1"), message("message:2")])
    assert Message.objects.count() == 2
    assert Message.objects.filter(caller_name="Ann Lee").count() == 2

    changelist = reverse("admin:telephony_message_changelist")
    first = Message.objects.first()
    assert first is not None
    for url in (changelist, reverse("admin:telephony_message_change", args=[first.pk])):
        page = admin_client.get(url).content.decode()
        assert "&lt;script&gt;alert" in page
        assert "<script>alert" not in page

    action = {"action": "mark_handled", "_selected_action": [first.pk]}
    admin_client.post(changelist, action)
    first.refresh_from_db()
    assert first.handled_by is not None
    handled_at = first.handled_at
    admin_client.post(changelist, action)
    first.refresh_from_db()
    assert first.handled_at == handled_at
    assert Message.objects.filter(handled_at=None).count() == 1


def test_each_attempt_of_a_tool_has_a_row(
    number: PhoneNumber, arrival: Callable[..., CallArrival]
) -> None:
    call_id = facade.open_call(arrival()).call_id
    facade.store_records(
        call_id,
        [
            ToolCallRecord(
                key=f"tool:c1:{attempt}",
                name="book",
                arguments={},
                outcome=outcome,
                result={},
                start_ms=attempt,
                duration_ms=1,
                attempt=attempt,
                idempotency_key="k",
            )
            for attempt, outcome in ((1, ToolOutcome.TIMEOUT), (2, ToolOutcome.OK))
        ],
    )
    rows = ToolCall.objects.values_list("attempt", "outcome", "idempotency_key")
    assert list(rows) == [(1, "timeout", "k"), (2, "ok", "k")]
