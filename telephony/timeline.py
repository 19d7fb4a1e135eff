"""A call as one line of time: what was said, which tools ran, what happened."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from telephony.enums import EventKind
from telephony.models import Call, CallEvent, ToolCall, TranscriptTurn, TurnMetric

# At the same moment: what happened, then what was said, then what ran.
_RANK = {"event": 0, "turn": 1, "tool": 2}

_EVENT_TITLES = {
    EventKind.CREATED.value: "Call came in",
    EventKind.CLAIMED.value: "Taken by an agent",
    EventKind.DTMF.value: "Key pressed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LatencyPart:
    label: str
    ms: int


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
    latency: tuple[LatencyPart, ...] = ()
    framework_ms: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def clock(self) -> str:
        return clock(self.at_ms)

    @property
    def outcome_label(self) -> str:
        return self.outcome.replace("_", " ")


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
    # Sorting is stable: what the queries ordered (key, occurred_at) decides between equals.
    return sorted(entries, key=lambda entry: (entry.at_ms, _RANK[entry.type]))


def _turn(turn: TranscriptTurn, metric: TurnMetric | None) -> Entry:
    parts: list[LatencyPart] = []
    if metric is not None:
        for label, value in (
            ("end of turn", metric.endpointing_ms),
            ("first word", metric.first_token_ms),
            ("first sound", metric.first_audio_ms),
        ):
            if value is not None:
                parts.append(LatencyPart(label=label, ms=value))
    return Entry(
        at_ms=turn.start_ms,
        until_ms=turn.end_ms,
        type="turn",
        title=turn.speaker.capitalize(),
        speaker=turn.speaker,
        text=turn.text,
        interrupted=turn.interrupted,
        latency=tuple(parts),
        framework_ms=metric.framework_ms if metric else None,
    )


def _tool(tool: ToolCall) -> Entry:
    return Entry(
        at_ms=tool.start_ms,
        until_ms=tool.start_ms + tool.duration_ms,
        type="tool",
        title=tool.name,
        text=f"{tool.duration_ms} ms" + (f", attempt {tool.attempt}" if tool.attempt > 1 else ""),
        outcome=tool.outcome,
        folded=(("Arguments", pretty(tool.arguments)), ("Result", pretty(tool.result))),
    )


def _event(event: CallEvent) -> Entry:
    return Entry(
        at_ms=event.clock_ms,
        type="event",
        title=_EVENT_TITLES.get(event.kind) or event.kind.replace("_", " ").capitalize(),
        detail=event.detail if isinstance(event.detail, dict) else {},
    )


def pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
