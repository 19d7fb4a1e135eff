"""What a call may not exceed: calls at once, calls of one caller, minutes and money of the day.

Asked under CallPolicy.locked(), in the transaction that then claims or refuses: of two calls that
arrive for the last slot exactly one gets it. A limit refuses new calls and never ends one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import DateTimeField, DurationField, ExpressionWrapper, F, Q, Sum, Value
from django.db.models.functions import Coalesce, Greatest

from telephony.enums import EndingReason
from telephony.models import Call, CallPolicy, CallQuerySet, PhoneNumber
from telephony.numbers import is_anonymous

RATE_WINDOW = timedelta(seconds=60)
# No call is longer (Persona.max_duration_s), so none that began before this is talked today.
LONGEST_CALL = timedelta(hours=5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    reason: EndingReason
    detail: str  # for the call's page


def refusal(*, call: Call, policy: CallPolicy, at: datetime) -> Refusal | None:
    """Why this call must not be taken now, or None. Cheap where no limit is set."""
    if policy.take_no_calls:
        return Refusal(
            reason=EndingReason.KILL_SWITCH,
            detail=f"The kill switch is on: {policy.take_no_calls_reason}",
        )
    trunk, number = call.trunk, call.phone_number
    if trunk is not None and not trunk.anonymous_allowed and is_anonymous(call.caller_number):
        return Refusal(
            reason=EndingReason.ANONYMOUS_REFUSED,
            detail="The caller's number is hidden, and the trunk does not allow that.",
        )
    if _calls_too_often(call, policy, at):
        return Refusal(
            reason=EndingReason.CALLER_RATE_LIMITED,
            detail=f"More than {policy.calls_per_minute_per_caller} calls of one caller in 60 s.",
        )
    others = Call.objects.exclude(pk=call.pk)
    if trunk is not None and _full(others.filter(trunk=trunk), trunk.max_calls):
        return Refusal(
            reason=EndingReason.TRUNK_BUSY,
            detail=f"The trunk has {trunk.max_calls} calls, which is its most at once.",
        )
    if number is not None and _full(others.filter(phone_number=number), number.max_calls):
        return Refusal(
            reason=EndingReason.NUMBER_BUSY,
            detail=f"The number has {number.max_calls} calls, which is its most at once.",
        )
    return _day_is_used_up(policy, number, at)


def _calls_too_often(call: Call, policy: CallPolicy, at: datetime) -> bool:
    most = policy.calls_per_minute_per_caller
    if most is None or is_anonymous(call.caller_number):
        return False
    # Only calls that were taken count: who is refused is not punished for trying again.
    recent = Call.objects.exclude(pk=call.pk).filter(
        Q(claimed_at__gt=at - RATE_WINDOW)
        | (Q(fallback_at__gt=at - RATE_WINDOW) & ~Q(fallback_identity="")),
        caller_number=call.caller_number,
        started_at__gt=at - 2 * RATE_WINDOW,  # for the index
    )
    return recent.count() >= most


def _full(calls: CallQuerySet, most: int | None) -> bool:
    """Calls that ring and that nobody has yet take no slot: all of them would wait for another."""
    if most is None:
        return False
    waits = Q(claimed_at=None, answered_at=None, fallback_at=None)
    return calls.open().exclude(waits).count() >= most


def _day_is_used_up(policy: CallPolicy, number: PhoneNumber | None, at: datetime) -> Refusal | None:
    scopes: list[tuple[str, CallPolicy | PhoneNumber, CallQuerySet]] = [
        ("All numbers together", policy, Call.objects.all())
    ]
    if number is not None:
        scopes.append(("The number", number, Call.objects.filter(phone_number=number)))
    for name, limits, calls in scopes:
        if limits.minutes_per_day is None and limits.cost_per_day is None:
            continue
        minutes = minutes_today(calls, at)
        if limits.minutes_per_day is not None and minutes >= limits.minutes_per_day:
            detail = f"{name} talked {limits.minutes_per_day} minutes today, which is the limit."
            return Refusal(reason=EndingReason.DAILY_LIMIT, detail=detail)
        if limits.cost_per_day is not None and (
            minutes * policy.price_per_minute >= limits.cost_per_day
        ):
            detail = f"{name} spent {limits.cost_per_day} {policy.currency} today: the limit."
            return Refusal(reason=EndingReason.DAILY_LIMIT, detail=detail)
    return None


def minutes_today(calls: CallQuerySet, at: datetime) -> Decimal:
    """Minutes of answered calls since midnight UTC, those that run now included."""
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    now = Value(at, output_field=DateTimeField())
    since = Value(midnight, output_field=DateTimeField())
    talked = ExpressionWrapper(
        Coalesce(F("ended_at"), now) - Greatest(F("answered_at"), since),
        output_field=DurationField(),
    )
    total = (
        calls.filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=midnight),
            started_at__gt=midnight - LONGEST_CALL,
            answered_at__isnull=False,
        )
        .annotate(talked=talked)
        .aggregate(total=Sum("talked"))["total"]
    )
    return Decimal((total or timedelta()).total_seconds()) / 60
