"""An answered call: its phone and its room leg joined until one of them ends."""

from __future__ import annotations

import asyncio
import enum
import logging

from livekit import rtc

from deploy.local.sipkit import Call, DtmfError, EndCause

from .room import RoomLeg

_MOST_KEYS_WAITING = 32


class Ending(enum.StrEnum):
    """Why an answered call ended."""

    REMOTE_HANGUP = "remote_hangup"
    ROOM_CLOSED = "room_closed"
    MEDIA_TIMEOUT = "media_timeout"
    MAX_DURATION = "max_duration"
    SHUTDOWN = "shutdown"
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
        self._call = call
        self._leg = leg
        self._log = log
        self._keys: asyncio.Queue[str] = asyncio.Queue(_MOST_KEYS_WAITING)
        self._failed = asyncio.Event()

    def tick(self) -> None:
        """Move 20 ms each way. Called by the bridge's clock; never waits."""
        media = self._call.media
        self._leg.push(media.read())
        media.send(self._leg.mixed())

    def fail(self) -> None:
        """End the call because its audio cannot go on."""
        self._failed.set()

    async def run(self, max_duration_s: float, closing: asyncio.Event) -> Ending:
        """Wait for the end; keys are carried meanwhile. Does not hang up."""
        self._call.media.on_dtmf = self._leg.publish_dtmf
        self._leg.on_dtmf = self._key_from_room
        keys = asyncio.create_task(self._play_keys())
        waits = {
            asyncio.create_task(self._call.ended.wait()): None,
            asyncio.create_task(self._leg.closed.wait()): Ending.ROOM_CLOSED,
            asyncio.create_task(closing.wait()): Ending.SHUTDOWN,
            asyncio.create_task(self._failed.wait()): Ending.FAILED,
        }
        try:
            done, _ = await asyncio.wait(
                waits, timeout=max_duration_s, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            self._leg.on_dtmf = None
            self._call.media.on_dtmf = None
            for task in (keys, *waits):
                task.cancel()
            await asyncio.gather(keys, *waits, return_exceptions=True)
        if not done:
            return Ending.MAX_DURATION
        if self._call.end_cause is not None:
            return _OF_END_CAUSE.get(self._call.end_cause, Ending.FAILED)
        return next(ending for task in done if (ending := waits[task]) is not None)

    async def finish(self, ending: Ending) -> None:
        """Hang up the phone and leave the room, both at once."""
        if ending in (Ending.REMOTE_HANGUP, Ending.MAX_DURATION):
            self._leg.set_status("hangup")
        reason = _DISCONNECT_REASON.get(ending, rtc.DisconnectReason.UNKNOWN_REASON)
        await asyncio.gather(self._call.hangup(), self._leg.leave(reason))
        stats = self._call.media.stats
        self._log.info(
            "call ended reason=%s sent=%d received=%d lost=%d late=%d dropped_ms=%d",
            ending,
            stats.packets_sent,
            stats.packets_received,
            stats.lost,
            stats.late,
            stats.dropped_ms + self._leg.dropped_ms,
        )

    def _key_from_room(self, key: str) -> None:
        try:
            self._keys.put_nowait(key)
        except asyncio.QueueFull:
            self._log.warning("keys from the room come faster than tones can be sent: dropped one")

    async def _play_keys(self) -> None:
        while True:
            key = await self._keys.get()
            try:
                await self._call.media.send_dtmf(key)
            except DtmfError:
                self._log.warning("the phone takes no telephone-event: a key was not sent")
