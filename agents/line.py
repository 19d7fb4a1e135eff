"""The caller's leg in a LiveKit room: find it, answer it, hang it up, play to it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterable, Callable

from livekit import api, rtc
from livekit.agents import AutoSubscribe, JobContext
from livekit.agents.utils import http_context
from livekit.rtc.room import EventTypes

from agents.call_context import ACTIVE, CALL_STATUS, arrival_from_attributes
from agents.config import WorkerConfig
from agents.ports import LineLostError
from agents.transfer.room_board import RoomBoard
from agents.turn_taking.line_audio import SESSION_RATE
from agents.turn_taking.playout import QUEUE_MS, Playout
from agents.voice_track import voice_track
from telephony.contracts import CallArrival

logger = logging.getLogger(__name__)

CALLER_WAIT_S = 20.0
ANSWER_WAIT_S = 10.0
HANG_UP_TRIES = 3
HANG_UP_RETRY_S = 0.5
RESUMED_WITHIN_S = 0.3
PLAY_SAMPLE_RATE = 24_000
PUBLISH_TIMEOUT_S = 10.0
# A SIP service may subscribe to the agent only when the call is answered.
SUBSCRIBE_WAIT_S = 0.4
_SIP = rtc.ParticipantKind.PARTICIPANT_KIND_SIP


class RoomLine:
    """``Line`` of a job. The job must have joined without subscribing to anything."""

    def __init__(self, ctx: JobContext) -> None:
        self._ctx = ctx
        self.caller_identity = ""
        self._voice = rtc.AudioSource(SESSION_RATE, 1, queue_size_ms=QUEUE_MS)
        self._voice_heard: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.playout = Playout(self._voice, ready=self._voice_heard)

    async def join(self) -> None:
        """Join the room without subscribing to anything. Raises LineLostError."""
        try:
            await self._ctx.connect(auto_subscribe=AutoSubscribe.SUBSCRIBE_NONE)
        except rtc.ConnectError as error:
            raise LineLostError("the room is gone") from error

    async def wait_for_caller(self) -> CallArrival:
        """Return what is known of the caller's leg. Raises LineLostError when there is none."""
        try:
            async with asyncio.timeout(CALLER_WAIT_S):
                caller = await self._ctx.wait_for_participant(kind=_SIP)
        except (TimeoutError, RuntimeError) as error:
            raise LineLostError("no caller in the room") from error
        self.caller_identity = caller.identity
        return arrival_from_attributes(
            caller.attributes,
            room_name=self._ctx.room.name,
            job_id=self._ctx.job.id,
            worker_id=self._ctx.worker_id,
            identity=caller.identity,
            metadata=self._ctx.job.metadata,
        )

    async def publish_voice(self) -> None:
        """Publish the agent's track, and wait briefly until the caller's leg has it.

        Done before the answer, the greeting need not wait for it afterwards.
        """
        track = rtc.LocalAudioTrack.create_audio_track("agent", self._voice)
        options = voice_track()
        async with asyncio.timeout(PUBLISH_TIMEOUT_S):
            publication = await self._ctx.room.local_participant.publish_track(track, options)
        subscribed = asyncio.ensure_future(publication.wait_for_subscription())
        subscribed.add_done_callback(self._voice_subscribed)
        await asyncio.wait({subscribed}, timeout=SUBSCRIBE_WAIT_S)

    def _voice_subscribed(self, subscribed: asyncio.Future[None]) -> None:
        if not subscribed.cancelled() and not self._voice_heard.done():
            self._voice_heard.set_result(None)

    async def answer(self, on_active: Callable[[], None]) -> None:
        """Subscribe to the caller's track, which is what makes the SIP service answer."""
        active = asyncio.get_running_loop().create_future()

        # Decided inside the event: a caller who hangs up at once must find the call answered.
        def look(*_: object) -> None:
            if active.done():
                return
            try:
                if self._is_active(self._caller()):
                    on_active()
                    active.set_result(None)
            except LineLostError as error:
                active.set_exception(error)

        room = self._ctx.room
        events: tuple[EventTypes, ...] = (
            "track_published",
            "participant_attributes_changed",
            "participant_disconnected",
            "disconnected",
        )
        for event in events:
            room.on(event, look)
        try:
            look()
            await asyncio.wait_for(active, ANSWER_WAIT_S)
        except TimeoutError as error:
            raise LineLostError("the caller's leg did not become active") from error
        finally:
            for event in events:
                room.off(event, look)

    def board(self, config: WorkerConfig, shown_number: str) -> RoomBoard:
        """The room for transfers. SIP is asked where the settings say, rooms at LiveKit itself."""
        sip = api.LiveKitAPI(
            config.livekit_sip_api_url,
            config.livekit_api_key,
            config.livekit_api_secret,
            session=http_context.http_session(),
        )
        return RoomBoard(
            self._ctx.room, self.caller_identity, self._ctx.api, sip, shown_number=shown_number
        )

    async def hang_up(self) -> None:
        """Delete the room: every leg in it ends.

        LiveKit cuts our own connection with it. Once in some hundred calls that comes before the
        news of the deletion, the client connects again, and an empty room stays for minutes.
        """
        if await self._delete_room():
            await asyncio.sleep(RESUMED_WITHIN_S)
            await self._delete_room()

    async def _delete_room(self) -> bool:
        for attempt in range(HANG_UP_TRIES):
            try:
                await self._ctx.api.room.delete_room(
                    api.DeleteRoomRequest(room=self._ctx.room.name)
                )
                return True
            except api.TwirpError as error:
                if error.code == api.TwirpErrorCode.NOT_FOUND:
                    return True
                logger.warning("deleting the room failed: %s", error.code)
            except Exception as error:
                logger.warning("deleting the room failed: %s", type(error).__name__)
            await asyncio.sleep(HANG_UP_RETRY_S * (attempt + 1))
        logger.error("the room could not be deleted; leaving it to its departure time-out")
        return False

    async def play(self, audio: AsyncIterable[rtc.AudioFrame]) -> None:
        """Publish a track of its own: the session's may already be gone."""
        source = rtc.AudioSource(PLAY_SAMPLE_RATE, 1)
        track = rtc.LocalAudioTrack.create_audio_track("last-words", source)
        options = voice_track()
        publication = await self._ctx.room.local_participant.publish_track(track, options)
        try:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(publication.wait_for_subscription(), 2.0)
            async for frame in audio:
                await source.capture_frame(frame)
            await source.wait_for_playout()
        finally:
            await source.aclose()

    def leave(self, reason: str) -> None:
        self._ctx.shutdown(reason)

    def _caller(self) -> rtc.RemoteParticipant:
        caller = self._ctx.room.remote_participants.get(self.caller_identity)
        if caller is None or not self._ctx.room.isconnected():
            raise LineLostError("the caller left before the answer")
        return caller

    @staticmethod
    def _is_active(caller: rtc.RemoteParticipant) -> bool:
        for publication in caller.track_publications.values():
            if publication.kind == rtc.TrackKind.KIND_AUDIO and not publication.subscribed:
                publication.set_subscribed(True)
        return caller.attributes.get(CALL_STATUS) == ACTIVE
