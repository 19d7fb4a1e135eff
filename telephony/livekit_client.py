"""LiveKit's server API, synchronously and with typed errors. The only import of livekit.api here.

Rooms are asked at LIVEKIT_URL, SIP at LIVEKIT_SIP_API_URL. An error means that the state of
LiveKit is unknown, never that something is gone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
from asgiref.sync import async_to_sync
from django.conf import settings
from google.protobuf.message import DecodeError
from livekit import api
from livekit.api.twirp_client import ServerError
from livekit.protocol.agent_dispatch import AgentDispatch, CreateAgentDispatchRequest
from livekit.protocol.models import DataPacket, ParticipantInfo
from livekit.protocol.room import (
    DeleteRoomRequest,
    ListParticipantsRequest,
    ListRoomsRequest,
    RoomParticipantIdentity,
    SendDataRequest,
)
from livekit.protocol.sip import (
    CreateSIPDispatchRuleRequest,
    CreateSIPInboundTrunkRequest,
    CreateSIPOutboundTrunkRequest,
    CreateSIPParticipantRequest,
    DeleteSIPDispatchRuleRequest,
    DeleteSIPTrunkRequest,
    ListSIPDispatchRuleRequest,
    ListSIPInboundTrunkRequest,
    ListSIPOutboundTrunkRequest,
    SIPDispatchRuleInfo,
    SIPInboundTrunkInfo,
    SIPOutboundConfig,
    SIPOutboundTrunkInfo,
)
from livekit.protocol.webhook import WebhookEvent

TIMEOUT_S = 5.0

Answer = TypeVar("Answer")


class LiveKitError(Exception):
    """LiveKit's API did not do what was asked."""


class LiveKitUnavailableError(LiveKitError):
    """No answer, or an answer that says it cannot serve now. Trying again later may help."""


class LiveKitRefusedError(LiveKitError):
    """LiveKit understood and refused; ``code`` is Twirp's (not_found, invalid_argument, ...)."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


class WebhookSignatureError(Exception):
    """The webhook was not signed with our key, or its body was changed."""


_UNAVAILABLE = {"unavailable", "deadline_exceeded", "internal", "unknown", "resource_exhausted"}


def _ask(url: str, question: Callable[[api.LiveKitAPI], Awaitable[Answer]]) -> Answer:
    async def run() -> Answer:
        async with api.LiveKitAPI(
            url,
            settings.LIVEKIT_API_KEY,
            settings.LIVEKIT_API_SECRET,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            failover=False,
        ) as client:
            return await question(client)

    try:
        return async_to_sync(run)()
    except ServerError as error:
        # 401 and 403 come from in front of Twirp, as text whose code the client cannot know.
        refused = error.status in (401, 403)
        if not refused and (error.code in _UNAVAILABLE or error.status >= 500):
            raise LiveKitUnavailableError(f"{error.code}: {error.message}") from error
        raise LiveKitRefusedError(error.code, error.message) from error
    except (aiohttp.ClientError, TimeoutError, OSError, DecodeError) as error:
        raise LiveKitUnavailableError(f"LiveKit does not answer: {type(error).__name__}") from error


def _sip(question: Callable[[api.LiveKitAPI], Awaitable[Answer]]) -> Answer:
    return _ask(settings.LIVEKIT_SIP_API_URL, question)


# --- SIP: each raises LiveKitUnavailableError or LiveKitRefusedError -----------------------------


def list_inbound_trunks() -> list[SIPInboundTrunkInfo]:
    answer = _sip(lambda client: client.sip.list_inbound_trunk(ListSIPInboundTrunkRequest()))
    return list(answer.items)


def list_outbound_trunks() -> list[SIPOutboundTrunkInfo]:
    answer = _sip(lambda client: client.sip.list_outbound_trunk(ListSIPOutboundTrunkRequest()))
    return list(answer.items)


def list_dispatch_rules() -> list[SIPDispatchRuleInfo]:
    answer = _sip(lambda client: client.sip.list_dispatch_rule(ListSIPDispatchRuleRequest()))
    return list(answer.items)


def create_inbound_trunk(trunk: SIPInboundTrunkInfo) -> str:
    request = CreateSIPInboundTrunkRequest(trunk=trunk)
    return _sip(lambda client: client.sip.create_inbound_trunk(request)).sip_trunk_id


def create_outbound_trunk(trunk: SIPOutboundTrunkInfo) -> str:
    request = CreateSIPOutboundTrunkRequest(trunk=trunk)
    return _sip(lambda client: client.sip.create_outbound_trunk(request)).sip_trunk_id


def create_dispatch_rule(rule: SIPDispatchRuleInfo) -> str:
    request = CreateSIPDispatchRuleRequest(dispatch_rule=rule)
    return _sip(lambda client: client.sip.create_dispatch_rule(request)).sip_dispatch_rule_id


def replace_inbound_trunk(trunk_id: str, trunk: SIPInboundTrunkInfo) -> None:
    _sip(lambda client: client.sip.update_inbound_trunk(trunk_id, trunk))


def replace_outbound_trunk(trunk_id: str, trunk: SIPOutboundTrunkInfo) -> None:
    _sip(lambda client: client.sip.update_outbound_trunk(trunk_id, trunk))


def replace_dispatch_rule(rule_id: str, rule: SIPDispatchRuleInfo) -> None:
    _sip(lambda client: client.sip.update_dispatch_rule(rule_id, rule))


def delete_trunk(trunk_id: str) -> None:
    request = DeleteSIPTrunkRequest(sip_trunk_id=trunk_id)
    _sip(lambda client: client.sip.delete_trunk(request))


def delete_dispatch_rule(rule_id: str) -> None:
    request = DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=rule_id)
    _sip(lambda client: client.sip.delete_dispatch_rule(request))


# --- Rooms ---------------------------------------------------------------------------------------


def existing_rooms(names: list[str]) -> set[str]:
    """Which of these rooms LiveKit has."""
    answer = _ask(
        settings.LIVEKIT_URL, lambda client: client.room.list_rooms(ListRoomsRequest(names=names))
    )
    return {room.name for room in answer.rooms}


def rooms() -> list[str]:
    """The names of all rooms."""
    answer = _ask(settings.LIVEKIT_URL, lambda client: client.room.list_rooms(ListRoomsRequest()))
    return [room.name for room in answer.rooms]


def participants(room_name: str) -> list[ParticipantInfo]:
    """Who is in the room; LiveKitRefusedError with code not_found when there is none."""
    answer = _ask(
        settings.LIVEKIT_URL,
        lambda client: client.room.list_participants(ListParticipantsRequest(room=room_name)),
    )
    return list(answer.participants)


def identities_in_room(name: str) -> set[str]:
    """As ``participants``, the identities alone; a room that is not there has none."""
    try:
        return {participant.identity for participant in participants(name)}
    except LiveKitRefusedError as error:
        if error.code == "not_found":
            return set()
        raise


def delete_room(name: str) -> None:
    """Ends every leg in it; a room that is gone already is what was asked for."""
    try:
        _ask(
            settings.LIVEKIT_URL,
            lambda client: client.room.delete_room(DeleteRoomRequest(room=name)),
        )
    except LiveKitRefusedError as error:
        if error.code != "not_found":
            raise


def remove_participant(room_name: str, identity: str) -> None:
    """Takes somebody out of a room; one who is gone already is what was asked for."""
    request = RoomParticipantIdentity(room=room_name, identity=identity)
    try:
        _ask(settings.LIVEKIT_URL, lambda client: client.room.remove_participant(request))
    except LiveKitRefusedError as error:
        if error.code != "not_found":
            raise


def send_data(room_name: str, data: bytes, topic: str, *, to: str) -> None:
    """A reliable data packet for one participant; it arrives without a sender."""
    request = SendDataRequest(
        room=room_name,
        data=data,
        kind=DataPacket.Kind.RELIABLE,
        destination_identities=[to],
        topic=topic,
    )
    _ask(settings.LIVEKIT_URL, lambda client: client.room.send_data(request))


# --- Agents --------------------------------------------------------------------------------------


def agent_identity(job_id: str) -> str:
    """Whom a job is in its room, as livekit-server names it."""
    return f"agent-{job_id}"


def dispatches(room_name: str) -> list[AgentDispatch]:
    """Which agents were asked into the room."""
    return _ask(settings.LIVEKIT_URL, lambda client: client.agent_dispatch.list_dispatch(room_name))


def create_dispatch(room_name: str, agent_name: str, metadata: str) -> None:
    request = CreateAgentDispatchRequest(room=room_name, agent_name=agent_name, metadata=metadata)
    _ask(settings.LIVEKIT_URL, lambda client: client.agent_dispatch.create_dispatch(request))


def delete_dispatch(dispatch_id: str, room_name: str) -> None:
    _ask(
        settings.LIVEKIT_URL,
        lambda client: client.agent_dispatch.delete_dispatch(dispatch_id, room_name),
    )


def dial(
    *,
    room_name: str,
    identity: str,
    user: str,
    host: str,
    trunk_id: str,
    credentials: tuple[str, str] | None,
    shown_number: str,
    ringing_s: int,
) -> None:
    """Rings ``user`` into the room: at ``host`` when there is one, else over the trunk.

    Returns when the leg is in the room and rings, not when it is answered.
    """
    request = CreateSIPParticipantRequest(
        room_name=room_name,
        participant_identity=identity,
        sip_call_to=user,
        sip_number=shown_number,
        wait_until_answered=False,
    )
    request.ringing_timeout.FromSeconds(ringing_s)
    if host:
        name, password = credentials or ("", "")
        request.trunk.CopyFrom(
            SIPOutboundConfig(hostname=host, auth_username=name, auth_password=password)
        )
    else:
        request.sip_trunk_id = trunk_id
    _sip(lambda client: client.sip.create_sip_participant(request))


# --- Webhooks ------------------------------------------------------------------------------------


def read_webhook(body: str, token: str) -> WebhookEvent:
    """The event, once its signature is right; WebhookSignatureError otherwise."""
    verifier = api.TokenVerifier(settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET)
    try:
        return api.WebhookReceiver(verifier).receive(body, token)
    except Exception as error:  # the receiver raises a bare Exception for a wrong hash
        raise WebhookSignatureError("The webhook is not signed with our key.") from error
