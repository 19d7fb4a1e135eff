"""Hand-overs that no worker leads any more.

Caller and human who talk are left alone: they need no worker. Whoever leaves first ends it for the
other, and the longest duration of a call ends it for both. Any other hand-over ends with its
worker, and its human's leg is taken out of the room, so that the next agent meets a caller who is
alone. LiveKit that does not answer means unknown.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

import structlog
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from telephony import livekit_client, queue
from telephony.enums import AfterHuman, CallState, EndingReason, TransferState
from telephony.models import Call, HumanEndpoint, Transfer
from telephony.services.fallback import RESERVED_KEY
from telephony.services.parting import part, part_when_too_long
from telephony.services.transfers import HOLDS_HUMAN, settle_transfer

log = structlog.get_logger(__name__)

# A worker that leads its call on after a leg left has this long to be still there.
WORKER_GRACE_S = 3.0
HUMAN_PREFIX = "human_"
# From the reservation to the step that tells whose phone rings: an announcement, some seconds.
NAMED_WITHIN = timedelta(seconds=30)


def leg_left(call: Call) -> None:
    """The caller or the human of a running hand-over left: is there a worker who knows?"""
    if call.transfers.open().exists():
        queue.enqueue(queue.CHECK_HANDOFF, str(call.pk), countdown_s=WORKER_GRACE_S)


def check_handoff(*, call_id: UUID) -> None:
    """Ends a talk of caller and human that one of them has left, when no worker is there to.

    Raises LiveKitError when LiveKit cannot say.
    """
    call = Call.objects.open().filter(pk=call_id, fallback_at__isnull=True).first()
    if call is None:
        return
    transfer = call.transfers.open().first()
    if transfer is None or not transfer.is_merged:
        return
    present = livekit_client.identities_in_room(call.room_name)
    if livekit_client.agent_identity(call.claimed_by_job) in present:
        return
    if call.participant_identity not in present:
        livekit_client.delete_room(call.room_name)  # the human; the caller's end is settled
    elif not goes_on_alone(call, present):
        queue.enqueue(queue.CHECK_WORKER, str(call.pk), call.claimed_by_job)


def goes_on_alone(call: Call, present: Collection[str]) -> bool:
    """Whether this call, which has lost its worker, needs no other one. ``present``: identities.

    A caller whom the human has left gets the ending that the team wants, but for what needs an
    agent to ask: a rating.
    """
    transfer = call.transfers.open().select_related("team").first()
    if transfer is None or not transfer.is_merged:
        return False
    if _humans(present):
        # The time before was the agent's.
        part_when_too_long(call, since=transfer.merged_at or call.clock_zero)
        return True
    if _returns(transfer):
        return False
    part(
        call,
        reason=EndingReason.HUMAN_HUNG_UP,
        why="The human hung up; no agent was there any more.",
    )
    return True


def abandon(call: Call, present: Collection[str]) -> None:
    """Ends what the lost worker had begun; may be repeated. Raises LiveKitError."""
    for identity in _humans(present):
        livekit_client.remove_participant(call.room_name, identity)
    for transfer in call.transfers.open():
        talked = transfer.is_merged
        settle_transfer(
            transfer=transfer,
            state=TransferState.COMPLETED if talked else TransferState.FAILED,
            at=timezone.now(),
            detail="The human hung up." if talked else "The agent's process was lost.",
        )
    HumanEndpoint.objects.release(call_id=call.pk)


def take_out_humans(*, call_id: UUID) -> int:
    """Takes the legs of humans out of the room of a call that has ended; how many.

    Raises LiveKitError when LiveKit cannot say.
    """
    call = Call.objects.get(pk=call_id)
    if call.ended_at is None:
        return 0
    left = _humans(livekit_client.identities_in_room(call.room_name))
    for identity in left:
        log.warning("human_outlived_the_call", call_id=str(call_id))
        livekit_client.remove_participant(call.room_name, identity)
    return len(left)


def release_stale_reservations() -> int:
    """Humans who are held for nobody: each end, and each new choice, frees them; this is the net.

    Held for a call that has ended, or for a transfer that took another human because this one was
    reserved too late for its worker.
    """
    ended = Q(reserved_call__state=CallState.ENDED.value)
    in_use = Transfer.objects.filter(
        call=OuterRef("reserved_call"),
        key=OuterRef("reserved_key"),
        human=OuterRef("pk"),
        state__in=[state.value for state in HOLDS_HUMAN],
    )
    late = Q(reserved_at__lt=timezone.now() - NAMED_WITHIN) & ~Q(reserved_key=RESERVED_KEY)
    return HumanEndpoint.objects.filter(ended | (late & ~Exists(in_use))).set_free()


def _humans(present: Collection[str]) -> list[str]:
    return sorted(identity for identity in present if identity.startswith(HUMAN_PREFIX))


def _returns(transfer: Transfer) -> bool:
    return transfer.team is not None and transfer.team.after_human == AfterHuman.RETURN.value
