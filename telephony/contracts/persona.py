"""What a persona is, as the worker gets it: one published version."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time
from typing import Any

from telephony.contracts.transfer import HandoffSpec
from telephony.enums import (
    BuiltinTool,
    OverlapEars,
    RealtimeProvider,
    ToolKind,
    TurnDetection,
    VoiceProvider,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnTakingSpec:
    """How long to wait and what counts as speech, for one persona.

    ``speculation``: the model is asked at the first plausible end of the caller's turn, and what it
    says is thrown away if the caller goes on. ``digit_endpointing_ms``: the silence that ends a
    turn in which digits are dictated. ``nudge_after_s`` 0: a silent caller is never asked whether
    they are still there; ``filler_after_ms`` 0: nothing is said while a tool runs.
    """

    turn_detection: TurnDetection = TurnDetection.CLIENT
    min_endpointing_ms: int = 300
    max_endpointing_ms: int = 1500
    digit_endpointing_ms: int = 1200
    vad_activation: float = 0.5
    min_interruption_ms: int = 500
    overlap_ears: OverlapEars = OverlapEars.COMMITTED
    interruptible_greeting: bool = True
    speculation: bool = True
    filler_after_ms: int = 1500
    nudge_after_s: int = 10
    max_nudges: int = 2


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
    """``timezone`` is an IANA name. No periods: never open. ``closed``: holidays, local dates."""

    timezone: str
    periods: tuple[OpeningPeriod, ...] = ()
    closed: tuple[date, ...] = ()


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
    handoff: HandoffSpec = field(default_factory=HandoffSpec)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnsweringPersona:
    """A published persona that callers may come to, without its tools; ``hands_over``: it has
    teams."""

    persona: PersonaSpec
    hands_over: bool
