"""What a call needs of the world, as Protocols: the worker gives the real ones, tests their own."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Sequence
from typing import Protocol
from uuid import UUID

from livekit import rtc

from telephony.contracts import (
    CallArrival,
    CallPlan,
    CallRecord,
    HumanOffer,
    HumansFree,
    KnowledgePassage,
    NobodyOffer,
)


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since the epoch, the time base of livekit-agents' own events."""


class Store(Protocol):
    """Where a call's records go, in the order given."""

    async def open_call(self, arrival: CallArrival) -> CallPlan:
        """Claim the call. Raises as the facade does, or StoreUnavailableError."""

    def put(self, record: CallRecord) -> None:
        """Take a record; never blocks and never raises."""

    async def close(self, timeout_s: float) -> int:
        """Write what is left within ``timeout_s``; return how many records are lost.

        What the database did not take but the disk has is not lost.
        """


class Knowledge(Protocol):
    """The documents that a call's persona may look things up in."""

    async def search_knowledge(
        self, call_id: UUID, question: str, limit: int
    ) -> list[KnowledgePassage]:
        """Return the best passages, best first. Raises what the database raises."""


class Handoff(Protocol):
    """Who takes a caller over."""

    async def reserve_human(
        self, call_id: UUID, transfer_key: str, team_key: str, tried: Sequence[int]
    ) -> HumanOffer | NobodyOffer:
        """The team's next free human, reserved for this transfer, but for those in ``tried``.

        Raises what the database raises; may take as long as the database does.
        """

    async def humans_free(self, call_id: UUID, team_key: str) -> HumansFree:
        """How many of the team could be rung now. Raises and takes as long as the above."""


class StoreUnavailableError(Exception):
    """The database did not answer, so the call could be neither claimed nor refused."""


class Line(Protocol):
    """The caller's leg and the room it stands in."""

    async def answer(self, on_active: Callable[[], None]) -> None:
        """Answer the call; ``on_active`` is called at the moment it becomes active, once.

        Raises LineLostError.
        """

    async def hang_up(self) -> None:
        """End the caller's leg (BYE, or a refusal before the answer); harmless when it is gone."""

    async def play(self, audio: AsyncIterable[rtc.AudioFrame]) -> None:
        """Play audio beside the session and return when it was heard."""

    def leave(self, reason: str) -> None:
        """End this job."""


class LineLostError(Exception):
    """The caller's leg went away, or never became active."""
