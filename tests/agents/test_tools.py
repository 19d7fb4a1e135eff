"""A tool's every use is bounded, recorded, and answered with data the model can act on."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID, uuid4

import pytest
from aiohttp import web
from livekit.agents import RunContext, StopResponse

from agents.call_context import CallClock
from agents.recorder import Recorder
from agents.tools.opening_hours import describe
from agents.tools.results import ToolFailure
from agents.tools.runner import Tool, ToolCall, ToolFinished, ToolRunner
from agents.tools.webhook import WebhookTool
from telephony.contracts import (
    OpeningHoursSpec,
    OpeningPeriod,
    ToolCallRecord,
    ToolSpec,
    WebhookSpec,
)
from telephony.enums import ToolKind, ToolOutcome

SCHEMA = {
    "type": "object",
    "properties": {"order_number": {"type": "string", "pattern": "^[0-9]{4}$"}},
    "required": ["order_number"],
    "additionalProperties": False,
}
GOOD = {"order_number": "1234"}
CALL_ID = UUID("11111111-2222-3333-4444-555555555555")

if TYPE_CHECKING:
    from tests.agents.conftest import ListStore


@pytest.fixture
def runner(store: ListStore) -> ToolRunner:
    clock = CallClock()
    return ToolRunner(Recorder(store, clock), clock, CALL_ID)


def spec(url: str = "", timeout_ms: int = 2_000) -> ToolSpec:
    return ToolSpec(
        name="order_status",
        description="Looks an order up.",
        parameters=SCHEMA,
        kind=ToolKind.WEBHOOK,
        webhook=WebhookSpec(url=url, secret="s3cret"),
        timeout_ms=timeout_ms,
    )


def use(arguments: Mapping[str, Any] = GOOD) -> ToolCall:
    return ToolCall("call_1", arguments, cast("RunContext[Any]", SimpleNamespace()))


def the_record(store: ListStore) -> ToolCallRecord:
    (record,) = store.tools
    return record


class Shop:
    """A webhook whose answer a test chooses; keeps what it was asked."""

    def __init__(self) -> None:
        self.answer: web.Response = web.json_response({"status": "shipped"})
        self.delay_s = 0.0
        self.asked: list[tuple[dict[str, str], Any]] = []
        self.url = ""

    async def handle(self, request: web.Request) -> web.Response:
        self.asked.append((dict(request.headers), await request.json()))
        await asyncio.sleep(self.delay_s)
        return self.answer


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    shop = Shop()
    app = web.Application()
    app.router.add_post("/orders", shop.handle)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    shop.url = f"http://127.0.0.1:{port}/orders"
    yield shop
    await runner.cleanup()


def webhook(shop: Shop, url: str = "") -> WebhookTool:
    host = shop.url.split("/")[2]
    address = WebhookSpec(url=url or shop.url, secret="s3cret")
    return WebhookTool(address, call_id=uuid4(), trusted=frozenset({host}))


async def test_a_webhook_gets_the_arguments_and_the_model_its_data(
    runner: ToolRunner, store: ListStore, shop: Shop
) -> None:
    result = await runner.run(spec(shop.url), webhook(shop), use())
    assert result == {"ok": True, "status": "shipped"}
    headers, body = shop.asked[0]
    assert body == GOOD
    assert headers["Idempotency-Key"] == f"{CALL_ID}:call_1"
    assert "s3cret" not in str(headers)
    record = the_record(store)
    assert (record.outcome, record.result, record.arguments) == (ToolOutcome.OK, result, GOOD)


@pytest.mark.parametrize(
    "arguments", [{}, {"order_number": "12"}, {"order_number": 1234}, {**GOOD, "drop": "tables"}]
)
async def test_wrong_arguments_are_refused_before_anything_runs(
    runner: ToolRunner, store: ListStore, shop: Shop, arguments: dict[str, Any]
) -> None:
    result = await runner.run(spec(shop.url), webhook(shop), use(arguments))
    assert (result["ok"], result["error"]) == (False, "invalid_arguments")
    assert shop.asked == []
    assert the_record(store).outcome is ToolOutcome.INVALID_ARGUMENTS


async def test_a_slow_webhook_is_given_up_in_time(
    runner: ToolRunner, store: ListStore, shop: Shop
) -> None:
    shop.delay_s = 5
    result = await runner.run(spec(shop.url, timeout_ms=150), webhook(shop), use())
    assert (result["ok"], result["error"]) == (False, "timeout")
    record = the_record(store)
    assert record.outcome is ToolOutcome.TIMEOUT
    assert 100 <= record.duration_ms < 1_500


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (web.Response(status=500, text="oops"), "http_500"),
        (web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}), "http_302"),
        (web.Response(text="<html>hello</html>", content_type="text/html"), "bad_response"),
        (web.Response(body=b"y" * 1_000_000), "too_large"),
        (web.json_response({str(i): "word " * 150 for i in range(40)}), "too_large"),
    ],
    ids=["status 500", "redirect", "html", "huge body", "huge data"],
)
async def test_a_bad_answer_is_a_failure_with_a_record(
    runner: ToolRunner, store: ListStore, shop: Shop, answer: web.Response, code: str
) -> None:
    shop.answer = answer
    result = await runner.run(spec(shop.url), webhook(shop), use())
    assert (result["ok"], result["error"]) == (False, code)
    assert result["message"]
    assert the_record(store).outcome is ToolOutcome.FAILED


async def test_invisible_characters_and_long_texts_do_not_reach_the_model(
    runner: ToolRunner, shop: Shop
) -> None:
    shop.answer = web.json_response({"note": "a\u202eb\u0000c\u200bd\ne", "long": "z" * 5_000})
    result = await runner.run(spec(shop.url), webhook(shop), use())
    assert result["note"] == "abcd e"
    assert len(result["long"]) == 1_000


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/x", "http://example.com/x", "ftp://h/x"])
async def test_plain_http_is_refused_unless_the_host_is_allowed(
    runner: ToolRunner, shop: Shop, url: str
) -> None:
    result = await runner.run(spec(url), webhook(shop, url), use())
    assert (result["ok"], result["error"]) == (False, "blocked")


async def test_a_webhook_that_is_down_is_a_failure(runner: ToolRunner) -> None:
    address = WebhookSpec(url="http://127.0.0.1:9/x")
    down = WebhookTool(address, call_id=uuid4(), trusted=frozenset({"127.0.0.1:9"}))
    result = await runner.run(spec(), down, use())
    assert (result["ok"], result["error"]) == (False, "unavailable")


async def test_a_broken_tool_says_nothing_of_its_insides(
    runner: ToolRunner, store: ListStore
) -> None:
    async def broken(call: ToolCall) -> Mapping[str, Any]:
        raise KeyError("password=hunter2")

    result = await runner.run(spec(), broken, use())
    assert (result["ok"], result["error"]) == (False, "failed")
    assert "hunter2" not in json.dumps(result)
    assert the_record(store).outcome is ToolOutcome.FAILED


async def test_a_cancelled_tool_leaves_a_record(runner: ToolRunner, store: ListStore) -> None:
    async def endless(call: ToolCall) -> Mapping[str, Any]:
        await asyncio.sleep(60)
        return {}

    task = asyncio.create_task(runner.run(spec(timeout_ms=60_000), endless, use()))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert the_record(store).outcome is ToolOutcome.CANCELLED


@pytest.mark.parametrize(
    ("raised", "outcome"),
    [(ToolFinished(), ToolOutcome.OK), (ToolFailure("x", "y"), ToolOutcome.FAILED)],
)
async def test_a_tool_that_finished_the_call_wants_no_reply(
    runner: ToolRunner, store: ListStore, raised: Exception, outcome: ToolOutcome
) -> None:
    async def tool(call: ToolCall) -> Mapping[str, Any]:
        raise raised

    if isinstance(raised, ToolFinished):
        with pytest.raises(StopResponse):
            await runner.run(spec(), tool, use())
    else:
        assert (await runner.run(spec(), tool, use()))["ok"] is False
    assert the_record(store).outcome is outcome


def test_a_tool_without_a_valid_schema_is_refused(runner: ToolRunner) -> None:
    bad = ToolSpec(
        name="bad", description="", parameters={"type": "nonsense"}, kind=ToolKind.BUILTIN
    )
    with pytest.raises(ValueError, match="tool bad"):
        runner.build(bad, cast("Tool", None))


async def test_a_schema_elsewhere_is_never_fetched(runner: ToolRunner) -> None:
    asked: list[str] = []

    class Elsewhere(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_error(404)

    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        away = {"order_number": {"$ref": f"http://127.0.0.1:{server.server_port}/schema"}}
        far = replace(spec(), parameters={"type": "object", "properties": away})
        result = await runner.run(far, cast("Tool", None), use())
        server.shutdown()
    assert (result["ok"], asked) == (False, [])
    with pytest.raises(ValueError, match=r"\$ref may only point"):
        runner.build(far, cast("Tool", None))


HOURS = OpeningHoursSpec(
    timezone="America/New_York",
    periods=tuple(
        OpeningPeriod(weekday=day, opens=time(9), closes=time(17, 30)) for day in range(5)
    ),
)


def test_opening_hours_are_told_in_local_time() -> None:
    told = describe(HOURS, datetime(2026, 11, 20, 21, 45, tzinfo=UTC))  # Friday 16:45 there
    assert told["open_now"] is True
    assert told["text"] == (
        "We are open Monday to Friday from 9 a.m. to 5:30 p.m. Right now we are open."
    )
    assert told["today"] == ["9 a.m. to 5:30 p.m."]
    assert told["next_opening"] == "Monday at 9 a.m."


def test_before_opening_the_next_opening_is_today() -> None:
    told = describe(HOURS, datetime(2026, 11, 20, 13, 0, tzinfo=UTC))  # Friday 08:00 there
    assert told["open_now"] is False
    assert told["next_opening"] == "Friday at 9 a.m."


def test_never_open_is_said_so() -> None:
    told = describe(OpeningHoursSpec(timezone="UTC"), datetime(2026, 11, 20, tzinfo=UTC))
    assert (told["open_now"], told["next_opening"]) == (False, None)
