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
from django.db.models import Max
from django.utils import timezone
from livekit.protocol.models import ParticipantInfo

from telephony import livekit_client, queue
from telephony.enums import CallState, EndingReason, Speaker, TrunkDirection
from telephony.livekit_client import LiveKitError, LiveKitRefusedError
from telephony.models import Call, SipTrunk, WebhookDelivery
from telephony.services import fallback, handoff_watch, watchdog
from telephony.services.calls import SeenLeg, end_call, ensure_call

log = structlog.get_logger(__name__)

GRACE = timedelta(seconds=10)
# A room that is missing from LiveKit's list twice, this far apart, is gone.
ROOM_GRACE = timedelta(seconds=25)
ENDED_ROOM_GRACE = timedelta(seconds=60)
# LiveKit sends an event again for minutes, not days.
REMEMBERED = timedelta(days=1)

# SIP services give a call up after some 30 s without audio or without an ACK.
SILENT = timedelta(seconds=20)

# livekit.protocol.models.DisconnectReason, by name; the worker's names for them are the same.
_CALLER_HUNG_UP = {"CLIENT_INITIATED", "USER_REJECTED", "USER_UNAVAILABLE"}
_ROOM_TAKEN_AWAY = {"ROOM_DELETED", "PARTICIPANT_REMOVED"}
_REASON_OF = {
    "SIP_TRUNK_FAILURE": EndingReason.SIP_FAILURE,
    "JOIN_FAILURE": EndingReason.SIP_FAILURE,
    "MEDIA_FAILURE": EndingReason.MEDIA_TIMEOUT,
    "CONNECTION_TIMEOUT": EndingReason.LIVEKIT_LOST,
    "SIGNAL_CLOSE": EndingReason.LIVEKIT_LOST,
    "STATE_MISMATCH": EndingReason.LIVEKIT_LOST,
    "SERVER_SHUTDOWN": EndingReason.LIVEKIT_LOST,
}
# Not LiveKit's: it gives a BYE and a call that the SIP service dropped as CLIENT_INITIATED both,
# but only for a BYE is the leg's sip.callStatus "hangup".
_GIVEN_UP = "CLIENT_INITIATED_WHILE_ACTIVE"


def note_leg_joined(*, room_name: str, identity: str, attributes: Mapping[str, str]) -> None:
    """A SIP leg joined a room: a call, when it came in over one of our inbound trunks."""
    trunk_id = attributes.get("sip.trunkID", "")
    inbound = SipTrunk.objects.filter(
        livekit_trunk_id=trunk_id, direction=TrunkDirection.INBOUND.value
    )
    if not trunk_id or not inbound.exists():
        return
    call = ensure_call(
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
    if call.ended_at is None and not call.claimed_by_job:
        watchdog.watch(call)


def note_agent_joined(*, room_name: str) -> None:
    """A worker that hung takes its job late: LiveKit makes the room anew, and nobody is in it."""
    over = Call.objects.filter(room_name=room_name, state=CallState.ENDED.value)
    if over.filter(claimed_at__isnull=True).exists():
        livekit_client.delete_room(room_name)


def note_leg_left(
    *,
    room_name: str,
    identity: str,
    at: datetime,
    disconnect_reason: str,
    attributes: Mapping[str, str] | None = None,
) -> None:
    """A SIP leg left: when it was the caller's, the call is settled after the worker's grace.

    ``attributes``: the leg's last ones, where they are known.
    """
    fallback.human_left(room_name=room_name, identity=identity)
    if identity.startswith(handoff_watch.HUMAN_PREFIX):
        if talk := Call.objects.open().filter(room_name=room_name).first():
            handoff_watch.leg_left(talk)
        return
    call = Call.objects.open().filter(room_name=room_name, participant_identity=identity).first()
    if call is None:
        return
    call.caller_left(at=at)
    status = (attributes or {}).get("sip.callStatus")
    if disconnect_reason in _CALLER_HUNG_UP and status == "active":
        disconnect_reason = _GIVEN_UP
    if call.fallback_identity:
        livekit_client.delete_room(room_name)  # the human has nobody to talk to
    # Who took the room away writes why; where no database was, a little later.
    taken_away = disconnect_reason in _ROOM_TAKEN_AWAY
    if (not call.claimed_by_job and not taken_away) or call.fallback_at is not None:
        settle_call(call_id=call.id, at=at, disconnect_reason=disconnect_reason)
        return
    handoff_watch.leg_left(call)
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
    reason = _ending(call, disconnect_reason, at)
    ended = end_call(
        call=call, reason=reason, at=at, detail="Seen from LiveKit; no worker reported it."
    )
    if ended:
        log.warning("call_settled", call_id=str(call.id), reason=reason.value)
    return ended


def _ending(call: Call, disconnect_reason: str, at: datetime) -> EndingReason:
    if call.fallback_at is not None:
        return fallback.ending_of(call)
    if disconnect_reason in _REASON_OF:
        return _REASON_OF[disconnect_reason]
    if call.state == CallState.RINGING.value and disconnect_reason not in _ROOM_TAKEN_AWAY:
        return EndingReason.CALLER_HUNG_UP_RINGING
    # The status alone is not enough: the last one can be lost when the leg leaves.
    # Who talks with a human after the worker was lost is not written down.
    talks = any(transfer.is_merged for transfer in call.transfers.open())
    if disconnect_reason == _GIVEN_UP and not talks and _was_silent(call, at):
        return EndingReason.MEDIA_TIMEOUT
    if disconnect_reason in _CALLER_HUNG_UP | {_GIVEN_UP}:
        return EndingReason.CALLER_HUNG_UP
    # The room went, or the leg was removed, and the worker that would have done it kept silent.
    return EndingReason.WORKER_LOST


def _was_silent(call: Call, at: datetime) -> bool:
    """Nothing was heard of the caller before they left, as far as it was written down."""
    last = call.turns.filter(speaker=Speaker.CALLER.value).aggregate(last=Max("end_ms"))["last"]
    return at - call.clock_zero - timedelta(milliseconds=last or 0) >= SILENT


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


def reconcile_calls() -> None:
    """LiveKit drops webhooks: what they would have told is asked for.

    A caller nobody was told of becomes a call, a caller or a worker who left is noticed, and a room
    that outlived its call is deleted. Raises LiveKitError when LiveKit cannot say what rooms it
    has; what it cannot say of one room is left to the next run.
    """
    now = timezone.now()
    WebhookDelivery.objects.filter(processed_at__lt=now - REMEMBERED).delete()
    rooms = livekit_client.rooms()
    calls = {call.room_name: call for call in Call.objects.filter(room_name__in=rooms)}
    for room_name in rooms:
        try:
            _reconcile_room(room_name, calls.get(room_name), now)
        except LiveKitRefusedError as error:
            if error.code != watchdog.NOT_FOUND:  # the room ended meanwhile
                log.warning("room_refused", error_type=error.code)
        except LiveKitError as error:
            log.warning("room_unknown", error_type=type(error).__name__)


def _reconcile_room(room_name: str, call: Call | None, now: datetime) -> None:
    if call is not None and call.ended_at is not None:
        if call.ended_at < now - ENDED_ROOM_GRACE:
            log.warning("room_outlived_its_call", call_id=str(call.id))
            livekit_client.delete_room(room_name)
        return
    present = livekit_client.participants(room_name)
    if call is None:
        for leg in present:
            if leg.kind == ParticipantInfo.Kind.SIP:
                note_leg_joined(
                    room_name=room_name, identity=leg.identity, attributes=leg.attributes
                )
    elif call.started_at < now - ROOM_GRACE:
        if call.participant_identity not in {leg.identity for leg in present}:
            note_leg_left(
                room_name=room_name,
                identity=call.participant_identity,
                at=now,
                disconnect_reason="",
            )
        elif call.claimed_by_job:
            watchdog.check_worker(call_id=call.id, job_id=call.claimed_by_job)


def process_webhook(*, event: Mapping[str, Any]) -> bool:
    """One of LiveKit's events, as webhooks.py trimmed it; False when it was processed before."""
    if WebhookDelivery.objects.filter(pk=event["id"]).exists():
        return False
    # Remembered when done: what fails half-way comes again, and every step may be repeated.
    _apply(event)
    WebhookDelivery.objects.bulk_create(
        [WebhookDelivery(event_id=event["id"])], ignore_conflicts=True
    )
    return True


def _apply(event: Mapping[str, Any]) -> None:
    at = datetime.fromtimestamp(event["created_at"], tz=UTC)
    match event["event"]:
        case "participant_joined" if event["kind"] == "SIP":
            note_leg_joined(
                room_name=event["room"],
                identity=event["identity"],
                attributes=event["attributes"],
            )
        case "participant_joined" if event["kind"] == "AGENT":
            note_agent_joined(room_name=event["room"])
        case "participant_left" if event["kind"] == "AGENT":
            watchdog.worker_left(room_name=event["room"], identity=event["identity"])
        case "participant_left":
            note_leg_left(
                room_name=event["room"],
                identity=event["identity"],
                at=at,
                disconnect_reason=event["disconnect_reason"],
                attributes=event["attributes"],
            )
        case "room_finished":
            note_room_finished(room_name=event["room"], at=at)
