"""Closing calls that no worker closes: what LiveKit's webhooks and room list tell.

The worker that has a call knows best how it ended, so it gets a grace period to say so. A call is
closed by what is known, and an error of LiveKit's API means unknown: the call is left as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone

from telephony import livekit_client, queue
from telephony.enums import CallState, EndingReason, TrunkDirection
from telephony.models import Call, SipTrunk
from telephony.services.calls import SeenLeg, end_call, ensure_call

log = structlog.get_logger(__name__)

GRACE = timedelta(seconds=10)
# A room that is missing from LiveKit's list twice, this far apart, is gone.
ROOM_GRACE = timedelta(seconds=25)

# livekit.protocol.models.DisconnectReason, by name.
_CALLER_HUNG_UP = {"CLIENT_INITIATED"}
_REASON_OF = {
    "SIP_TRUNK_FAILURE": EndingReason.SIP_FAILURE,
    "CONNECTION_TIMEOUT": EndingReason.MEDIA_TIMEOUT,
    "MEDIA_FAILURE": EndingReason.MEDIA_TIMEOUT,
}


def note_leg_joined(*, room_name: str, identity: str, attributes: Mapping[str, str]) -> None:
    """A SIP leg joined a room: a call, when it came in over one of our inbound trunks."""
    trunk_id = attributes.get("sip.trunkID", "")
    inbound = SipTrunk.objects.filter(
        livekit_trunk_id=trunk_id, direction=TrunkDirection.INBOUND.value
    )
    if not trunk_id or not inbound.exists():
        return
    ensure_call(
        leg=SeenLeg(
            room_name=room_name,
            participant_identity=identity,
            called_number=attributes.get("sip.trunkPhoneNumber", ""),
            caller_number=attributes.get("sip.phoneNumber", ""),
            livekit_trunk_id=trunk_id,
            livekit_call_id=attributes.get("sip.callID", ""),
            sip_call_id=attributes.get("sip.callIDFull", ""),
        )
    )


def note_leg_left(*, room_name: str, identity: str, at: datetime, disconnect_reason: str) -> None:
    """A SIP leg left: when it was the caller's, the call is settled after the worker's grace."""
    call = Call.objects.open().filter(room_name=room_name, participant_identity=identity).first()
    if call is None:
        return
    call.caller_left(at=at)
    if not call.claimed_by_job:
        settle_call(call_id=call.id, at=at, disconnect_reason=disconnect_reason)
        return
    _settle_later(call, at, disconnect_reason)


def note_room_finished(*, room_name: str, at: datetime) -> None:
    call = Call.objects.open().filter(room_name=room_name).first()
    if call is not None:
        _settle_later(call, at, "")


def _settle_later(call: Call, at: datetime, disconnect_reason: str) -> None:
    queue.enqueue(
        queue.SETTLE_CALL,
        str(call.id),
        at.isoformat(),
        disconnect_reason,
        countdown_s=GRACE.total_seconds(),
    )


def settle_call(*, call_id: UUID, at: datetime, disconnect_reason: str) -> bool:
    """Ends a call that is over and that nobody ended. True when this did it."""
    call = Call.objects.open().filter(pk=call_id).first()
    if call is None:
        return False
    reason = _ending(call, disconnect_reason)
    ended = end_call(
        call=call, reason=reason, at=at, detail="Seen from LiveKit; no worker reported it."
    )
    if ended:
        log.warning("call_settled", call_id=str(call.id), reason=reason.value)
    return ended


def _ending(call: Call, disconnect_reason: str) -> EndingReason:
    if disconnect_reason in _REASON_OF:
        return _REASON_OF[disconnect_reason]
    if call.state == CallState.RINGING.value:
        return EndingReason.CALLER_HUNG_UP_RINGING
    if disconnect_reason in _CALLER_HUNG_UP:
        return EndingReason.CALLER_HUNG_UP
    # The room went, or the leg was removed, and the worker that would have done it kept silent.
    return EndingReason.WORKER_LOST


def close_calls_without_a_room() -> int:
    """Ends open calls whose room LiveKit does not have; returns how many.

    Raises LiveKitError when LiveKit cannot say. A first look only marks such a call (its worker may
    be writing its end right now); a later look ends it.
    """
    now = timezone.now()
    calls = list(Call.objects.open().filter(started_at__lt=now - ROOM_GRACE)[:500])
    if not calls:
        return 0
    rooms = livekit_client.existing_rooms([call.room_name for call in calls])
    closed = 0
    for call in calls:
        if call.room_name in rooms:
            continue
        if call.caller_left_at is None:
            call.caller_left(at=now)
        elif call.caller_left_at < now - ROOM_GRACE:
            closed += settle_call(call_id=call.id, at=call.caller_left_at, disconnect_reason="")
    return closed


def process_webhook(*, event: Mapping[str, Any]) -> None:
    """One of LiveKit's events, as webhooks.py trimmed it. Any number of times, in any order."""
    at = datetime.fromtimestamp(event["created_at"], tz=UTC)
    match event["event"]:
        case "participant_joined":
            note_leg_joined(
                room_name=event["room"],
                identity=event["identity"],
                attributes=event["attributes"],
            )
        case "participant_left":
            note_leg_left(
                room_name=event["room"],
                identity=event["identity"],
                at=at,
                disconnect_reason=event["disconnect_reason"],
            )
        case "room_finished":
            note_room_finished(room_name=event["room"], at=at)
