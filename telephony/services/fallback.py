"""The human of last resort: dialled into the caller's room when no agent can take the call.

The caller hears ringing until the human answers: the human's leg subscribes to the caller's track
then, which is what answers the caller. Without a human, or when nobody answers, the room is
deleted, which refuses the caller as busy (or hangs up, when the call had been answered).
"""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.utils import timezone
from livekit.protocol.models import ParticipantInfo

from telephony import livekit_client, queue
from telephony.enums import EndingReason, EventKind
from telephony.livekit_client import LiveKitRefusedError, LiveKitUnavailableError
from telephony.models import Call, CallEvent, HumanEndpoint
from telephony.services.calls import add_event
from telephony.services.parting import part, part_when_too_long

log = structlog.get_logger(__name__)

RINGING = timedelta(seconds=25)
LOOK_AGAIN_S = 1.0
RESERVED_KEY = "fallback"
ANSWERED_KEY = "fallback-answered"


def ending_of(call: Call) -> EndingReason:
    lost = call.worker_lost_at is not None or bool(call.claimed_by_job)
    return EndingReason.WORKER_LOST if lost else EndingReason.NO_AGENT


def follow(call: Call) -> None:
    """The next step for a call that was given to the fallback: dial, see the answer, or give up.

    Raises LiveKitError when LiveKit cannot say or do; the next look goes on from here.
    """
    if answered := CallEvent.objects.filter(call=call, key=ANSWERED_KEY).first():
        part_when_too_long(call, since=answered.occurred_at)
        return
    if not call.fallback_identity:
        human = _human_of(call)
        if human is None:
            refuse(call, "No human is set for this number.")
        elif not human.reserve(call_id=call.pk, key=RESERVED_KEY, at=timezone.now()):
            refuse(call, "The human is in another call.")
        elif call.dial_fallback(identity=f"human_{call.id.hex[:12]}"):
            _dial(call, human)
        return
    leg = _leg(call)
    now = timezone.now()
    if leg is not None and leg.attributes.get("sip.callStatus") == "active":
        call.answer(at=now)
        _note(call, ANSWERED_KEY, EventKind.FALLBACK_ANSWERED)
    elif call.fallback_at is None or now > call.fallback_at + RINGING:
        refuse(call, "The human did not answer.")


def human_left(*, room_name: str, identity: str) -> None:
    """The dialled human refused, gave up or hung up: so does the caller's leg."""
    call = Call.objects.open().filter(room_name=room_name, fallback_identity=identity).first()
    if call is None:
        return
    if _was_answered(call):
        part(call, reason=ending_of(call), why="The human hung up.")
    else:
        refuse(call, "The human did not answer.")


def refuse(call: Call, why: str) -> None:
    _note(call, "fallback-failed", EventKind.FALLBACK_FAILED, why=why)
    part(call, reason=ending_of(call), why=why)


def _dial(call: Call, human: HumanEndpoint) -> None:
    _note(call, "fallback-dialled", EventKind.FALLBACK_DIALLED, human=human.name)
    user, host = human.user_and_host
    trunk = human.trunk
    try:
        livekit_client.dial(
            room_name=call.room_name,
            identity=call.fallback_identity,
            user=user,
            host=host,
            trunk_id=trunk.livekit_trunk_id if trunk is not None else "",
            credentials=(trunk.auth_username, trunk.auth_password) if trunk else None,
            # A trunk of ours shows its own number; a SIP phone sees which number was called.
            shown_number="" if trunk is not None and not host else call.called_number,
            ringing_s=int(RINGING.total_seconds()),
        )
    except LiveKitRefusedError as error:
        log.warning("fallback_refused", call_id=str(call.id), error_type=error.code)
        refuse(call, "The human could not be dialled.")
        return
    except LiveKitUnavailableError as error:
        # Unknown is not failed: the phone may ring. What came of it is seen in the room.
        log.warning("fallback_unknown", call_id=str(call.id), error_type=type(error).__name__)
    queue.enqueue(queue.FOLLOW_FALLBACK, str(call.id), countdown_s=LOOK_AGAIN_S)


def follow_until_answered(call: Call) -> None:
    """As ``follow``, and again in a second as long as it rings."""
    follow(call)
    call.refresh_from_db()
    if call.ended_at is None and not _was_answered(call):
        queue.enqueue(queue.FOLLOW_FALLBACK, str(call.id), countdown_s=LOOK_AGAIN_S)


def _leg(call: Call) -> ParticipantInfo | None:
    try:
        present = livekit_client.participants(call.room_name)
    except LiveKitRefusedError as error:
        if error.code == "not_found":
            return None
        raise
    return next((leg for leg in present if leg.identity == call.fallback_identity), None)


def _was_answered(call: Call) -> bool:
    return CallEvent.objects.filter(call=call, key=ANSWERED_KEY).exists()


def _human_of(call: Call) -> HumanEndpoint | None:
    number = call.phone_number
    if number is None or number.fallback_human_id is None:
        return None
    return HumanEndpoint.objects.at_work().filter(pk=number.fallback_human_id).first()


def _note(call: Call, key: str, kind: EventKind, **detail: str) -> None:
    add_event(call=call, key=key, kind=kind, at=timezone.now(), detail=detail)
