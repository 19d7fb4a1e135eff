"""An answered call: its phone and its room leg joined until one of them ends."""

from __future__ import annotations

import asyncio
import enum
import logging
from collections.abc import Callable

from livekit import rtc

from deploy.local.sipkit import Call, DtmfError, EndCause

from .room import RoomLeg

_MOST_KEYS_WAITING = 32
# ITU-T Q.24: 40 ms each are enough. The phone hears nothing else meanwhile, so no longer than safe.
_TONE_MS, _PAUSE_MS = 100, 40


class Ending(enum.StrEnum):
    """Why an answered call ended."""

    REMOTE_HANGUP = "remote_hangup"
    ROOM_CLOSED = "room_closed"
    MEDIA_TIMEOUT = "media_timeout"
    MAX_DURATION = "max_duration"
    SHUTDOWN = "shutdown"
    TRANSFERRED = "transferred"
    FAILED = "failed"


_OF_END_CAUSE = {
    EndCause.REMOTE_BYE: Ending.REMOTE_HANGUP,
    EndCause.MEDIA_TIMEOUT: Ending.MEDIA_TIMEOUT,
    EndCause.LOCAL: Ending.SHUTDOWN,
}

# As livekit-sip: a call that ends in the ordinary way left by itself, the rest is unknown.
_DISCONNECT_REASON = {
    Ending.REMOTE_HANGUP: rtc.DisconnectReason.CLIENT_INITIATED,
    Ending.MAX_DURATION: rtc.DisconnectReason.CLIENT_INITIATED,
    Ending.TRANSFERRED: rtc.DisconnectReason.CLIENT_INITIATED,
    Ending.ROOM_CLOSED: rtc.DisconnectReason.CLIENT_INITIATED,
    Ending.SHUTDOWN: rtc.DisconnectReason.SERVER_SHUTDOWN,
}


class Session:
    """Audio both ways on the clock's tick, keys both ways, until the end."""

    def __init__(
        self,
        call: Call,
        leg: RoomLeg,
        *,
        log: logging.LoggerAdapter[logging.Logger],
    ) -> None:
        self.call = call
        self.leg = leg
        self.log = log
        self._keys: asyncio.Queue[str] = asyncio.Queue(_MOST_KEYS_WAITING)
        self._failed = asyncio.Event()
        self._transferred = asyncio.Event()
        self._instead: Callable[[], None] | None = None

    def tick(self) -> None:
        """Move 20 ms each way. Called by the bridge's clock; never waits."""
        media = self.call.media
        self.leg.push(media.read())
        heard = self.leg.mixed()
        if self._instead is None:
            media.send(heard)
        else:
            self._instead()

    def play_instead(self, tick: Callable[[], None] | None) -> None:
        """``tick`` sends what the phone hears instead of the room; None: the room again."""
        self._instead = tick

    def fail(self) -> None:
        """End the call because its audio cannot go on."""
        self._failed.set()

    def end_transferred(self) -> None:
        """End the call: its phone talks to somebody else now."""
        self._transferred.set()

    async def run(self, max_duration_s: float, closing: asyncio.Event) -> Ending:
        """Wait for the end; keys are carried meanwhile. Does not hang up."""
        self.call.media.on_dtmf = self.leg.publish_dtmf
        self.leg.on_dtmf = self._key_from_room
        keys = asyncio.create_task(self._play_keys())
        waits = {
            asyncio.create_task(self.call.ended.wait()): None,
            asyncio.create_task(self.leg.closed.wait()): Ending.ROOM_CLOSED,
            asyncio.create_task(closing.wait()): Ending.SHUTDOWN,
            asyncio.create_task(self._failed.wait()): Ending.FAILED,
            asyncio.create_task(self._transferred.wait()): Ending.TRANSFERRED,
        }
        try:
            done, _ = await asyncio.wait(
                waits, timeout=max_duration_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            self.leg.on_dtmf = None
            self.call.media.on_dtmf = None
            for task in (keys, *waits):
                task.cancel()
            await asyncio.gather(keys, *waits, return_exceptions=True)
        if not done:
            return Ending.MAX_DURATION
        if self.call.end_cause is not None:
            return _OF_END_CAUSE.get(self.call.end_cause, Ending.FAILED)
        return next(ending for task in done if (ending := waits[task]) is not None)

    async def finish(self, ending: Ending) -> None:
        """Hang up the phone and leave the room, both at once."""
        if ending in (Ending.REMOTE_HANGUP, Ending.MAX_DURATION, Ending.TRANSFERRED):
            self.leg.set_status("hangup")
        reason = _DISCONNECT_REASON.get(ending, rtc.DisconnectReason.UNKNOWN_REASON)
        await asyncio.gather(self.call.hangup(), self.leg.leave(reason))
        stats = self.call.media.stats
        self.log.info(
            "call ended reason=%s sent=%d received=%d lost=%d late=%d dropped_ms=%d",
            ending,
            stats.packets_sent,
            stats.packets_received,
            stats.lost,
            stats.late,
            stats.dropped_ms + self.leg.dropped_ms,
        )

    def _key_from_room(self, key: str) -> None:
        try:
            self._keys.put_nowait(key)
        except asyncio.QueueFull:
            self.log.warning("keys from the room come faster than tones can be sent: dropped one")

    async def _play_keys(self) -> None:
        while True:
            key = await self._keys.get()
            try:
                await self.call.media.send_dtmf(key, _TONE_MS, _PAUSE_MS)
            except DtmfError:
                self.log.warning("the phone takes no telephone-event: a key was not sent")
