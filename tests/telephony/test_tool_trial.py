"""Test this tool: the worker's own code calls the real address, and the page shows what came."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from telephony.models import KnowledgeDocument, OpeningHours, Tool
from telephony.services.knowledge import index_document

pytestmark = pytest.mark.django_db


class Orders(BaseHTTPRequestHandler):
    seen: list[tuple[dict[str, Any], dict[str, str]]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((json.loads(body), dict(self.headers)))
        answer = b'{"status": "shipped <b>"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_words: Any) -> None:
        """Quiet."""


@pytest.fixture
def order(settings: Any) -> Iterator[Tool]:
    Orders.seen = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Orders)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    host = f"127.0.0.1:{server.server_port}"
    settings.WEBHOOK_ALLOWED_HTTP_HOSTS = [host]
    yield Tool.objects.create(
        name="order",
        description="d",
        url=f"http://{host}/orders",
        secret="the-s3cret",
        parameters={
            "type": "object",
            "properties": {"number": {"type": "string"}},
            "required": ["number"],
        },
    )
    server.shutdown()
    server.server_close()


def tried(client: Client, tool: Tool, arguments: str) -> str:
    url = reverse("admin:telephony_tool_try_tool", args=[tool.pk])
    response = client.post(url, {"arguments": arguments})
    assert response.status_code == 200
    return response.content.decode()


def test_the_tool_is_called_as_in_a_call_and_its_result_and_time_are_shown(
    order: Tool, admin_client: Client
) -> None:
    page = tried(admin_client, order, '{"number": "4271"}')

    ((body, headers),) = Orders.seen
    assert body == {"number": "4271"}
    assert "X-Webhook-Signature" in headers
    assert "shipped &lt;b&gt;" in page
    assert "ok after" in page
    assert "the-s3cret" not in page


def test_arguments_that_the_schema_forbids_never_leave_the_machine(
    order: Tool, admin_client: Client
) -> None:
    assert "invalid_arguments" in tried(admin_client, order, '{"number": 4271}')
    assert "JSON object" in tried(admin_client, order, "[1]")
    assert "valid JSON" in tried(admin_client, order, "{")
    assert Orders.seen == []


def test_an_address_that_calls_may_not_reach_is_not_reached_from_here(
    order: Tool, admin_client: Client, settings: Any
) -> None:
    settings.WEBHOOK_ALLOWED_HTTP_HOSTS = []

    assert "blocked" in tried(admin_client, order, '{"number": "4271"}')
    assert Orders.seen == []


def builtin(name: str) -> Tool:
    return Tool.objects.create(name=name, description="d", kind="builtin", builtin=name)


def test_opening_hours_are_told_as_a_call_would_hear_them(admin_client: Client) -> None:
    hours = OpeningHours.objects.create(name="Shop", timezone="Europe/Berlin")
    hours.periods.create(weekday=0, opens="09:00", closes="17:00")
    assert "from 9 a.m. to 5 p.m." in tried(admin_client, builtin("opening_hours"), "{}")


def test_documents_are_searched_with_the_question(admin_client: Client) -> None:
    document = KnowledgeDocument.objects.create(title="Returns", text="Send it back in 30 days.")
    index_document(document=document)
    lookup = builtin("knowledge_lookup")
    assert "30 days" in tried(admin_client, lookup, '{"question": "When to send it back?"}')
    assert "not_found" in tried(admin_client, lookup, '{"question": "Elephants"}')


def test_a_tool_that_does_something_to_a_call_is_not_tried_without_one(
    admin_client: Client,
) -> None:
    assert "can only be tested in one" in tried(admin_client, builtin("end_call"), "{}")
