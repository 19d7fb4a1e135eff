"""What is stored of a call; each record is harmless to store twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telephony.contracts.transfer import TransferRecord
from telephony.enums import EndingReason, EventKind, Speaker, ToolOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnRecord:
    """One turn of speech. ``key`` is unique in its call; the same key again replaces the row.

    ``text`` is what was heard: for an interrupted agent turn only what was spoken. An empty text
    with a later record of the same key is a transcription that came late.
    """

    key: str
    speaker: Speaker
    text: str
    start_ms: int
    end_ms: int
    interrupted: bool = False
    confidence: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRecord:
    """One thing that happened. ``key`` makes storing it twice harmless. ``detail`` is JSON."""

    key: str
    kind: EventKind
    at_ms: int
    occurred_at: datetime
    detail: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallBegun:
    """An attempt at a tool, told before it is made: what a lost worker was doing must be known.

    The ToolCallRecord of the same key replaces it.
    """

    key: str
    name: str
    arguments: Mapping[str, Any]
    start_ms: int
    attempt: int = 1
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCallRecord:
    """What came of one attempt at a tool. ``result`` (JSON) is for the last attempt of a use what
    the model was given; ``arguments`` and ``result`` without sensitive values.

    All attempts of one use carry the same ``idempotency_key``.
    """

    key: str
    name: str
    arguments: Mapping[str, Any]
    outcome: ToolOutcome
    result: Mapping[str, Any]
    start_ms: int
    duration_ms: int
    attempt: int = 1
    idempotency_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageRecord:
    """What a caller left for people to read. ``callback_number`` is as the caller said it.

    ``team`` is whom it is for, by key. ``path``: its recording, relative to RECORDINGS_DIR, empty
    when there is none.
    """

    key: str
    caller_name: str
    callback_number: str
    text: str
    at_ms: int
    occurred_at: datetime
    team: str = ""
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnMetricRecord:
    """The parts of one reply's latency, each ms, None where it could not be observed.

    ``turn_key`` is the agent's turn. ``endpointing_ms``: end of the caller's speech to the
    decision that the turn is over. ``first_token_ms``: decision to the model's first text (negative
    when a speculative reply had it before). ``first_audio_ms``: first text to the voice's first
    audio. ``on_wire_ms``: first audio to its play-out into the room. ``framework_ms``: end of
    speech to that play-out on the worker's clock; not what a caller hears, and labelled so.
    ``wasted_tokens``: what thrown-away replies to this turn cost. ``tape_ms``: the silence between
    the caller's last sound and the agent's first on the worker's tape, where the number records.
    """

    turn_key: str
    endpointing_ms: int | None = None
    first_token_ms: int | None = None
    first_audio_ms: int | None = None
    on_wire_ms: int | None = None
    framework_ms: int | None = None
    speculated: bool = False
    wasted_tokens: int = 0
    tape_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordingRecord:
    """One tape of a call. The same key again replaces the row: ``duration_ms`` is known at the end.

    ``path`` is relative to RECORDINGS_DIR. ``started_ms`` is where the tape's first sample lies on
    the call's clock; a call whose worker was lost has a second tape. Channel 1 is the caller,
    channel 2 what the caller was sent.
    """

    key: str
    path: str
    started_ms: int
    duration_ms: int | None = None
    channels: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswered:
    """The caller's leg became active: zero of the call's clock."""

    answered_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """The last record of a call; the first one stored for a call wins.

    ``job_id`` is whose end it is: a job that lost the call to another one does not end it.
    """

    reason: EndingReason
    ended_at: datetime
    detail: str = ""
    job_id: str = ""


CallRecord = (
    CallAnswered
    | TurnRecord
    | EventRecord
    | ToolCallBegun
    | ToolCallRecord
    | MessageRecord
    | TurnMetricRecord
    | RecordingRecord
    | TransferRecord
    | CallEnded
)
