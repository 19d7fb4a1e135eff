"""What workers tell of hand-overs, stored as often and in whatever order it comes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby

import structlog
from django.db import transaction

from telephony import queue
from telephony.contracts import TransferRecord
from telephony.enums import EndingReason, EndingResult, TransferCause, TransferState
from telephony.models import SETTLED_STEP, Call, HumanEndpoint, Team, Transfer, TransferStep
from telephony.services.handoff_mapping import step_row
from telephony.services.texts import clean_text

log = structlog.get_logger(__name__)

# The worker hangs its human's leg up itself; what is left then is nobody's.
TAKE_OUT_AFTER_S = 5.0
# In these a human's phone rings or is in use.
HOLDS_HUMAN = {
    TransferState.DIALLING,
    TransferState.RINGING,
    TransferState.ANSWERED,
    TransferState.BRIEFING,
    TransferState.ACCEPTED,
    TransferState.MERGED,
}


def store_transfer_records(*, call: Call, records: Sequence[TransferRecord]) -> None:
    """Each step once; a transfer is what its steps add up to. Within the caller's transaction.

    Of two open transfers of a call the older one's worker has died: it is closed as failed.
    """
    if not records:
        return
    # A worker and Celery, which stores what a dead one left, tell of one call one after the other:
    # the row that was read before the lock may not know yet that the call has ended.
    call = Call.objects.select_for_update(no_key=True).get(pk=call.pk)
    teams = dict(Team.objects.filter(key__in={r.team for r in records}).values_list("key", "pk"))
    named = {record.human_id for record in records if record.human_id is not None}
    humans = set(HumanEndpoint.objects.filter(pk__in=named).values_list("pk", flat=True))
    ordered = sorted(records, key=lambda record: (record.transfer_key, record.step))
    groups = [list(group) for _, group in groupby(ordered, key=lambda r: r.transfer_key)]
    for group in sorted(groups, key=lambda group: min(record.occurred_at for record in group)):
        transfer = _transfer_of(call, group)
        known = set(transfer.steps.values_list("step", flat=True))
        new = {r.step: step_row(transfer, r, teams, humans) for r in group if r.step not in known}
        TransferStep.objects.bulk_create(new.values(), ignore_conflicts=True)
        _add_up(transfer)
        _follow_humans(transfer, set(new))
    if call.ended_at is not None:
        close_handoff(call=call)


def close_handoff(*, call: Call) -> None:
    """The call has ended: so has its open transfer, and no human is reserved for it."""
    state = {
        EndingReason.HUMAN_HUNG_UP.value: TransferState.COMPLETED,
        EndingReason.HANDED_OVER.value: TransferState.COMPLETED,
        EndingReason.MESSAGE_LEFT.value: TransferState.MESSAGE_LEFT,
    }.get(call.ending_reason)
    if state is None:
        by_caller = call.ending_result == EndingResult.CALLER.value
        state = TransferState.CALLER_GONE if by_caller else TransferState.FAILED
    for transfer in call.transfers.open():
        talked = transfer.is_merged  # whoever hung up: the hand-over had succeeded
        settle_transfer(
            transfer=transfer,
            state=TransferState.COMPLETED if talked else state,
            at=call.ended_at or transfer.updated_at,
            detail="The call ended.",
        )
    HumanEndpoint.objects.release(call_id=call.pk)
    if call.human_requests.exists() or call.transfers.exists():
        queue.enqueue(queue.TAKE_OUT_HUMANS, str(call.pk), countdown_s=TAKE_OUT_AFTER_S)


def settle_transfer(*, transfer: Transfer, state: TransferState, at: datetime, detail: str) -> None:
    """Adds a last step that no worker told. A worker's own ending, told later, counts for more."""
    with transaction.atomic():
        Call.objects.select_for_update(no_key=True).get(pk=transfer.call_id)
        if not Transfer.objects.open().filter(pk=transfer.pk).exists():
            return  # another saw it too
        ours = transfer.steps.filter(step__gte=SETTLED_STEP).count()
        TransferStep.objects.create(
            transfer=transfer,
            step=SETTLED_STEP + ours,
            state=state.value,
            mode=transfer.mode,
            occurred_at=at,
            at_ms=_clock_ms(transfer.call, at),
            detail=clean_text(detail),
        )
        _add_up(transfer)
        HumanEndpoint.objects.release(call_id=transfer.call_id, key=transfer.key)
    log.warning("transfer_settled", call_id=str(transfer.call_id), state=state.value)


def _clock_ms(call: Call, at: datetime) -> int | None:
    """None when the call's clock was not started, or runs days apart from ours."""
    if call.answered_at is None or abs(at - call.answered_at) > timedelta(days=20):
        return None
    return round((at - call.answered_at).total_seconds() * 1000)


def _transfer_of(call: Call, group: Sequence[TransferRecord]) -> Transfer:
    first = min(record.occurred_at for record in group)
    transfer, _ = Transfer.objects.get_or_create(
        call=call,
        key=clean_text(group[0].transfer_key, 128),
        defaults={
            "cause": TransferCause(group[0].cause).value,
            "state": group[0].state.value,
            "started_at": first,
            # Until it is known whether another is open, this one counts as closed.
            "ended_at": first,
        },
    )
    return transfer


def _add_up(transfer: Transfer) -> None:
    """Writes what the steps say; closes the older of two transfers that would both be open."""
    steps = list(transfer.steps.all())
    told = [step for step in steps if step.step < SETTLED_STEP]
    settled = steps[len(told) :]
    last = (settled or told)[-1]
    if told and TransferState(told[-1].state).is_final:
        last = told[-1]
    transfer.state = last.state
    transfer.started_at = (told or settled)[0].occurred_at
    transfer.ended_at = last.occurred_at if TransferState(last.state).is_final else None
    merged = [step.occurred_at for step in told if step.state == TransferState.MERGED.value]
    transfer.merged_at = merged[0] if merged else None
    transfer.mode = (told or settled)[-1].mode
    for step in told:
        transfer.team_id = step.team_id or transfer.team_id
        transfer.human_id = step.human_id or transfer.human_id
        transfer.sip_status = step.sip_status or transfer.sip_status
        transfer.why = step.why or transfer.why
        transfer.briefing = step.briefing or transfer.briefing
        transfer.rating = step.rating if step.rating is not None else transfer.rating
    if transfer.ended_at is None:
        _only_one_open(transfer)
    transfer.save()


def _only_one_open(transfer: Transfer) -> None:
    others = Transfer.objects.open().filter(call_id=transfer.call_id).exclude(pk=transfer.pk)
    for other in others:
        newer = other.started_at > transfer.started_at
        older = transfer if newer else other
        if older is transfer:
            TransferStep.objects.create(
                transfer=transfer,
                step=SETTLED_STEP,
                state=TransferState.FAILED.value,
                mode=transfer.mode,
                occurred_at=other.started_at,
                detail="Another transfer began: the worker of this one was lost.",
            )
            transfer.state, transfer.ended_at = TransferState.FAILED.value, other.started_at
            continue
        settle_transfer(
            transfer=other,
            state=TransferState.FAILED,
            at=transfer.started_at,
            detail="Another transfer began: the worker of this one was lost.",
        )


def _follow_humans(transfer: Transfer, new: set[int]) -> None:
    """Frees who was let go, and reserves who is rung without having been reserved.

    A worker that could not ask the database, or had no answer in time, rings the humans of its
    plan; whoever was reserved for it too late is freed.
    """
    call_id, key = transfer.call_id, transfer.key
    human_id: int | None = None
    told_at = None
    for step in transfer.steps.filter(step__lt=SETTLED_STEP):
        human_id = step.human_id or human_id
        state = TransferState(step.state)
        if state.frees_human:
            if step.step in new and human_id is not None:
                HumanEndpoint.objects.filter(pk=human_id).release(call_id=call_id, key=key)
            human_id = None
        told_at = step.occurred_at
    if transfer.ended_at is not None:
        HumanEndpoint.objects.release(call_id=call_id, key=key)
    elif human_id is not None and TransferState(transfer.state) in HOLDS_HUMAN:
        # One who was reserved since then is the next to be rung: that step is still on its way.
        others = HumanEndpoint.objects.exclude(pk=human_id).filter(reserved_at__lt=told_at)
        others.release(call_id=call_id, key=key)
        HumanEndpoint(pk=human_id).reserve(call_id=call_id, key=key, at=transfer.updated_at)
