"""What a call may not exceed: each limit refuses with its own name, and only new calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from telephony.contracts import CallArrival, CallEnded, CallPlan, CallRefusedError
from telephony.enums import EndingReason
from telephony.facade import open_call, store_records
from telephony.models import Call, CallPolicy, PhoneNumber, SipTrunk
from telephony.services.limits import minutes_today

Arrive = Callable[..., CallArrival]
pytestmark = pytest.mark.django_db


@pytest.fixture
def past_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A day is counted from midnight UTC: minutes after it, the calls here were yesterday's.

    Only ever forward: the models' defaults keep the real clock, and come before the rest.
    """
    now = timezone.now
    ahead = timedelta(hours=1) if now().hour < 1 else timedelta()
    monkeypatch.setattr(timezone, "now", lambda: now() + ahead)


def refused(arrival: CallArrival) -> EndingReason:
    with pytest.raises(CallRefusedError) as error:
        open_call(arrival)
    call = Call.objects.get(room_name=arrival.room_name)
    assert (call.state, call.ending_result) == ("ended", "refused")
    assert call.ending_reason == error.value.reason
    assert call.ending_detail, "the page says what the limit was"
    assert [event.kind for event in call.events.all()] == ["created", "refused", "ended"]
    return error.value.reason


def policy(**values: Any) -> None:
    CallPolicy.objects.update_or_create(pk=1, defaults=values)


def end(plan: CallPlan) -> None:
    store_records(
        plan.call_id, [CallEnded(reason=EndingReason.CALLER_HUNG_UP, ended_at=timezone.now())]
    )


def talked(number: PhoneNumber, minutes: float, *, hours_ago: float = 0) -> Call:
    """A call of that many minutes that ended that long ago."""
    ended = timezone.now() - timedelta(hours=hours_ago)
    return Call.objects.create(
        room_name=f"talked-{Call.objects.count()}",
        phone_number=number,
        trunk=number.trunk,
        state="ended",
        started_at=ended - timedelta(minutes=minutes),
        answered_at=ended - timedelta(minutes=minutes),
        ended_at=ended,
        ending_result="caller",
        ending_reason="caller_hung_up",
    )


def test_the_kill_switch_refuses_new_calls_and_leaves_running_ones(
    number: PhoneNumber, arrival: Arrive
) -> None:
    running = arrival()
    plan = open_call(running)
    policy(take_no_calls=True, take_no_calls_reason="Fire drill until noon")

    assert refused(arrival()) is EndingReason.KILL_SWITCH
    assert open_call(running) == plan
    assert "Fire drill" in Call.objects.get(ending_reason="kill_switch").ending_detail

    policy(take_no_calls=False)
    assert open_call(arrival())


@pytest.mark.parametrize(
    ("place", "reason"),
    [(SipTrunk, EndingReason.TRUNK_BUSY), (PhoneNumber, EndingReason.NUMBER_BUSY)],
)
def test_one_more_than_the_most_at_once_is_busy_until_a_call_ends(
    number: PhoneNumber, arrival: Arrive, place: Any, reason: EndingReason
) -> None:
    place.objects.update(max_calls=2)
    first, _ = open_call(arrival()), open_call(arrival())

    assert refused(arrival()) is reason
    end(first)
    assert open_call(arrival())


def test_a_number_that_is_full_leaves_the_trunk_to_its_other_numbers(
    number: PhoneNumber, arrival: Arrive
) -> None:
    PhoneNumber.objects.create(number="+15550101", trunk=number.trunk, persona=number.persona)
    PhoneNumber.objects.filter(pk=number.pk).update(max_calls=1)
    open_call(arrival())

    assert refused(arrival()) is EndingReason.NUMBER_BUSY
    assert open_call(arrival(called_number="+15550101"))


def test_a_caller_gets_so_many_calls_in_a_minute_and_others_are_not_touched(
    number: PhoneNumber, arrival: Arrive
) -> None:
    policy(calls_per_minute_per_caller=2)
    end(open_call(arrival()))
    end(open_call(arrival()))

    assert refused(arrival()) is EndingReason.CALLER_RATE_LIMITED
    assert open_call(arrival(caller_number="+15550198"))
    assert open_call(arrival(caller_number="anonymous"))
    Call.objects.filter(claimed_at__isnull=False).update(
        claimed_at=timezone.now() - timedelta(seconds=61)
    )
    assert open_call(arrival())


@pytest.mark.parametrize(
    "caller",
    ["anonymous", "Anonymous", "", "sip:anonymous@anonymous.invalid", "no caller id", "Anonyme"],
)
def test_a_hidden_number_is_refused_where_the_trunk_says_so(
    number: PhoneNumber, arrival: Arrive, caller: str
) -> None:
    assert open_call(arrival(caller_number=caller))
    SipTrunk.objects.update(anonymous_allowed=False)

    assert refused(arrival(caller_number=caller)) is EndingReason.ANONYMOUS_REFUSED
    assert open_call(arrival())


@pytest.mark.usefixtures("past_one")
@pytest.mark.parametrize("where", ["policy", "number"])
@pytest.mark.parametrize("limit", [{"minutes_per_day": 10}, {"cost_per_day": Decimal("1.00")}])
def test_minutes_and_money_of_a_day_are_counted_and_then_refused(
    number: PhoneNumber, arrival: Arrive, where: str, limit: dict[str, Any]
) -> None:
    policy(price_per_minute=Decimal("0.10"))
    if where == "policy":
        policy(**limit)
    else:
        PhoneNumber.objects.update(**limit)
    talked(number, 9)
    assert open_call(arrival())

    talked(number, 2)

    assert refused(arrival()) is EndingReason.DAILY_LIMIT


@pytest.mark.usefixtures("past_one")
def test_a_number_that_used_its_day_up_leaves_the_others_theirs(
    number: PhoneNumber, arrival: Arrive
) -> None:
    PhoneNumber.objects.update(minutes_per_day=10)
    other = PhoneNumber.objects.create(
        number="+15550101", trunk=number.trunk, persona=number.persona, minutes_per_day=10
    )
    talked(number, 11)

    assert refused(arrival()) is EndingReason.DAILY_LIMIT
    assert open_call(arrival(called_number=other.number))


def test_only_minutes_since_midnight_count_and_running_calls_do(number: PhoneNumber) -> None:
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    noon = midnight + timedelta(hours=12)
    across = talked(number, 30)
    Call.objects.filter(pk=across.pk).update(
        started_at=midnight - timedelta(minutes=20),
        answered_at=midnight - timedelta(minutes=20),
        ended_at=midnight + timedelta(minutes=10),
    )
    running = talked(number, 5)
    Call.objects.filter(pk=running.pk).update(
        state="active", started_at=noon - timedelta(minutes=5),
        answered_at=noon - timedelta(minutes=5), ended_at=None, ending_result="", ending_reason="",
    )  # fmt: skip
    yesterday = talked(number, 60)
    Call.objects.filter(pk=yesterday.pk).update(
        started_at=midnight - timedelta(hours=2),
        answered_at=midnight - timedelta(hours=2),
        ended_at=midnight - timedelta(hours=1),
    )

    assert minutes_today(Call.objects.all(), noon) == 15


def test_numbers_are_read_as_the_trunks_carrier_writes_them(
    number: PhoneNumber, arrival: Arrive
) -> None:
    SipTrunk.objects.update(number_format="national", country="DE")
    PhoneNumber.objects.filter(pk=number.pk).update(number="+4930123456")

    plan = open_call(arrival(called_number="030123456", caller_number="089987654"))
    abroad = open_call(arrival(called_number="030123456", caller_number="00442079460000"))

    assert (plan.called_number, plan.caller_number) == ("+4930123456", "+4989987654")
    assert abroad.caller_number == "+442079460000"


def test_a_carrier_that_leaves_the_plus_away_is_understood_when_told_so(
    number: PhoneNumber, arrival: Arrive
) -> None:
    SipTrunk.objects.update(number_format="e164")

    assert open_call(arrival(caller_number="4989987654")).caller_number == "+4989987654"
    assert open_call(arrival(caller_number="110")).caller_number == "110"
