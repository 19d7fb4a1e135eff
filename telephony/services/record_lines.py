"""Records as lines of JSON and back: what a spool file holds (one line, one record)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from enum import EnumType
from typing import Any, TypeVar, get_args
from uuid import UUID

from telephony.contracts import CallArrival, CallRecord
from telephony.enums import (
    EndingReason,
    EventKind,
    Speaker,
    ToolOutcome,
    TransferCause,
    TransferMode,
    TransferState,
)

Made = TypeVar("Made")

_RECORDS: dict[str, type[CallRecord]] = {kind.__name__: kind for kind in get_args(CallRecord)}
# JSON gives text; these fields are more. Enums of contracts are text already when written.
_TYPED: dict[str, Any] = {
    "answered_at": datetime.fromisoformat,
    "ended_at": datetime.fromisoformat,
    "occurred_at": datetime.fromisoformat,
    "kind": EventKind,
    "outcome": ToolOutcome,
    "reason": EndingReason,
    "speaker": Speaker,
    "state": TransferState,
    "cause": TransferCause,
    "mode": TransferMode,
}


class BadLineError(ValueError):
    """This line is no record: cut off by a crash."""


class NewerLineError(Exception):
    """Written by a worker that knows more than this code: a later version can read it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedArrival:
    """A caller who was turned away while no database could take note of it."""

    arrival: CallArrival
    reason: EndingReason
    at: datetime


def record_line(call_id: UUID, record: CallRecord) -> bytes:
    return _line({"call": str(call_id), "type": type(record).__name__, "record": asdict(record)})


def refusal_line(refused: RefusedArrival) -> bytes:
    return _line({"type": "RefusedArrival", **asdict(refused)})


def read_line(line: bytes) -> tuple[UUID, CallRecord] | RefusedArrival:
    """Raises BadLineError and NewerLineError."""
    try:
        content = json.loads(line)
        kind = str(content["type"])
        if kind == "RefusedArrival":
            return RefusedArrival(
                arrival=_made(CallArrival, content["arrival"]),
                reason=_value("reason", content["reason"]),
                at=datetime.fromisoformat(content["at"]),
            )
        if kind not in _RECORDS:
            raise NewerLineError(kind)
        return UUID(content["call"]), _made(_RECORDS[kind], content["record"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadLineError(type(error).__name__) from error


def _made(kind: type[Made], values: Mapping[str, Any]) -> Made:
    if not set(values) <= {field.name for field in fields(kind)}:  # type: ignore[arg-type]
        raise NewerLineError(kind.__name__)
    return kind(**{name: _value(name, value) for name, value in values.items()})


def _value(name: str, value: Any) -> Any:
    typed = _TYPED.get(name)
    if typed is None:
        return value
    if isinstance(typed, EnumType) and value not in list(typed):
        raise NewerLineError(name)
    return typed(value)


def _line(content: Mapping[str, Any]) -> bytes:
    # ASCII: no line separator of Unicode, and no lone surrogate, can cut or break a line.
    return json.dumps(content, default=_text, separators=(",", ":")).encode("ascii") + b"\n"


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
