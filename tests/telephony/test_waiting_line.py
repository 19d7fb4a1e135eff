"""Who is in a team's line: only callers who are kept on hold, and only as long as they are."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from django.utils import timezone

from telephony.contracts import CallArrival, HumanOffer, HumansFree, NobodyOffer, TransferRecord
from telephony.enums import NobodyFree, TransferCause, TransferState
from telephony.facade import humans_free, open_call, reserve_human, store_records
from telephony.models import HumanEndpoint, PhoneNumber, Team

pytestmark = pytest.mark.django_db
BUSY = NobodyOffer(why=NobodyFree.ALL_BUSY, position=1)


@pytest.fixture
def new_call(
    number: PhoneNumber, team: Team, arrival: Callable[..., CallArrival]
) -> Callable[[], UUID]:
    """Of a team in which Ada is alone."""
    HumanEndpoint.objects.filter(name="Bob").update(available=False)
    return lambda: open_call(arrival()).call_id


def told(call: UUID, number: int, state: TransferState) -> None:
    record = TransferRecord(
        transfer_key="t1",
        step=number,
        state=state,
        at_ms=number,
        occurred_at=timezone.now(),
        cause=TransferCause.CALLER_ASKED,
        team="service",
    )
    store_records(call, [record])


@pytest.mark.parametrize("nobody", ["return", "take_message"])
def test_where_no_caller_is_kept_on_hold_nobody_is_waited_for(
    new_call: Callable[[], UUID], nobody: str
) -> None:
    Team.objects.update(nobody=nobody)
    talking, turned_away, newcomer = new_call(), new_call(), new_call()
    reserve_human(talking, "t1", "service", [])
    assert reserve_human(turned_away, "t1", "service", []) == BUSY
    assert reserve_human(newcomer, "t1", "service", []) == BUSY, "each is alone in no line"
    HumanEndpoint.objects.release(call_id=talking)

    assert humans_free(newcomer, "service") == HumansFree(count=1)
    assert isinstance(reserve_human(newcomer, "t1", "service", []), HumanOffer)


def test_who_is_back_with_the_agent_does_not_hold_up_the_line(
    new_call: Callable[[], UUID],
) -> None:
    Team.objects.update(nobody="wait")
    talking, waiting, newcomer = new_call(), new_call(), new_call()
    reserve_human(talking, "t1", "service", [])
    assert reserve_human(waiting, "t1", "service", []) == BUSY
    told(waiting, 1, TransferState.WAITING)
    HumanEndpoint.objects.release(call_id=talking)
    assert humans_free(newcomer, "service").why == NobodyFree.ALL_BUSY

    told(waiting, 2, TransferState.RETURNED)

    assert humans_free(newcomer, "service") == HumansFree(count=1)
    assert isinstance(reserve_human(newcomer, "t1", "service", []), HumanOffer)


def test_another_transfer_of_the_same_call_waits_anew(new_call: Callable[[], UUID]) -> None:
    Team.objects.update(nobody="wait")
    talking, waiting, newcomer = new_call(), new_call(), new_call()
    reserve_human(talking, "t1", "service", [])
    told(waiting, 1, TransferState.RETURNED)

    assert reserve_human(waiting, "t2", "service", []) == BUSY
    HumanEndpoint.objects.release(call_id=talking)

    assert humans_free(newcomer, "service").why == NobodyFree.ALL_BUSY
