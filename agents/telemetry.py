"""A call as OpenTelemetry spans, exported by OTLP where an endpoint is named; else nothing.

Made from the call's own records, so they say what history says. livekit-agents has spans of its
own, with prompts and what callers said in them: they are not exported. Ours hold ids, codes and
times only.

    voice.call            from the worker's first sight of the caller to the end; its events are the
      |                   call's events by kind, without their details
      +- voice.turn       from the end of the caller's speech to the end of the reply to it
      +- voice.tool       one attempt at a tool, by name and outcome
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping

from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from agents.call import LiveCall
from telephony.contracts import (
    CallRecord,
    EventRecord,
    ToolCallRecord,
    TurnMetricRecord,
    TurnRecord,
)
from telephony.enums import EndingResult, Speaker, ToolOutcome

logger = logging.getLogger(__name__)

SERVICE = "contactcenter-worker"
# The collector may be away: a call's end does not wait for it.
EXPORT_TIMEOUT_S = 2
LAST_EXPORT_S = 3.0
# After the end of the caller's speech, in this order.
_PARTS = (
    ("endpointing_ms", "voice.decision"),
    ("first_token_ms", "voice.first_words"),
    ("first_audio_ms", "voice.first_sound"),
    ("on_wire_ms", "voice.on_the_wire"),
)
_BAD = (EndingResult.OUR_FAULT, EndingResult.PROVIDER, EndingResult.NETWORK)


class CallTrace:
    """One call's spans. ``close`` ends and exports them."""

    def __init__(self, call: LiveCall, provider: TracerProvider) -> None:
        plan = call.plan
        self._call = call
        self._provider = provider
        self._tracer = provider.get_tracer("contactcenter.voice")
        self._replies: dict[str, TurnRecord] = {}
        # A reply of a call that records waits for the tape's figure.
        self._waits_for_tape = plan.recording
        self._waiting: dict[str, TurnMetricRecord] = {}
        self._span = self._tracer.start_span(
            "voice.call",
            kind=SpanKind.SERVER,
            start_time=_ns(call.clock.now()),
            attributes={
                "voice.call.id": str(plan.call_id),
                "voice.persona": plan.persona.name,
                "voice.persona.version": plan.persona.version,
                "voice.recording": plan.recording,
                "voice.resumed": plan.resumed is not None,
            },
        )
        self._inside = trace.set_span_in_context(self._span)
        call.recorder.watchers.append(self._on_record)
        call.closing.append(self.close)

    async def close(self) -> None:
        """The call is over. What the collector does not take within seconds is lost."""
        for metric in list(self._waiting.values()):
            self._turn(metric)
        ending = self._call.ending
        if ending is not None:
            result = ending.reason.result
            self._span.set_attribute("voice.ending.result", result.value)
            self._span.set_attribute("voice.ending.reason", ending.reason.value)
            if result in _BAD:
                self._span.set_status(Status(StatusCode.ERROR, ending.reason.value))
        self._span.end(_ns(ending.at if ending is not None else self._call.clock.now()))
        try:
            await asyncio.wait_for(asyncio.to_thread(self._provider.shutdown), LAST_EXPORT_S)
        except TimeoutError:
            logger.warning("the spans of this call could not be exported in time")

    def _on_record(self, record: CallRecord) -> None:
        match record:
            case EventRecord():
                at = _ns(record.occurred_at.timestamp())
                self._span.add_event(f"voice.{record.kind.value}", timestamp=at)
            case TurnRecord(speaker=Speaker.AGENT):
                self._replies[record.key] = record
            case TurnMetricRecord():
                self._waiting[record.turn_key] = record
                if record.tape_ms is not None or not self._waits_for_tape:
                    self._turn(record)
            case ToolCallRecord():
                self._tool(record)

    def _turn(self, metric: TurnMetricRecord) -> None:
        del self._waiting[metric.turn_key]
        reply = self._replies.pop(metric.turn_key, None)
        if reply is None:
            return
        parts = {name: getattr(metric, name) for name, _ in _PARTS}
        waited = sum(value for value in parts.values() if value is not None)
        spoken_ms = reply.start_ms - (
            waited if metric.framework_ms is None else metric.framework_ms
        )
        span = self._start(
            "voice.turn",
            spoken_ms,
            {
                "voice.turn.key": metric.turn_key,
                **{f"voice.turn.{name}": value for name, value in parts.items()},
                "voice.turn.speech_edges_ms": metric.framework_ms,
                "voice.turn.tape_ms": metric.tape_ms,
                "voice.turn.speculated": metric.speculated,
                "voice.turn.wasted_tokens": metric.wasted_tokens,
                "voice.turn.interrupted": reply.interrupted,
            },
        )
        at_ms = spoken_ms
        for name, event in _PARTS:
            if (part := parts[name]) is None:
                continue
            at_ms += part
            span.add_event(event, timestamp=self._at(at_ms))
        span.end(self._at(reply.end_ms))

    def _tool(self, record: ToolCallRecord) -> None:
        span = self._start(
            "voice.tool",
            record.start_ms,
            {
                "voice.tool.name": record.name,
                "voice.tool.outcome": record.outcome.value,
                "voice.tool.attempt": record.attempt,
            },
        )
        if record.outcome is not ToolOutcome.OK:
            span.set_status(Status(StatusCode.ERROR, record.outcome.value))
        span.end(self._at(record.start_ms + record.duration_ms))

    def _start(
        self, name: str, at_ms: int, attributes: Mapping[str, str | bool | int | None]
    ) -> Span:
        known = {key: value for key, value in attributes.items() if value is not None}
        return self._tracer.start_span(
            name, context=self._inside, start_time=self._at(at_ms), attributes=known
        )

    def _at(self, at_ms: int) -> int:
        return _ns(self._call.clock.zero) + at_ms * 1_000_000


def _ns(seconds: float) -> int:
    return round(seconds * 1e9)


def attach(call: LiveCall, endpoint: str) -> CallTrace | None:
    """``endpoint`` is the collector's address (OTLP over HTTP), empty: no spans at all.

    Headers, certificates and resource attributes come from OpenTelemetry's own variables.
    """
    if not endpoint:
        return None
    named = {} if os.environ.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: SERVICE}
    provider = TracerProvider(resource=Resource.create(named), shutdown_on_exit=False)
    exporter = OTLPSpanExporter(
        endpoint=f"{endpoint.rstrip('/')}/v1/traces", timeout=EXPORT_TIMEOUT_S
    )
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return CallTrace(call, provider)
