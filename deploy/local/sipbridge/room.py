"""A call's leg in its LiveKit room: a participant of kind SIP with one microphone track."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from livekit import api, rtc
from livekit.protocol.room import RoomConfiguration

from .audio import AudioHub, TrackFeed, TrackSink, mix
from .joining import JoinError, LiveKit, RoomClosedError, collect_soon, connect

_PUBLISH_TIMEOUT_S = 10.0
_BITRATE = 64_000  # from some 56 on Opus costs half the time
# A status that is followed at once by the leave is not always seen by the others in the room.
_STATUS_SEEN_S = 0.1
_ANSWER_TIMEOUT_S = 0.3
_LEAVE_TIMEOUT_S = 5.0
_ERRANDS_TIMEOUT_S = 1.0
_MOST_ERRANDS = 64
_TOKEN_LIFETIME = datetime.timedelta(hours=24)

# RFC 4733 table 3: the event number of each key.
DTMF_CODES = {key: code for code, key in enumerate("0123456789*#ABCD")}

Reason = rtc.DisconnectReason


@dataclass(frozen=True)
class Participant:
    """Who joins which room; the server dispatches the agents that ``room_config`` names."""

    room: str
    identity: str
    name: str
    metadata: str
    attributes: dict[str, str]
    room_preset: str = ""
    room_config: RoomConfiguration | None = None


class RoomLeg:
    """Joins, publishes, plays what it is subscribed to.

    ``auto_subscribe``: the server subscribes the leg to everything as it is published; otherwise
    nothing is heard before ``subscribe_all``. Either way the server's track permissions and
    ``update_subscriptions`` hold: a track taken away is silent at the next tick.
    """

    def __init__(
        self,
        livekit: LiveKit,
        hub: AudioHub,
        participant: Participant,
        *,
        auto_subscribe: bool,
        log: logging.LoggerAdapter[logging.Logger],
    ) -> None:
        self.subscribed = asyncio.Event()  # somebody hears us, or another SIP leg is here
        self.closed = asyncio.Event()  # the server ended it: room closed, participant removed
        self.on_dtmf: Callable[[str], None] | None = None
        self.attributes = dict(participant.attributes)
        self.place = (participant.room, participant.identity)
        self._livekit = livekit
        self._hub = hub
        self._participant = participant
        self._auto_subscribe = auto_subscribe
        self._subscribing = auto_subscribe
        self._log = log
        self._room = rtc.Room()
        self._sink: TrackSink | None = None
        self._feeds: dict[str, TrackFeed] = {}
        self._leaving = False
        self._status_told_at = 0.0
        self._errands: asyncio.Queue[Callable[[], Awaitable[None]] | None] = asyncio.Queue(
            _MOST_ERRANDS
        )
        self._errand_task: asyncio.Task[None] | None = None
        self._listen()

    @property
    def sid(self) -> str:
        return self._room.local_participant.sid

    async def join(self) -> None:
        """Connect and publish the track. Raises JoinError or RoomClosedError, having left again."""
        try:
            await connect(
                self._room,
                self._livekit,
                self._participant.room,
                self._token(),
                auto_subscribe=self._auto_subscribe,
            )
            self._sink = self._hub.sink()
            await self._publish(self._sink)
        except BaseException:
            await self.leave(Reason.CLIENT_INITIATED)
            raise
        self._errand_task = asyncio.create_task(self._run_errands())
        for participant in self._room.remote_participants.values():
            self._on_participant(participant)

    def subscribe_all(self) -> None:
        """Hear every audio track there is and will be."""
        self._subscribing = True
        for participant in self._room.remote_participants.values():
            for publication in participant.track_publications.values():
                self._subscribe(publication)

    def push(self, frame: bytes) -> None:
        """Publish 20 ms of the phone's audio (320 bytes)."""
        if self._sink is not None and not self._leaving:
            self._sink.push(frame)

    def mixed(self) -> bytes:
        """20 ms of everything heard in the room (320 bytes); call once a tick."""
        frames = [frame for feed in self._feeds.values() if (frame := feed.take()) is not None]
        return mix(frames)

    @property
    def dropped_ms(self) -> int:
        """Audio of the room given up to stay near the speaker, tracks of now."""
        return sum(feed.dropped_ms for feed in self._feeds.values())

    def set_status(self, status: str) -> None:
        """Set sip.callStatus; statuses and keys reach the room in the order they were given."""
        self.attributes["sip.callStatus"] = status
        self._send(lambda: self._tell_status(status))

    def set_attributes(self, attributes: dict[str, str]) -> None:
        self.attributes.update(attributes)
        participant = self._room.local_participant
        self._send(lambda: participant.set_attributes(attributes))

    async def _tell_status(self, status: str) -> None:
        # Of two that follow at once the room sees only the second: a caller who hung up right after
        # the answer would never have been answered.
        clock = asyncio.get_running_loop().time
        await asyncio.sleep(self._status_told_at + _STATUS_SEEN_S - clock())
        await self._room.local_participant.set_attributes({"sip.callStatus": status})
        self._status_told_at = clock()

    def publish_dtmf(self, key: str) -> None:
        """Tell the room that the phone pressed ``key``."""
        participant = self._room.local_participant
        code = DTMF_CODES[key]
        self._send(lambda: participant.publish_dtmf(code=code, digit=key))

    async def leave(self, reason: rtc.DisconnectReason.ValueType) -> None:
        """Leave the room with ``reason``; what was to be told to the room is told first."""
        if self._leaving:
            return
        self._leaving = True
        try:
            await self._finish_errands()
            if self.attributes.get("sip.callStatus") == "hangup":
                await asyncio.sleep(_STATUS_SEEN_S)
            async with asyncio.timeout(_LEAVE_TIMEOUT_S):
                await self._room.disconnect(reason=reason)
        except TimeoutError:
            self._log.warning("leaving the room took more than %s s", _LEAVE_TIMEOUT_S)
        finally:
            for feed in self._feeds.values():
                feed.close()
            self._feeds.clear()
            if self._sink is not None:
                await self._sink.close()
            collect_soon()

    async def _publish(self, sink: TrackSink) -> None:
        options = rtc.TrackPublishOptions(source=rtc.TrackSource.SOURCE_MICROPHONE)
        options.dtx = False
        options.red = False
        options.audio_encoding.max_bitrate = _BITRATE
        publishing = asyncio.create_task(
            self._room.local_participant.publish_track(sink.track, options)
        )
        closed = asyncio.create_task(self.closed.wait())
        try:
            # A room that closes now never answers.
            await asyncio.wait(
                {publishing, closed},
                timeout=_PUBLISH_TIMEOUT_S,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if self.closed.is_set():
                raise RoomClosedError("the room closed")
            if not publishing.done():
                raise JoinError("the track was not published in time")
            await publishing
        except rtc.participant.PublishTrackError:
            raise JoinError("the track was refused") from None
        finally:
            for task in (publishing, closed):
                task.cancel()
            await asyncio.gather(publishing, closed, return_exceptions=True)

    async def _finish_errands(self) -> None:
        """Let the room hear what it has not been told yet, when it still listens."""
        if self._errand_task is None:
            return
        if not self.closed.is_set():
            with contextlib.suppress(asyncio.QueueFull):
                self._errands.put_nowait(None)
                await asyncio.wait({self._errand_task}, timeout=_ERRANDS_TIMEOUT_S)
        self._errand_task.cancel()
        await asyncio.gather(self._errand_task, return_exceptions=True)

    def _token(self) -> str:
        who = self._participant
        token = (
            api.AccessToken(self._livekit.api_key, self._livekit.api_secret)
            .with_identity(who.identity)
            .with_name(who.name)
            .with_metadata(who.metadata)
            .with_attributes(who.attributes)
            .with_kind("sip")
            .with_ttl(_TOKEN_LIFETIME)
            .with_grants(
                api.VideoGrants(room_join=True, room=who.room, can_update_own_metadata=True)
            )
        )
        if who.room_preset:
            token = token.with_room_preset(who.room_preset)
        if who.room_config is not None:
            token = token.with_room_config(who.room_config)
        return token.to_jwt()

    def _listen(self) -> None:
        room = self._room
        room.on("local_track_subscribed", lambda track: self.subscribed.set())
        room.on("participant_connected", self._on_participant)
        room.on("track_published", lambda publication, who: self._on_published(publication))
        room.on("track_subscribed", lambda track, publication, who: self._on_track(track))
        room.on("track_unsubscribed", lambda track, publication, who: self._off(publication.sid))
        room.on("track_unpublished", lambda publication, who: self._off(publication.sid))
        room.on("sip_dtmf_received", self._on_sip_dtmf)
        room.on("disconnected", lambda reason: self._on_disconnected(reason))

    def _on_participant(self, participant: rtc.RemoteParticipant) -> None:
        # As livekit-sip: two SIP legs alone in a room do not wait for each other.
        if participant.kind == rtc.ParticipantKind.PARTICIPANT_KIND_SIP:
            self.subscribed.set()

    def _on_published(self, publication: rtc.RemoteTrackPublication) -> None:
        if publication.kind != rtc.TrackKind.KIND_AUDIO and self._auto_subscribe:
            publication.set_subscribed(False)  # a phone needs no pictures
        elif self._subscribing and not self._auto_subscribe:
            self._subscribe(publication)

    def _subscribe(self, publication: rtc.RemoteTrackPublication) -> None:
        if publication.kind == rtc.TrackKind.KIND_AUDIO and not self._leaving:
            publication.set_subscribed(True)

    def _on_track(self, track: rtc.Track) -> None:
        if isinstance(track, rtc.RemoteAudioTrack) and not self._leaving:
            self._off(track.sid)
            self._feeds[track.sid] = self._hub.feed(track)

    def _off(self, sid: str) -> None:
        feed = self._feeds.pop(sid, None)
        if feed is not None:
            feed.close()

    def _on_sip_dtmf(self, event: rtc.SipDTMF) -> None:
        key = event.digit.upper()
        if self.on_dtmf is not None and key in DTMF_CODES:
            self.on_dtmf(key)

    def _on_disconnected(self, reason: rtc.DisconnectReason.ValueType) -> None:
        if not self._leaving:
            self._log.info("room left us reason=%s", Reason.Name(reason))
            self.closed.set()

    def _send(self, errand: Callable[[], Awaitable[None]]) -> None:
        try:
            self._errands.put_nowait(errand)
        except asyncio.QueueFull:
            self._log.warning("updates come faster than the room takes them: dropped one")

    async def _run_errands(self) -> None:
        while (errand := await self._errands.get()) is not None:
            if not self._room.isconnected():
                continue
            try:
                # livekit.rtc listens for the server's answer only after it has asked: one that
                # comes at once is lost, and it would wait 5 s for it. The room has heard by then.
                async with asyncio.timeout(_ANSWER_TIMEOUT_S):
                    await errand()
            except TimeoutError:
                continue
            except Exception:
                # A status or a key that the room did not take must not end the call.
                self._log.exception("the room refused an update")
