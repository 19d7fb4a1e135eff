"""What happened in a call, in plain words: a title, and what is known beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from telephony.enums import EventKind

_TITLES: dict[str, str] = {
    EventKind.CREATED: "Call came in",
    EventKind.CLAIMED: "Taken by an agent",
    EventKind.CALLER_JOINED: "Caller in the room",
    EventKind.GREETING_HEARD: "Greeting begins",
    EventKind.DTMF: "Key pressed",
    EventKind.INTERRUPTED: "The caller interrupted the agent",
    EventKind.HANGUP_BY_AGENT: "The agent hung up",
    EventKind.MAX_DURATION_REACHED: "Longest duration reached",
    EventKind.REDISPATCHED: "Another agent was called",
    EventKind.WORKER_LOST: "The agent's process was lost",
    EventKind.RESUMED: "Another agent took over",
    EventKind.FALLBACK_DIALLED: "A human was dialled",
    EventKind.FALLBACK_ANSWERED: "The human answered",
    EventKind.FALLBACK_FAILED: "No human could be reached",
    EventKind.LINE_NOISE: "Line noise measured",
    EventKind.BACKCHANNEL: "The caller was heard listening; the agent goes on",
    EventKind.NUDGE: "The agent asked whether the caller is still there",
    EventKind.FILLER: "Said while a tool runs",
    EventKind.SPECULATION_DISCARDED: "The caller went on: an answer begun early was thrown away",
    EventKind.LOW_CONFIDENCE: "Not understood well enough: asked again",
    EventKind.KEYPAD_OFFERED: "The keypad was offered",
    EventKind.SILENCE_BRIDGED: "A silence was bridged",
    EventKind.PROVIDER_SWITCHED: "Another provider took over",
    EventKind.LOOP_BLOCKED: "The agent's process stood still",
    EventKind.RECORDING_STARTED: "Recording begins",
    EventKind.HANDOFF_OFFERED: "A person was offered",
    EventKind.HANDOFF_PREPARED: "A hand-over was prepared",
    EventKind.FRUSTRATION: "The caller sounds frustrated",
    EventKind.ISOLATION_ERROR: "A human's leg was let go: it could have been heard",
    EventKind.GIVEN_BACK: "The human gave the caller back to the agent",
}
_OVERLAPS = {
    "nothing": "A sound over the agent; nobody spoke to it",
    "interruption": "The caller wanted to speak",
}


def _number(unit: str) -> Callable[[Any], str]:
    return lambda value: f"{value} {unit}"


def _share(value: Any) -> str:
    return f"{value:.0%}" if isinstance(value, int | float) and 0 <= value <= 1 else str(value)


def _reasons(value: Any) -> str:
    names = [item.get("reason") if isinstance(item, dict) else item for item in value or []]
    return ", ".join(str(name).replace("_", " ") for name in names)


# What the worker writes into details: its words, and how its value is read.
_KNOWN: dict[str, tuple[str, Callable[[Any], str]]] = {
    "text": ("words", lambda value: f"“{value}”"),
    "words": ("words", lambda value: f"“{value}”"),
    "phrase": ("words", lambda value: f"“{value}”"),
    "floor_dbfs": ("noise floor", _number("dBFS")),
    "level_dbfs": ("level", _number("dBFS")),
    "threshold_dbfs": ("counts as speech from", _number("dBFS")),
    "activation": ("counts as speech from a likelihood of", _share),
    "threshold": ("counts as speech from a likelihood of", _share),
    "confidence": ("sure to", _share),
    "tokens": ("cost", _number("tokens")),
    "score": ("score", _share),
    "free": ("people who are free", str),
    "reasons": ("reasons", _reasons),
    "ms": ("for", _number("ms")),
    "after_ms": ("after", _number("ms")),
    "after_s": ("after", _number("s")),
    "blocked_ms": ("for", _number("ms")),
    "duration_ms": ("for", _number("ms")),
    "count": ("number", str),
    "digit": ("key", str),
    "digits": ("keys", str),
    "source": ("part", str),
    "code": ("error", str),
    "recoverable": ("recovered", lambda value: "yes" if value is True else "no"),
}
_BOOKKEEPING = {"turn", "kind"}  # said by the title, or an id of ours


def event_title(kind: str, detail: Mapping[str, Any]) -> str:
    if kind == EventKind.BACKCHANNEL and (other := _OVERLAPS.get(str(detail.get("kind")))):
        return other
    return _TITLES.get(kind) or kind.replace("_", " ").capitalize()


def event_details(detail: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Labels and values; what nobody described is shown under its own name.

    In the order of _KNOWN, then by name: PostgreSQL does not keep the worker's.
    """
    shown = []
    known = list(_KNOWN)
    order = {key: (known.index(key) if key in _KNOWN else len(known), key) for key in detail}
    for key in sorted(detail.keys() - _BOOKKEEPING, key=lambda key: order[key]):
        value = detail[key]
        label, read = _KNOWN.get(key, (key.replace("_", " "), _plain))
        shown.append((label, _plain(value) if _is_nested(key, value) else read(value)))
    return tuple(shown)


def plain_facts(value: Any) -> tuple[tuple[str, str], ...]:
    """What a tool was asked, or answered, for people: each key with its value in one line."""
    if not isinstance(value, dict):
        return (("answer", _plain(value)),)
    return tuple((str(key).replace("_", " "), _plain(item)) for key, item in value.items())


def _is_nested(key: str, value: Any) -> bool:
    """What is no plain value, but for a list of reasons."""
    return isinstance(value, dict) or (isinstance(value, list) and key != "reasons")


def _plain(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(_plain, value))
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_plain(item)}" for key, item in value.items())
    return str(value)
