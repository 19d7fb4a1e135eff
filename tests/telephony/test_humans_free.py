"""facade.humans_free: who could be rung, before it is known whether anybody will be."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from uuid import UUID, uuid4

import pytest

from telephony.contracts import CallArrival, HumanOffer, HumansFree
from telephony.enums import NobodyFree
from telephony.facade import humans_free, open_call, reserve_human
from telephony.models import (
    HumanEndpoint,
    HumanRequest,
    OpeningHours,
    OpeningPeriod,
    PhoneNumber,
    Team,
)

pytestmark = pytest.mark.django_db

CLOSED = HumansFree(count=0, why=NobodyFree.CLOSED)
ALL_BUSY = HumansFree(count=0, why=NobodyFree.ALL_BUSY)
NONE_LEFT = HumansFree(count=0, why=NobodyFree.NONE_LEFT)


@pytest.fixture
def new_call(
    number: PhoneNumber, team: Team, arrival: Callable[..., CallArrival]
) -> Callable[[], UUID]:
    return lambda: open_call(arrival()).call_id


def test_asking_counts_who_is_free_and_reserves_nobody(new_call: Callable[[], UUID]) -> None:
    call = new_call()

    assert humans_free(call, "service") == humans_free(call, "service") == HumansFree(count=2)

    assert not HumanEndpoint.objects.exclude(reserved_call=None).exists()
    assert not HumanRequest.objects.exists()


def test_who_is_in_a_call_is_not_free_and_when_all_are_they_are_busy(
    new_call: Callable[[], UUID],
) -> None:
    call = new_call()
    counts = []
    for _ in range(2):
        reserve_human(new_call(), "t1", "service", [])
        counts.append(humans_free(call, "service"))

    assert counts == [HumansFree(count=1), ALL_BUSY]


def test_who_waits_for_the_team_is_served_first(new_call: Callable[[], UUID]) -> None:
    talking, waiting, call = new_call(), new_call(), new_call()
    Team.objects.update(nobody="wait")
    HumanEndpoint.objects.filter(name="Bob").update(available=False)
    for other in (talking, waiting):
        reserve_human(other, "t1", "service", [])
    HumanEndpoint.objects.release(call_id=talking)

    assert humans_free(call, "service") == ALL_BUSY
    assert humans_free(waiting, "service") == HumansFree(count=1)


def test_nobody_at_work_and_a_team_of_others_have_nobody(new_call: Callable[[], UUID]) -> None:
    call = new_call()
    Team.objects.create(name="Board", key="board")

    assert humans_free(call, "board") == humans_free(call, "no_such_team") == NONE_LEFT
    HumanEndpoint.objects.update(available=False)
    assert humans_free(call, "service") == NONE_LEFT


def test_a_closed_team_says_that_it_is_closed(new_call: Callable[[], UUID], team: Team) -> None:
    hours = OpeningHours.objects.create(name="Never", timezone="UTC")
    team.opening_hours = hours
    team.save()
    call = new_call()

    assert humans_free(call, "service") == CLOSED
    for weekday in range(7):
        OpeningPeriod.objects.create(
            opening_hours=hours, weekday=weekday, opens=time(0), closes=time(23, 59, 59)
        )
    assert humans_free(call, "service") == HumansFree(count=2)


def test_what_is_counted_is_what_is_then_reserved(new_call: Callable[[], UUID]) -> None:
    """The look-up and the reservation must never disagree when nothing happens between them."""
    for expected in (2, 1, 0):
        call = new_call()
        assert humans_free(call, "service").count == expected
        assert isinstance(reserve_human(call, "t1", "service", []), HumanOffer) is (expected > 0)


def test_a_call_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(LookupError):
        humans_free(uuid4(), "service")
