"""A call as it is claimed, and what is asked for while it lives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from telephony.contracts.persona import OpeningHoursSpec, PersonaSpec
from telephony.contracts.transfer import TeamSpec
from telephony.enums import EndingReason, Speaker, ToolOutcome


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
    ``asked`` is the watchdog's mark in the job's dispatch, empty in a first one.
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
    asked: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaidTurn:
    """What one side said, in words."""

    speaker: Speaker
    text: str
    start_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class UsedTool:
    """What came of one use of a tool; ``unknown`` when its worker was lost while it ran.

    ``arguments`` and ``result`` are as stored: without sensitive values.
    """

    name: str
    arguments: Mapping[str, Any]
    outcome: ToolOutcome
    result: Mapping[str, Any]
    start_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumedCall:
    """An answered call whose worker was lost: when its clock began, what was said and done so far.

    ``takeover`` counts the workers lost, and is part of the keys of what is recorded from now on.
    """

    takeover: int
    answered_at: datetime
    said: tuple[SaidTurn, ...] = ()
    used: tuple[UsedTool, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CallPlan:
    """A claimed call and all that is needed to talk in it.

    ``recording``: the number allows that audio of the call is kept. ``teams``: whom the persona may
    hand a caller to, a closed list.
    """

    call_id: UUID
    called_number: str
    caller_number: str
    persona: PersonaSpec
    opening_hours: OpeningHoursSpec | None
    max_duration_s: int
    recording: bool = False
    teams: tuple[TeamSpec, ...] = ()
    resumed: ResumedCall | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgePassage:
    """A piece of an uploaded document. ``source`` names the document and the piece's heading."""

    source: str
    text: str
