"""What crosses between telephony and agents: frozen, plain Python, no Django.

Times named ``*_ms`` in a call are milliseconds on the call's clock, whose zero is the moment the
caller was answered; a moment before the answer is negative. ``datetime`` values are aware, UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import Any
from uuid import UUID

from telephony.enums import (
    BuiltinTool,
    EndingReason,
    EventKind,
    RealtimeProvider,
    Speaker,
    ToolKind,
    ToolOutcome,
    TurnDetection,
    VoiceProvider,
)


class CallRefusedError(Exception):
    """This call must not be taken; ``reason`` is its ending."""

    def __init__(self, reason: EndingReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class CallAlreadyClaimedError(Exception):
    """Another job has this call; a normal answer: the loser leaves without a sound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallArrival:
    """What a worker knows of a call when it first sees the caller's leg (livekit-sip attributes).

    ``called_number`` and ``caller_number`` are as the trunk sent them; ``livekit_call_id`` is
    ``sip.callID`` (SCL_...), ``sip_call_id`` the SIP Call-ID header (``sip.callIDFull``).
    """

    room_name: str
    job_id: str
    worker_id: str
    participant_identity: str
    called_number: str
    caller_number: str
    livekit_trunk_id: str
    livekit_rule_id: str
    livekit_call_id: str
    sip_call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTakingSpec:
    """How long to wait and what counts as speech, for one persona."""

    turn_detection: TurnDetection = TurnDetection.CLIENT
    min_endpointing_ms: int = 300
    max_endpointing_ms: int = 1500
    vad_activation: float = 0.5
    min_interruption_ms: int = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookSpec:
    """``POST url`` with the arguments as JSON; ``secret`` signs the request and never travels."""

    url: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class McpServerSpec:
    """A server that speaks the Model Context Protocol; ``secret`` is its bearer token."""

    name: str
    url: str
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class McpToolSpec:
    """One tool of one server, by the server's own name of it."""

    server: McpServerSpec
    tool: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolSpec:
    """A tool of the model. ``parameters`` is a JSON Schema of type object; a built-in tool and an
    MCP tool may leave it without properties, and bring their own.

    ``timeout_ms`` is what the caller waits at most, retries included; only an ``idempotent`` tool
    is ever tried again. ``max_uses`` is counted per call. The values of ``sensitive_arguments``
    never leave the worker but to the tool itself.
    """

    name: str
    description: str
    parameters: Mapping[str, Any]
    kind: ToolKind
    builtin: BuiltinTool | None = None
    webhook: WebhookSpec | None = None
    mcp: McpToolSpec | None = None
    timeout_ms: int = 5_000
    idempotent: bool = False
    max_uses: int = 20
    sensitive_arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningPeriod:
    """``weekday`` 0 is Monday; ``closes`` is after ``opens`` on the same day, local time."""

    weekday: int
    opens: time
    closes: time


@dataclass(frozen=True, slots=True, kw_only=True)
class OpeningHoursSpec:
    """``timezone`` is an IANA name. No periods: never open."""

    timezone: str
    periods: tuple[OpeningPeriod, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonaSpec:
    """One published version of a persona, as the call that pins it hears it."""

    name: str
    version: int
    instructions: str
    greeting: str
    language: str
    realtime_provider: RealtimeProvider
    realtime_model: str
    voice_provider: VoiceProvider
    voice_model: str
    voice_id: str
    tools: tuple[ToolSpec, ...] = ()
    turn_taking: TurnTakingSpec = field(default_factory=TurnTakingSpec)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidTurn:
    """What one side said, in words."""

    speaker: Speaker
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumedCall:
    """An answered call whose worker was lost: when its clock began, and what was said so far.

    ``takeover`` counts the workers lost, and is part of the keys of what is recorded from now on.
    """

    takeover: int
    answered_at: datetime
    said: tuple[SaidTurn, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlan:
    """A claimed call and all that is needed to talk in it."""

    call_id: UUID
    called_number: str
    caller_number: str
    persona: PersonaSpec
    opening_hours: OpeningHoursSpec | None
    max_duration_s: int
    resumed: ResumedCall | None = None


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
class ToolCallRecord:
    """One attempt at a tool. ``result`` is what came of it, and for the last attempt of a use what
    the model was given (JSON); ``arguments`` and ``result`` without sensitive values.

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
    """What a caller left for people to read. ``callback_number`` is as the caller said it."""

    key: str
    caller_name: str
    callback_number: str
    text: str
    at_ms: int
    occurred_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgePassage:
    """A piece of an uploaded document. ``source`` names the document and the piece's heading."""

    source: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnMetricRecord:
    """The parts of one reply's latency, each ms, None where it could not be observed.

    ``turn_key`` is the agent's turn. ``endpointing_ms``: end of the caller's speech to the
    decision that the turn is over. ``first_token_ms``: decision to the model's first text.
    ``first_audio_ms``: first text to the voice's first audio. ``framework_ms``: end of speech to
    first audio as the framework sees it; not what a caller hears, and labelled so.
    """

    turn_key: str
    endpointing_ms: int | None = None
    first_token_ms: int | None = None
    first_audio_ms: int | None = None
    framework_ms: int | None = None


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
    | ToolCallRecord
    | MessageRecord
    | TurnMetricRecord
    | CallEnded
)
