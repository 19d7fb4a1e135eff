"""A hand-over to a human: whom a call may be given to, and what is stored of it.

The worker leads a transfer and tells each step as a ``TransferRecord``; a human is reserved in the
database, so that nobody is rung for two callers. What is in a plan is enough to go on without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from telephony.enums import (
    AfterHuman,
    FrustrationAction,
    NobodyAction,
    NobodyFree,
    TransferCause,
    TransferMode,
    TransferState,
)

# The topic of data packets from Django to a running call; JSON {"command": CallCommand}, and for
# hand_over the "team", by key.
COMMAND_TOPIC = "contactcenter.command"


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanSpec:
    """A human who can be dialled: ``user`` at ``host``, or over the trunk where host is empty.

    ``trusted``: the INVITE may carry headers that lead to the transcript. ``cold``: endpoint and
    trunk both take a REFER, and the team wants it.
    """

    id: int
    name: str
    user: str
    host: str = ""
    livekit_trunk_id: str = ""
    auth_username: str = field(default="", repr=False)
    auth_password: str = field(default="", repr=False)
    trusted: bool = False
    cold: bool = False
    ring_s: int = 25


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamSpec:
    """A team as the worker needs it. The model sees ``key`` and ``description`` alone.

    ``humans``: who was free when the call came, in the order in which they are rung; used when the
    database cannot be asked. ``max_wait_s`` bounds waiting on hold; the caller is asked every
    ``ask_every_s`` whether to go on. ``speak_code``: the briefing ends with the one-time code.
    """

    key: str
    name: str
    description: str = ""
    nobody: NobodyAction = NobodyAction.RETURN
    after_human: AfterHuman = AfterHuman.END
    max_wait_s: int = 600
    ask_every_s: int = 60
    speak_code: bool = False
    humans: tuple[HumanSpec, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffSpec:
    """When this persona hands over. ``operator_key`` empty: no key does.

    ``threshold`` 0..1 and ``weights`` (reason -> factor, 1 when absent) are of agents/frustration.
    """

    operator_key: str = "0"
    default_team: str = ""
    frustration: FrustrationAction = FrustrationAction.OFFER
    threshold: float = 0.37
    weights: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class HumanOffer:
    """A human reserved for one transfer, and the way to the transcript.

    ``transcript_url`` opens after login, or with ``access_code``: six digits, once, for an hour.
    """

    human: HumanSpec
    transcript_url: str
    access_code: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodyOffer:
    """No human now. ``position`` in the team's line of waiting callers, from 1; 0: not waiting."""

    why: NobodyFree
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class HumansFree:
    """How many humans of a team could be rung for a call now; of none, ``why``. Nobody is reserved:
    the next moment may be another one.
    """

    count: int
    why: NobodyFree | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferRecord:
    """One step of a transfer. ``transfer_key`` is unique in its call; the same step number again
    is left as it is. ``briefing`` and ``human_id`` stay until another step names other ones.
    """

    transfer_key: str
    step: int
    state: TransferState
    at_ms: int
    occurred_at: datetime
    cause: TransferCause
    mode: TransferMode = TransferMode.WARM
    team: str = ""
    human_id: int | None = None
    sip_status: int | None = None
    why: str = ""
    briefing: str = ""
    detail: str = ""
    rating: int | None = None
