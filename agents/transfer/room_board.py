"""``Board`` over a LiveKit room and LiveKit's APIs."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from typing import Any, TypeVar

import aiohttp
from livekit import api, rtc
from livekit.api.twirp_client import ServerError, SipCallError
from livekit.protocol.sip import (
    CreateSIPParticipantRequest,
    SIPOutboundConfig,
    SIPTransferStatus,
    TransferSIPParticipantRequest,
)

from agents.call_context import CALL_STATUS
from agents.transfer.board import BoardError, Track
from agents.transfer.leg import Leg, is_dialled_by_a_worker
from agents.turn_taking.line_audio import SESSION_RATE
from agents.voice_track import voice_track

logger = logging.getLogger(__name__)

API_TIMEOUT_S = 3.0
PUBLISH_TIMEOUT_S = 5.0
# Music and fixed sentences are known long before: a machine that is busy for so long is not heard.
QUEUE_MS = 400
# A SIP service needs a moment beyond its own ringing time-out to say so.
ANSWER_SLACK_S = 5.0

Answer = TypeVar("Answer")


class RoomBoard:
    """``shown_number`` is what the human's telephone shows: the number that the caller called.

    Over a trunk it is one of the trunk's own instead: carriers refuse numbers of somebody else.
    """

    def __init__(
        self,
        room: rtc.Room,
        caller: str,
        rooms: api.LiveKitAPI,
        sip: api.LiveKitAPI,
        *,
        shown_number: str = "",
    ) -> None:
        self.caller = caller
        self._room = room
        self._rooms = rooms
        self._sip = sip
        self._shown_number = shown_number
        self._opened: set[str] = set()
        self._legs: dict[str, Leg] = {}
        self._removed: set[str] = set()
        self._removing: set[asyncio.Task[None]] = set()
        room.on("participant_connected", self._on_participant)
        room.on("participant_connected", self._on_late)
        room.on("participant_attributes_changed", lambda changed, who: self._on_participant(who))
        room.on("track_published", self._on_track)
        room.on("participant_disconnected", self._on_left)
        room.on("sip_dtmf_received", self._on_key)

    # --- tracks ---------------------------------------------------------------------------------

    async def open_track(self, name: str) -> Track:
        source = rtc.AudioSource(SESSION_RATE, 1, queue_size_ms=QUEUE_MS)
        track = rtc.LocalAudioTrack.create_audio_track(name, source)
        options = voice_track(dtx=False)
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                publication = await self._room.local_participant.publish_track(track, options)
        except (TimeoutError, rtc.participant.PublishTrackError) as error:
            raise BoardError("publish") from error
        self._opened.add(publication.sid)
        return Track(publication.sid, source, publication)

    async def close_track(self, track: Track) -> None:
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                await self._room.local_participant.unpublish_track(track.sid)
        except Exception as error:
            # The room is closing, or the track is gone with it.
            logger.info("a track could not be taken away: %s", type(error).__name__)

    async def heard(self, track: Track, timeout_s: float) -> bool:
        try:
            await asyncio.wait_for(track.publication.wait_for_subscription(), timeout_s)
        except TimeoutError:
            return False
        return True

    def permit(self, hears: Mapping[str, Sequence[Track]] | None) -> None:
        us = self._room.local_participant
        # livekit-server gives back what it took away only at its next look, up to 3 s later: the
        # first words of an agent who is back would be lost.
        agent = [sid for sid in us.track_publications if sid not in self._opened]
        if hears is None:
            sids = {self.caller: list(self._opened)}
        else:
            sids = {who: [track.sid for track in tracks] for who, tracks in hears.items()}
        sids.setdefault(self.caller, []).extend(agent)
        us.set_track_subscription_permissions(
            allow_all_participants=False,
            participant_permissions=[
                rtc.ParticipantTrackPermission(participant_identity=who, allowed_track_sids=theirs)
                for who, theirs in sids.items()
            ],
        )

    def tracks_of_caller(self) -> Sequence[str]:
        who = self._room.remote_participants.get(self.caller)
        return list(who.track_publications) if who is not None else []

    def tracks_but(self, identity: str) -> Sequence[str]:
        others = [w for w in self._room.remote_participants.values() if w.identity != identity]
        return [sid for who in others for sid in who.track_publications]

    async def subscribe(self, identity: str, sids: Sequence[str], *, wanted: bool) -> None:
        if not sids:
            return
        await _asked(
            self._rooms.room.update_subscriptions(
                api.UpdateSubscriptionsRequest(
                    room=self._room.name, identity=identity, track_sids=sids, subscribe=wanted
                )
            )
        )

    async def let_hear(self, identity: str, *, anything: bool) -> None:
        # Without can_update_metadata the SIP service could not set sip.callStatus any more.
        permission = api.ParticipantPermission(
            can_subscribe=anything,
            can_publish=True,
            can_publish_data=True,
            can_update_metadata=True,
        )
        await _asked(
            self._rooms.room.update_participant(
                api.UpdateParticipantRequest(
                    room=self._room.name, identity=identity, permission=permission
                )
            )
        )

    async def audio(self, identity: str) -> AsyncIterator[rtc.AudioFrame]:
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                track = await self._audible(identity)
        except TimeoutError:
            logger.warning("a leg cannot be listened to: it has no audio")
            raise
        stream = rtc.AudioStream(track, sample_rate=SESSION_RATE, num_channels=1, frame_size_ms=20)
        try:
            async for event in stream:
                yield event.frame
        finally:
            await stream.aclose()

    async def _audible(self, identity: str) -> rtc.RemoteTrack:
        """The leg's audio, once it is there: a leg may be answered before its track is seen."""
        asked = ""
        while True:
            who = self._room.remote_participants.get(identity)
            for publication in list(who.track_publications.values()) if who is not None else []:
                if publication.kind != rtc.TrackKind.KIND_AUDIO:
                    continue
                if publication.track is not None:
                    return publication.track
                if publication.sid != asked:
                    publication.set_subscribed(True)
                    asked = publication.sid
            await asyncio.sleep(0.02)

    # --- telephones -----------------------------------------------------------------------------

    async def dial(self, leg: Leg, headers: Mapping[str, str]) -> None:
        human = leg.human
        request = CreateSIPParticipantRequest(
            room_name=self._room.name,
            participant_identity=leg.identity,
            sip_call_to=human.user,
            sip_number=self._shown_number if human.host else "",
            headers=dict(headers),
            wait_until_answered=True,  # only so does a refusal come with its SIP status
        )
        request.ringing_timeout.FromSeconds(human.ring_s)
        if human.host:
            request.trunk.CopyFrom(
                SIPOutboundConfig(
                    hostname=human.host,
                    auth_username=human.auth_username,
                    auth_password=human.auth_password,
                )
            )
        else:
            request.sip_trunk_id = human.livekit_trunk_id
        self._legs[leg.identity] = leg
        await _asked(self._sip.sip.create_sip_participant(request), human.ring_s + ANSWER_SLACK_S)

    async def refer(self, target: str, ring_s: int) -> None:
        request = TransferSIPParticipantRequest(
            room_name=self._room.name, participant_identity=self.caller, transfer_to=target
        )
        request.ringing_timeout.FromSeconds(ring_s)
        answer = await _asked(
            self._sip.sip.transfer_sip_participant(request), ring_s + ANSWER_SLACK_S
        )
        if answer.status == SIPTransferStatus.STS_TRANSFER_FAILED:
            status = answer.sip_status.code if answer.HasField("sip_status") else None
            raise BoardError("failed_precondition", status)

    async def remove(self, identity: str) -> None:
        self._removed.add(identity)
        try:
            await _asked(
                self._rooms.room.remove_participant(
                    api.RoomParticipantIdentity(room=self._room.name, identity=identity)
                )
            )
        except BoardError as error:
            if str(error) != api.TwirpErrorCode.NOT_FOUND:
                raise

    async def remove_strangers(self) -> None:
        """Humans whom a worker that is gone had dialled. Never raises."""
        for identity in list(self._room.remote_participants):
            if is_dialled_by_a_worker(identity) and identity not in self._legs:
                await self._try_to_remove(identity)

    async def _try_to_remove(self, identity: str) -> None:
        try:
            await self.remove(identity)
        except BoardError as error:
            logger.warning("a human whom nobody waits for cannot be removed: %s", error)

    # --- what the room tells --------------------------------------------------------------------

    def _on_participant(self, who: rtc.Participant) -> None:
        if (leg := self._legs.get(who.identity)) is not None:
            leg.on_status(who.attributes.get(CALL_STATUS, ""))

    def _on_late(self, who: rtc.Participant) -> None:
        """Dialled, given up before the SIP service had it in the room, and there it comes."""
        if who.identity in self._removed:
            task = asyncio.create_task(self._try_to_remove(who.identity), name="remove-late")
            self._removing.add(task)
            task.add_done_callback(self._removing.discard)

    def _on_track(
        self, publication: rtc.RemoteTrackPublication, who: rtc.RemoteParticipant
    ) -> None:
        if (leg := self._legs.get(who.identity)) is not None:
            leg.on_track(publication.sid)

    def _on_left(self, who: rtc.RemoteParticipant) -> None:
        if (leg := self._legs.get(who.identity)) is not None:
            leg.on_left(int(who.disconnect_reason or 0))

    def _on_key(self, key: rtc.SipDTMF) -> None:
        if key.participant is not None and key.participant.identity in self._legs:
            self._legs[key.participant.identity].keys.put_nowait(key.digit[:1])


async def _asked(question: Coroutine[Any, Any, Answer], timeout_s: float = API_TIMEOUT_S) -> Answer:
    """Raises BoardError; its text is a code, never the error's own: that may quote a number."""
    try:
        async with asyncio.timeout(timeout_s):
            return await question
    except SipCallError as error:
        raise BoardError(str(error.code), error.sip_status_code) from error
    except ServerError as error:
        raise BoardError(str(error.code)) from error
    except TimeoutError as error:
        raise BoardError("timeout") from error
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise BoardError(type(error).__name__) from error
