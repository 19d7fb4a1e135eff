"""Records as lines of JSON and back: what a spool file holds (one line, one record)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, get_args
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
    """This line is no record: cut off by a crash, or written by a version that knew more."""


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
    """Raises BadLineError."""
    try:
        content = json.loads(line)
        if content["type"] == "RefusedArrival":
            return RefusedArrival(
                arrival=CallArrival(**content["arrival"]),
                reason=EndingReason(content["reason"]),
                at=datetime.fromisoformat(content["at"]),
            )
        return UUID(content["call"]), _record(content["type"], content["record"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BadLineError(type(error).__name__) from error


def _record(kind: str, fields: Mapping[str, Any]) -> CallRecord:
    values = {
        name: _TYPED[name](value) if name in _TYPED else value for name, value in fields.items()
    }
    return _RECORDS[kind](**values)


def _line(content: Mapping[str, Any]) -> bytes:
    # ASCII: no line separator of Unicode, and no lone surrogate, can cut or break a line.
    return json.dumps(content, default=_text, separators=(",", ":")).encode("ascii") + b"\n"


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
