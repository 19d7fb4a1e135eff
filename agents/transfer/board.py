"""The room as a transfer needs it: tracks, who may hear which, and telephones dialled into it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from livekit import rtc

from agents.transfer.leg import Leg
from agents.turn_taking.playout import Source


class BoardError(Exception):
    """LiveKit did not do what was asked, or did not answer in time: its state is unknown.

    ``sip_status`` where the SIP service named one; the text is a code, never a number or a name.
    """

    def __init__(self, code: str, sip_status: int | None = None) -> None:
        super().__init__(code)
        self.sip_status = sip_status


@dataclass(frozen=True, slots=True)
class Track:
    """One of ours. ``publication`` is the room's own handle of it."""

    sid: str
    source: Source
    publication: Any = None


class Board(Protocol):
    """Identities are LiveKit's. What can fail raises BoardError."""

    caller: str

    async def open_track(self, name: str) -> Track:
        """Publish a track."""

    async def close_track(self, track: Track) -> None:
        """Take it away; harmless when it is gone."""

    async def heard(self, track: Track, timeout_s: float) -> bool:
        """Wait until somebody is subscribed to it; False when nobody is in time."""

    def permit(self, hears: Mapping[str, Sequence[Track]] | None) -> None:
        """Who may hear which of these tracks; None: the caller all. The agent's own is the caller's
        in any case, and nobody else's: it is silent while the caller is held."""

    def tracks_of_caller(self) -> Sequence[str]:
        """The sids of what the caller's leg publishes."""

    def tracks_but(self, identity: str) -> Sequence[str]:
        """The sids of what all other telephones in the room publish."""

    async def subscribe(self, identity: str, sids: Sequence[str], *, wanted: bool) -> None:
        """Let ``identity`` hear these tracks, or not."""

    async def let_hear(self, identity: str, *, anything: bool) -> None:
        """Whether this leg may subscribe to anything at all."""

    async def dial(self, leg: Leg, headers: Mapping[str, str]) -> None:
        """Ring the human; the leg is told all that happens. Returns when it was answered."""

    async def refer(self, target: str, ring_s: int) -> None:
        """Let the caller's telephone call ``target`` (a SIP or tel URI). Returns when answered."""

    async def remove(self, identity: str) -> None:
        """Hang this leg up; harmless when it is gone."""

    def audio(self, identity: str) -> AsyncIterator[rtc.AudioFrame]:
        """What this leg says, from now on, 24 kHz mono, until it leaves.

        Raises TimeoutError when there is nothing to listen to within some seconds.
        """
