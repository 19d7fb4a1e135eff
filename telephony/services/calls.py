"""The moves of a call that touch more than its row: seen, admitted, refused, ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from telephony.contracts import CallAlreadyClaimedError, CallArrival, CallPlan, CallRefusedError
from telephony.enums import CallState, EndingReason, EndingResult, EventKind
from telephony.models import Call, CallEvent, CallPolicy, PersonaVersion, PhoneNumber, SipTrunk
from telephony.numbers import e164
from telephony.services import limits
from telephony.services.mapping import call_plan
from telephony.services.texts import clean_text
from telephony.services.transfers import close_handoff


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenLeg:
    """A caller's leg in a room, as a webhook or a worker sees it; numbers as the trunk sent."""

    room_name: str
    participant_identity: str
    called_number: str
    caller_number: str
    livekit_trunk_id: str
    livekit_call_id: str
    sip_call_id: str


def leg_of(arrival: CallArrival) -> SeenLeg:
    return SeenLeg(**{name: getattr(arrival, name) for name in SeenLeg.__dataclass_fields__})


def ensure_call(*, leg: SeenLeg) -> Call:
    """The call of this leg's room, created when nobody has seen it yet."""
    trunk, number = called_line(
        livekit_trunk_id=leg.livekit_trunk_id, called_number=leg.called_number
    )
    caller = trunk.normalise(leg.caller_number) if trunk else leg.caller_number
    with transaction.atomic():
        call, created = Call.objects.select_related(
            "trunk", "phone_number__persona__published_version", "phone_number__opening_hours"
        ).get_or_create(
            room_name=clean_text(leg.room_name, 255),
            defaults={
                "called_number": number.number if number else _number_text(leg.called_number),
                "caller_number": _number_text(caller),
                "trunk": trunk,
                "phone_number": number,
                "participant_identity": clean_text(leg.participant_identity, 255),
                "livekit_call_id": clean_text(leg.livekit_call_id, 64),
                "sip_call_id": clean_text(leg.sip_call_id, 255),
            },
        )
        if created:
            add_event(call=call, key="created", kind=EventKind.CREATED, at=call.started_at)
    return call


def called_line(
    *, livekit_trunk_id: str, called_number: str
) -> tuple[SipTrunk | None, PhoneNumber | None]:
    """The trunk that LiveKit names and its number that was called, as far as they are ours."""
    if not livekit_trunk_id:
        return None, None
    trunk = SipTrunk.objects.filter(livekit_trunk_id=livekit_trunk_id).first()
    if trunk is None:
        return None, None
    numbers = PhoneNumber.objects.on_trunk(livekit_trunk_id)
    # The carrier's own way of writing first; then whatever fits exactly one number.
    number = numbers.dialled(trunk.normalise(called_number)) or numbers.dialled(called_number)
    return trunk, number


def admit_call(*, arrival: CallArrival) -> CallPlan:
    """Claims the call for the job, or says why not.

    Raises CallRefusedError (the call is ended with its reason) and CallAlreadyClaimedError. The
    same job asking again gets the same answer.
    """
    call = ensure_call(leg=leg_of(arrival))
    if call.state == CallState.ENDED.value:
        reason = EndingReason(call.ending_reason)
        if reason.result is EndingResult.REFUSED or reason is EndingReason.NO_PERSONA:
            raise CallRefusedError(reason, "This call was refused.")
        raise CallAlreadyClaimedError("This call has ended.")
    if call.claimed_by_job == arrival.job_id and call.persona_version is not None:
        return call_plan(call, call.persona_version)

    version = _version_that_answers(call)
    if isinstance(version, EndingReason):
        refuse_call(call=call, reason=version)
        raise CallRefusedError(version, _WHY[version])
    over = _claim_within_limits(call, version, arrival)
    if over is not None:
        raise CallRefusedError(over.reason, over.detail)
    return call_plan(call, version)


def _claim_within_limits(
    call: Call, version: PersonaVersion, arrival: CallArrival
) -> limits.Refusal | None:
    """Claims the call, or ends it and says which limit it met; one admission after the other."""
    with transaction.atomic():
        policy = CallPolicy.locked()
        # A job that lost the race must not end as busy the call that another has just taken.
        call.refresh_from_db(fields=["claimed_by_job", "state", "fallback_at", "redispatched_at"])
        if call.claimed_by_job:
            raise CallAlreadyClaimedError("Another job has this call.")
        if call.asked not in ("", arrival.asked):
            # LiveKit is taking this job out of the room: its dispatch is gone.
            raise CallAlreadyClaimedError("Another job was asked for this call.")
        now = timezone.now()
        # A call that runs and lost its worker, or that a human is dialled for, was let in before.
        over = limits.refusal(call=call, policy=policy, at=now) if _rings(call) else None
        if over is not None:
            refuse_call(call=call, reason=over.reason, detail=over.detail)
            return over
        if not call.claim(
            job_id=arrival.job_id,
            worker_id=arrival.worker_id,
            persona_version=version,
            at=now,
        ):
            raise CallAlreadyClaimedError("Another job has this call.")
        add_event(
            call=call,
            key=f"claimed:{arrival.job_id}",
            kind=EventKind.CLAIMED,
            at=now,
            detail={"job": arrival.job_id, "worker": arrival.worker_id},
        )
    return None


def refuse_unclaimed(*, call: Call) -> bool:
    """Ends a call that no worker ever had, if number, persona or a limit does not let it in.

    As a worker asks them when it claims a call; in a transaction that then gives the call to the
    fallback, of two calls for the last slot one gets it. False: the call may go on.
    """
    with transaction.atomic():
        policy = CallPolicy.locked()
        call.refresh_from_db(fields=["claimed_at", "state", "fallback_at"])
        if call.claimed_at is not None or not _rings(call):
            return False
        version = _version_that_answers(call)
        if isinstance(version, EndingReason):
            return refuse_call(call=call, reason=version)
        over = limits.refusal(call=call, policy=policy, at=timezone.now())
        return over is not None and refuse_call(call=call, reason=over.reason, detail=over.detail)


_WHY = {
    EndingReason.UNKNOWN_NUMBER: "No phone number of this trunk matches the called number.",
    EndingReason.NUMBER_INACTIVE: "The called number is switched off.",
    EndingReason.NO_PERSONA: "The called number has no published persona.",
}


def _version_that_answers(call: Call) -> PersonaVersion | EndingReason:
    number = call.phone_number
    if number is None:
        return EndingReason.UNKNOWN_NUMBER
    if not number.active:
        return EndingReason.NUMBER_INACTIVE
    if number.persona is None or number.persona.published_version is None:
        return EndingReason.NO_PERSONA
    return number.persona.published_version


def _rings(call: Call) -> bool:
    return call.state == CallState.RINGING.value and call.fallback_at is None


def refuse_call(*, call: Call, reason: EndingReason, detail: str = "") -> bool:
    with transaction.atomic():
        now = timezone.now()
        if not call.end(reason=reason, at=now, detail=detail or _WHY.get(reason, "")):
            return False
        add_event(
            call=call,
            key="refused",
            kind=EventKind.REFUSED,
            at=now,
            detail={"reason": reason.value},
        )
        _add_ended_event(call)
    return True


def refuse_arrival(*, arrival: CallArrival, reason: EndingReason, at: datetime) -> None:
    """A caller was turned away at ``at`` while no database could take note: now it can.

    A call that another job took since then, or that ended, is left as it is.
    """
    call = ensure_call(leg=leg_of(arrival))
    if call.claimed_by_job not in ("", arrival.job_id) or call.state != CallState.RINGING.value:
        return
    Call.objects.filter(pk=call.pk, started_at__gt=at).update(started_at=at)
    with transaction.atomic():
        if not call.end(reason=reason, at=at, detail="Refused while the database was away."):
            return
        add_event(
            call=call,
            key="refused",
            kind=EventKind.REFUSED,
            at=at,
            detail={"reason": reason.value},
        )
        _add_ended_event(call)


def end_call(*, call: Call, reason: EndingReason, at: datetime, detail: str = "") -> bool:
    """Ends the call with an ENDED event. False when it had ended before: the first end wins."""
    with transaction.atomic():
        if not call.end(reason=reason, at=at, detail=clean_text(detail)):
            return False
        _add_ended_event(call)
        close_handoff(call=call)
    return True


def _add_ended_event(call: Call) -> None:
    add_event(
        call=call,
        key="ended",
        kind=EventKind.ENDED,
        at=call.ended_at or timezone.now(),
        detail={"result": call.ending_result, "reason": call.ending_reason},
    )


def add_event(
    *,
    call: Call,
    key: str,
    kind: EventKind,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> None:
    """Adds an event that the worker does not report; the same key twice changes nothing."""
    at_ms = (
        round((at - call.answered_at).total_seconds() * 1000)
        if call.answered_at is not None
        else None
    )
    event = CallEvent(
        call=call, key=key, kind=kind.value, at_ms=at_ms, occurred_at=at, detail=dict(detail or {})
    )
    CallEvent.objects.bulk_create([event], ignore_conflicts=True)


def _number_text(number: str) -> str:
    return clean_text(e164(number), 64)
