"""One human's telephone in the caller's room: what is known of it, from the dialling to its end."""

from __future__ import annotations

import asyncio
import re

from livekit import rtc

from agents.call_context import ACTIVE
from telephony.contracts import HumanSpec
from telephony.enums import TransferState

RINGING = "ringing"
HUMAN = "human_"  # what the identity of every human's leg begins with
_OURS = re.compile(r"human_(?:r\d+)?t\d+_\d+")

_BUSY = frozenset({486, 600})
_DECLINED = frozenset({403, 603, 607, 608})
_NO_ANSWER = frozenset({408, 480, 487})
# What the room alone tells: 486, 600, 603 and more are one to it, so it is no SIP status.
_MEANS = {
    rtc.DisconnectReason.USER_REJECTED: TransferState.DECLINED,
    rtc.DisconnectReason.USER_UNAVAILABLE: TransferState.NO_ANSWER,
}


def is_dialled_by_a_worker(identity: str) -> bool:
    """Not by Django, which dials a human of its own where there is no worker at all."""
    return _OURS.fullmatch(identity) is not None


class Leg:
    """Fed by the room (``Board``); ``keys`` are what the human pressed, one by one.

    ``tracks`` are the sids of what the leg publishes; ``new_track`` is set with each.
    ``sip_status`` is the final status of the INVITE where it is known.
    ``gone``: nobody will talk there; it ``left`` the room only once the room has said so.
    """

    def __init__(self, identity: str, human: HumanSpec) -> None:
        self.identity = identity
        self.human = human
        self.joined = asyncio.Event()
        self.rings = asyncio.Event()
        self.answered = asyncio.Event()
        self.gone = asyncio.Event()
        self.new_track = asyncio.Event()
        self.left = False
        self.tracks: list[str] = []
        self.keys: asyncio.Queue[str] = asyncio.Queue()
        self.dialling: asyncio.Task[None] | None = None
        self.sip_status: int | None = None
        self.detail = ""
        self._seems: TransferState | None = None

    @property
    def talks(self) -> bool:
        return self.answered.is_set() and not self.gone.is_set()

    def on_status(self, status: str) -> None:
        """``sip.callStatus`` as the SIP service sets it; the leg is in the room."""
        self.joined.set()
        if status == RINGING:
            self.rings.set()
        elif status == ACTIVE:
            self.rings.set()
            self.answered.set()

    def on_track(self, sid: str) -> None:
        if sid not in self.tracks:
            self.tracks.append(sid)
            self.new_track.set()

    def on_left(self, reason: int) -> None:
        self._seems = _MEANS.get(reason)  # type: ignore[call-overload]
        self.left = True
        self.gone.set()

    def refused(self, sip_status: int | None, detail: str) -> None:
        """The call was not answered: the API says how it ended."""
        if sip_status is not None:
            self.sip_status = sip_status
        self.detail = detail
        self.gone.set()

    def unanswered(self) -> TransferState:
        """What became of a call that nobody took."""
        status = self.sip_status
        if status is None and self._seems is not None:
            return self._seems
        if status in _BUSY:
            return TransferState.BUSY
        if status in _DECLINED:
            return TransferState.DECLINED
        if status in _NO_ANSWER or (status is None and self.rings.is_set()):
            # A trunk that says nothing at all times out as well.
            rang = self.rings.is_set() or status == 480
            return TransferState.NO_ANSWER if rang else TransferState.UNREACHABLE
        return TransferState.UNREACHABLE
