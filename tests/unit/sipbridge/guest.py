"""Somebody in the room with the phones: speaks a tone, listens, notes what happens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import numpy as np
from livekit import rtc

from tests.unit.sipbridge.rig import Server

RATE = 8000
_FRAME = 160


class Guest:
    """A participant of kind standard. Its track is published at once when it speaks."""

    def __init__(self, room: rtc.Room, server: Server) -> None:
        self.room = room
        self.server = server
        self.keys: list[tuple[str, str]] = []  # (identity, key)
        self.left: dict[str, int] = {}  # identity -> disconnect reason
        self.statuses: dict[str, list[str]] = {}
        self.heard: dict[str, bytearray] = {}
        self.tone_hz = 0
        self._tasks: set[asyncio.Task[None]] = set()
        room.on("sip_dtmf_received", self._on_key)
        room.on("participant_disconnected", self._on_left)
        room.on("participant_connected", self._note_status)
        room.on("participant_attributes_changed", lambda changed, who: self._note_status(who))
        room.on("track_subscribed", self._on_track)

    @property
    def sip_legs(self) -> dict[str, rtc.RemoteParticipant]:
        """SIP participants by identity."""
        sip = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
        everyone = self.room.remote_participants
        return {name: who for name, who in everyone.items() if who.kind == sip}

    async def speak(self, tone_hz: int) -> str:
        """Publish a track with a tone; its sid."""
        self.tone_hz = tone_hz
        source = rtc.AudioSource(RATE, 1, queue_size_ms=100)
        track = rtc.LocalAudioTrack.create_audio_track(f"tone-{tone_hz}", source)
        publication = await self.room.local_participant.publish_track(track)
        self._start(self._play(source, tone_hz))
        return str(publication.sid)

    async def until(self, condition: Callable[[], Any], timeout_s: float = 5.0) -> None:
        """Wait until ``condition`` holds. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.01)

    async def leave(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.room.disconnect()

    async def _play(self, source: rtc.AudioSource, tone_hz: int) -> None:
        position = 0
        while True:
            times = (position + np.arange(_FRAME)) / RATE
            position += _FRAME
            pcm = (8000 * np.sin(2 * np.pi * tone_hz * times)).astype(np.int16)
            await source.capture_frame(rtc.AudioFrame(pcm.tobytes(), RATE, 1, _FRAME))

    def _on_key(self, event: rtc.SipDTMF) -> None:
        who = event.participant
        self.keys.append((who.identity if who else "", event.digit))

    def _on_left(self, who: rtc.RemoteParticipant) -> None:
        self.left[who.identity] = int(who.disconnect_reason or 0)

    def _note_status(self, who: rtc.RemoteParticipant) -> None:
        status = who.attributes.get("sip.callStatus", "")
        seen = self.statuses.setdefault(who.identity, [])
        if not seen or seen[-1] != status:
            seen.append(status)

    def _on_track(
        self, track: rtc.Track, publication: rtc.RemoteTrackPublication, who: rtc.RemoteParticipant
    ) -> None:
        self._start(self._listen(track, self.heard.setdefault(who.identity, bytearray())))

    async def _listen(self, track: rtc.Track, heard: bytearray) -> None:
        stream = rtc.AudioStream(track, sample_rate=RATE, num_channels=1, frame_size_ms=20)
        try:
            async for event in stream:
                heard += bytes(event.frame.data.cast("B"))
        finally:
            await stream.aclose()

    def _start(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


@contextlib.asynccontextmanager
async def guest_in(
    server: Server, room: str, identity: str = "guest", *, auto_subscribe: bool = True
) -> AsyncIterator[Guest]:
    """A guest in ``room`` until the block ends."""
    joined = rtc.Room()
    guest = Guest(joined, server)
    await joined.connect(
        server.url, server.token(identity, room), rtc.RoomOptions(auto_subscribe=auto_subscribe)
    )
    try:
        yield guest
    finally:
        await guest.leave()


def tone_level(pcm: bytes, hz: int) -> float:
    """Amplitude of ``hz`` in s16le at 8 kHz (a full sine of 8,000 gives 8,000)."""
    samples = np.frombuffer(pcm, np.int16).astype(np.float64)
    if not len(samples):
        return 0.0
    turn = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / RATE)
    return float(2 * abs(np.dot(samples, turn)) / len(samples))


def tone(hz: int, ms: int) -> bytes:
    times = np.arange(ms * RATE // 1000) / RATE
    return bytes((8000 * np.sin(2 * np.pi * hz * times)).astype(np.int16).tobytes())
