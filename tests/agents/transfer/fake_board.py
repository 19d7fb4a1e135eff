"""A room without LiveKit: who may hear what is noted, and humans behave as they are told."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

from livekit import rtc

from agents.transfer.board import BoardError, Track
from agents.transfer.leg import Leg
from tests.support.studio import Ear, Mouth

Human = Callable[["FakeBoard", Leg], Awaitable[None]]
CALLER, CALLER_TRACK = "sip_caller", "TR_caller"


class TrackEar(Ear):
    """Keeps when each frame with something in it began to be played."""

    def __init__(self, speed: float) -> None:
        super().__init__(speed)
        self.played: list[tuple[float, bytes]] = []

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        self.played.append((time.monotonic() + self.queued_duration, bytes(frame.data.cast("B"))))
        await super().capture_frame(frame)


class FakeBoard:
    """``humans`` are what the next telephones do; ``cut`` is who cannot hear which track."""

    def __init__(self, *humans: Human, speed: float = 4.0) -> None:
        self.caller = CALLER
        self.voices: dict[str, Mouth] = defaultdict(Mouth)  # what each leg says, by identity
        self.humans = list(humans)
        self.legs: list[Leg] = []
        self.headers: list[Mapping[str, str]] = []
        self.tracks: dict[str, TrackEar] = {}
        self.open_tracks: set[str] = set()
        self.permitted: Mapping[str, Sequence[str]] | None = None
        self.removed: list[str] = []
        self.gone: set[str] = set()  # those who were removed, not only asked to be
        # (who, what track) that were cut and not let in again
        self.cut: set[tuple[str, str]] = set()
        self.asked: list[tuple[str, tuple[str, ...], bool]] = []
        self.may_hear: dict[str, bool] = defaultdict(lambda: True)
        self.fails: set[str] = set()
        self.refers: list[str] = []
        self.on_refer: Callable[[], Awaitable[None]] = self._refers_at_once
        self.caller_here = True
        self._speed = speed
        self._count = 0

    async def open_track(self, name: str) -> Track:
        self._fail("open_track" if name == "hold" else name)
        self._count += 1
        sid = f"{name}-{self._count}"
        self.tracks[sid] = ear = TrackEar(self._speed)
        self.open_tracks.add(sid)
        return Track(sid, ear)

    async def close_track(self, track: Track) -> None:
        self.open_tracks.discard(track.sid)

    async def heard(self, track: Track, timeout_s: float) -> bool:
        del timeout_s
        await asyncio.sleep(0)
        return "heard" not in self.fails or not track.sid.startswith("briefing")

    def permit(self, hears: Mapping[str, Sequence[Track]] | None) -> None:
        if hears is None:
            self.permitted = None
        else:
            self.permitted = {who: [t.sid for t in tracks] for who, tracks in hears.items()}

    def tracks_of_caller(self) -> Sequence[str]:
        return [CALLER_TRACK] if self.caller_here else []

    def tracks_but(self, identity: str) -> Sequence[str]:
        left = [leg for leg in self.legs if leg.identity != identity and not leg.gone.is_set()]
        return [*self.tracks_of_caller(), *(sid for leg in left for sid in leg.tracks)]

    async def subscribe(self, identity: str, sids: Sequence[str], *, wanted: bool) -> None:
        await asyncio.sleep(0.005)
        self._fail("subscribe" if not wanted else "join")
        self.asked.append((identity, tuple(sids), wanted))
        for sid in sids:
            (self.cut.discard if wanted else self.cut.add)((identity, sid))

    async def let_hear(self, identity: str, *, anything: bool) -> None:
        self._fail("let_hear")
        self.may_hear[identity] = anything

    async def dial(self, leg: Leg, headers: Mapping[str, str]) -> None:
        self.legs.append(leg)
        self.headers.append(headers)
        self._fail("dial")
        await self.humans.pop(0)(self, leg)

    async def refer(self, target: str, ring_s: int) -> None:
        self.refers.append(target)
        await self.on_refer()

    async def remove(self, identity: str) -> None:
        self.removed.append(identity)
        self._fail("remove")
        self.gone.add(identity)
        for leg in self.legs:
            if leg.identity == identity:
                leg.gone.set()

    async def audio(self, identity: str) -> AsyncIterator[rtc.AudioFrame]:
        async for frame in self.voices[identity]:
            yield frame

    async def _refers_at_once(self) -> None:
        await asyncio.sleep(0.01)

    def _fail(self, what: str) -> None:
        if what in self.fails:
            raise BoardError("unavailable")


def rings(leg: Leg) -> None:
    """The telephone is in the room and rings."""
    leg.on_status("dialing")
    leg.on_track(f"TR_{leg.identity}")
    leg.on_status("ringing")


async def _answers(leg: Leg) -> None:
    rings(leg)
    await asyncio.sleep(0.02)
    leg.on_status("active")


async def accepts(board: FakeBoard, leg: Leg) -> None:
    """Answers, and presses 1 in the briefing."""
    await _answers(leg)
    asyncio.get_running_loop().call_later(0.1, leg.keys.put_nowait, "1")


async def declines_by_key(board: FakeBoard, leg: Leg) -> None:
    await _answers(leg)
    asyncio.get_running_loop().call_later(0.1, leg.keys.put_nowait, "2")


async def says_nothing(board: FakeBoard, leg: Leg) -> None:
    await _answers(leg)


async def hangs_up(board: FakeBoard, leg: Leg) -> None:
    await _answers(leg)
    asyncio.get_running_loop().call_later(0.1, leg.on_left, rtc.DisconnectReason.CLIENT_INITIATED)


async def rings_on(board: FakeBoard, leg: Leg) -> None:
    rings(leg)
    await asyncio.sleep(60)


def refuses(status: int) -> Human:
    """Rings unless the number is wrong, then refuses with this SIP status."""

    async def refuse(board: FakeBoard, leg: Leg) -> None:
        if status in (486, 603, 480):
            rings(leg)
        await asyncio.sleep(0.02)
        leg.on_left(rtc.DisconnectReason.CLIENT_INITIATED)
        raise BoardError("failed_precondition", status)

    return refuse


def leaves_first(status: int | None) -> Human:
    """The room tells that the leg left, before the API says how, if it ever does."""

    async def leave(board: FakeBoard, leg: Leg) -> None:
        rings(leg)
        leg.on_left(rtc.DisconnectReason.USER_REJECTED)
        await asyncio.sleep(60 if status is None else 1)
        raise BoardError("failed_precondition", status)

    return leave


async def unreachable(board: FakeBoard, leg: Leg) -> None:
    """Nothing comes back from the trunk at all."""
    raise BoardError("failed_precondition", 408)
