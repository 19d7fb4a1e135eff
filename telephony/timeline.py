"""A call as one line of time: what was said, which tools ran, what happened."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from telephony.enums import ToolOutcome
from telephony.event_text import event_details, event_title, plain_facts
from telephony.models import Call, CallEvent, ToolCall, TranscriptTurn, TurnMetric

# At the same moment: what happened, then what was said, then what ran.
_RANK = {"event": 0, "turn": 1, "tool": 2}

# A tool that runs, or whose worker was lost.
_LABELS = {ToolOutcome.UNKNOWN.value: "no answer known"}

# From the end of the caller's speech to the reply's way out, each from the one before.
_PARTS = (
    ("endpointing_ms", "decided", "end of speech to the decision that the turn was over"),
    ("first_token_ms", "first words", "decision to the model's first words; below zero: before it"),
    ("first_audio_ms", "first sound", "first words to the voice's first sound"),
    ("on_wire_ms", "on the wire", "first sound to its way out into the room"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyPart:
    label: str
    ms: int
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyLatency:
    """How a reply's time went; ``speech_edges_ms`` on the worker's clock, ``tape_ms`` as heard."""

    parts: tuple[LatencyPart, ...]
    speech_edges_ms: int | None
    tape_ms: int | None
    speculated: bool
    wasted_tokens: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line; ``at_ms`` on the call's clock, before the answer negative."""

    at_ms: int
    type: str  # event, turn or tool
    title: str
    text: str = ""
    speaker: str = ""
    interrupted: bool = False
    until_ms: int | None = None
    outcome: str = ""
    folded: tuple[tuple[str, str], ...] = ()
    asked: tuple[tuple[str, str], ...] = ()  # of a tool: what ``folded`` holds, in plain words
    answer: tuple[tuple[str, str], ...] = ()
    latency: ReplyLatency | None = None
    detail: tuple[tuple[str, str], ...] = ()

    @property
    def clock(self) -> str:
        return clock(self.at_ms)

    @property
    def outcome_label(self) -> str:
        return _LABELS.get(self.outcome) or self.outcome.replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Tape:
    """``number`` counts a call's tapes from 1; ``length`` is empty while it is not known."""

    number: int
    starts: str
    length: str
    deleted: str


def clock(ms: int) -> str:
    """``-0:01.2``, ``1:05.0``: minutes, seconds and tenths."""
    tenths = abs(ms) // 100
    minutes, rest = divmod(tenths, 600)
    sign = "-" if ms < 0 and tenths else ""
    return f"{sign}{minutes}:{rest // 10:02d}.{rest % 10}"


def call_tapes(call: Call) -> list[Tape]:
    return [
        Tape(
            number=number,
            starts=clock(tape.started_ms) if tape.started_ms else "the answer",
            length=clock(tape.duration_ms) if tape.duration_ms is not None else "",
            deleted=f"{tape.deleted_at:%Y-%m-%d}" if tape.deleted_at else "",
        )
        for number, tape in enumerate(call.recordings.all(), 1)
    ]


def call_timeline(call: Call) -> list[Entry]:
    """Every record of a call (as queries.call_details loads it) in the order of the clock."""
    metrics = {metric.turn_key: metric for metric in call.metrics.all()}
    entries = [_turn(turn, metrics.get(turn.key)) for turn in call.turns.all()]
    entries += [_tool(tool) for tool in call.tool_calls.all()]
    entries += [_event(event) for event in call.events.all()]
    return _by_the_clock(entries)


def said_and_done(call: Call) -> list[Entry]:
    """Turns and tools alone, without latencies (of queries.handoff_details)."""
    entries = [_turn(turn, None) for turn in call.turns.all()]
    return _by_the_clock(entries + [_tool(tool) for tool in call.tool_calls.all()])


def _by_the_clock(entries: list[Entry]) -> list[Entry]:
    # Sorting is stable: what the queries ordered (key, occurred_at) decides between equals.
    return sorted(entries, key=lambda entry: (entry.at_ms, _RANK[entry.type]))


def _turn(turn: TranscriptTurn, metric: TurnMetric | None) -> Entry:
    return Entry(
        at_ms=turn.start_ms,
        until_ms=turn.end_ms,
        type="turn",
        title=turn.speaker.capitalize(),
        speaker=turn.speaker,
        text=turn.text,
        interrupted=turn.interrupted,
        latency=_latency(metric) if metric else None,
    )


def _latency(metric: TurnMetric) -> ReplyLatency:
    parts = (
        LatencyPart(label=label, ms=value, meaning=meaning)
        for name, label, meaning in _PARTS
        if (value := getattr(metric, name)) is not None
    )
    return ReplyLatency(
        parts=tuple(parts),
        speech_edges_ms=metric.framework_ms,
        tape_ms=metric.tape_ms,
        speculated=metric.speculated,
        wasted_tokens=metric.wasted_tokens,
    )


def _tool(tool: ToolCall) -> Entry:
    took = "" if tool.outcome == ToolOutcome.UNKNOWN.value else f"{tool.duration_ms} ms"
    again = f"attempt {tool.attempt}" if tool.attempt > 1 else ""
    return Entry(
        at_ms=tool.start_ms,
        until_ms=tool.start_ms + tool.duration_ms,
        type="tool",
        title=tool.name,
        text=", ".join(part for part in (took, again) if part),
        outcome=tool.outcome,
        asked=plain_facts(tool.arguments),
        answer=plain_facts(tool.result),
        folded=(("Arguments", pretty(tool.arguments)), ("Result", pretty(tool.result))),
    )


def _event(event: CallEvent) -> Entry:
    detail = event.detail if isinstance(event.detail, dict) else {}
    return Entry(
        at_ms=event.clock_ms,
        type="event",
        title=event_title(event.kind, detail),
        detail=event_details(detail),
    )


def pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
