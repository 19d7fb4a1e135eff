"""A call's spans, as a collector receives them: times, codes and ids, and nothing that was said."""

from __future__ import annotations

import http.server
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from agents import telemetry
from agents.call import Ending
from agents.call_context import CallClock
from agents.recorder import Recorder, ToolAttempt
from telephony.contracts import TurnMetricRecord
from telephony.enums import EndingReason, EventKind, ToolOutcome
from tests.support.call_fakes import ListStore

CALL_ID = UUID("7b2c5d7e-4a52-4f55-9b1c-6f6f4cbb2b11")
CANARY = "c4nary"


class Collector(http.server.BaseHTTPRequestHandler):
    """OTLP over HTTP (opentelemetry.io/docs/specs/otlp), binary protobuf."""

    bodies: list[bytes]
    headers_seen: list[dict[str, str]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Content-Encoding") == "gzip":
            raise AssertionError("not asked for")
        if self.path == "/v1/traces":
            self.bodies.append(body)
            self.headers_seen.append(dict(self.headers))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        return


@pytest.fixture
def collector() -> Iterator[tuple[str, type[Collector]]]:
    class Handler(Collector):
        bodies: list[bytes] = []
        headers_seen: list[dict[str, str]] = []

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/", Handler
    server.shutdown()
    server.server_close()


def a_call(*, recording: bool = False) -> Any:
    clock = CallClock()
    return SimpleNamespace(
        plan=SimpleNamespace(
            call_id=CALL_ID,
            recording=recording,
            resumed=None,
            persona=SimpleNamespace(name="Nordwind Outdoor", version=3),
        ),
        clock=clock,
        recorder=Recorder(ListStore(), clock),
        closing=[],
        ending=None,
    )


def what_happens(call: Any, *, tape_ms: int | None = None) -> float:
    """A short call; returns when it was answered."""
    call.clock.answered()
    zero: float = call.clock.zero
    call.recorder.answered()
    call.recorder.event(EventKind.LINE_NOISE, detail={"words": CANARY})
    call.recorder.caller_turn("caller:1", text=CANARY, start=zero + 1.0, end=zero + 2.0)
    key = call.recorder.agent_turn(
        "item", text=CANARY, start=zero + 2.6, end=zero + 4.0, interrupted=True
    )
    metric = TurnMetricRecord(
        turn_key=key,
        endpointing_ms=300,
        first_token_ms=-100,
        first_audio_ms=350,
        on_wire_ms=50,
        framework_ms=600,
        speculated=True,
        wasted_tokens=9,
    )
    call.recorder.metric(metric)
    if tape_ms is not None:
        call.recorder.metric(replace(metric, tape_ms=tape_ms))
    attempt = ToolAttempt(
        call_id="1",
        name="order_status",
        arguments={"order": CANARY},
        start=zero + 2.0,
    )
    call.recorder.tool_begun(attempt)
    call.recorder.tool_call(attempt, outcome=ToolOutcome.TIMEOUT, result={"error": CANARY})
    return zero


async def exported(call: Any, handler: type[Collector]) -> dict[str, list[Any]]:
    for close in call.closing:
        await close()
    spans: dict[str, list[Any]] = {}
    for body in handler.bodies:
        request = ExportTraceServiceRequest.FromString(body)
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    spans.setdefault(span.name, []).append(span)
    return spans


def attributes(span: Any) -> dict[str, Any]:
    return {
        pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in span.attributes
    }


async def test_a_call_its_turns_and_its_tools_arrive_at_the_collector(
    collector: tuple[str, type[Collector]], monkeypatch: pytest.MonkeyPatch
) -> None:
    address, handler = collector
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=from-the-environment")
    call = a_call()
    telemetry.attach(call, address)
    zero = what_happens(call)
    call.ending = Ending(EndingReason.MODEL_UNAVAILABLE, zero + 5.0, CANARY)
    spans = await exported(call, handler)

    (whole,), (turn,), (tool,) = spans["voice.call"], spans["voice.turn"], spans["voice.tool"]
    assert {turn.parent_span_id, tool.parent_span_id} == {whole.span_id}
    told = attributes(whole)
    assert told["voice.call.id"] == str(CALL_ID)
    assert (told["voice.persona"], told["voice.persona.version"]) == ("Nordwind Outdoor", 3)
    assert (told["voice.ending.result"], told["voice.ending.reason"]) == (
        "provider",
        "model_unavailable",
    )
    assert whole.status.code == 2, "an error"
    assert [event.name for event in whole.events] == [
        "voice.answered",
        "voice.line_noise",
        "voice.interrupted",
    ]

    def seconds(nanoseconds: int) -> float:
        return nanoseconds / 1e9 - zero

    parts = attributes(turn)
    assert parts["voice.turn.endpointing_ms"] == 300
    assert parts["voice.turn.first_token_ms"] == -100
    assert parts["voice.turn.speculated"] is True
    assert parts["voice.turn.interrupted"] is True
    assert parts["voice.turn.wasted_tokens"] == 9
    assert "voice.turn.tape_ms" not in parts
    assert seconds(turn.start_time_unix_nano) == pytest.approx(2.0, abs=0.002)
    assert seconds(turn.end_time_unix_nano) == pytest.approx(4.0, abs=0.002)
    assert [(event.name, round(seconds(event.time_unix_nano), 2)) for event in turn.events] == [
        ("voice.decision", 2.3),
        ("voice.first_words", 2.2),
        ("voice.first_sound", 2.55),
        ("voice.on_the_wire", 2.6),
    ]
    assert attributes(tool)["voice.tool.outcome"] == "timeout"
    assert handler.headers_seen[0]["x-key"] == "from-the-environment"
    assert CANARY.encode() not in b"".join(handler.bodies), "nothing that was said leaves"


async def test_a_recorded_reply_carries_the_tapes_figure(
    collector: tuple[str, type[Collector]],
) -> None:
    address, handler = collector
    call = a_call(recording=True)
    telemetry.attach(call, address)
    what_happens(call, tape_ms=612)
    (turn,) = (await exported(call, handler))["voice.turn"]
    assert attributes(turn)["voice.turn.tape_ms"] == 612


async def test_a_recorded_reply_without_a_figure_is_told_at_the_end(
    collector: tuple[str, type[Collector]],
) -> None:
    address, handler = collector
    call = a_call(recording=True)
    telemetry.attach(call, address)
    what_happens(call)
    assert len((await exported(call, handler))["voice.turn"]) == 1


async def test_without_an_endpoint_there_are_no_spans() -> None:
    call = a_call()
    assert telemetry.attach(call, "") is None
    what_happens(call)
    assert call.closing == []
    assert call.recorder.watchers == []


async def test_a_collector_that_is_away_does_not_hold_up_the_end_of_a_call() -> None:
    call = a_call()
    telemetry.attach(call, "http://127.0.0.1:9")
    what_happens(call)
    began = time.monotonic()
    for close in call.closing:
        await close()
    assert time.monotonic() - began < telemetry.LAST_EXPORT_S + 1
