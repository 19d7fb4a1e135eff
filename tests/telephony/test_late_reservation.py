"""A human who was reserved when the worker had gone on without an answer is free again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.utils import timezone

from telephony.contracts import CallArrival, NobodyOffer, TransferRecord
from telephony.enums import NobodyFree, TransferCause, TransferState
from telephony.facade import open_call, reserve_human, store_records
from telephony.models import HumanEndpoint, PhoneNumber, Team
from telephony.services import watchdog

pytestmark = pytest.mark.django_db


@pytest.fixture
def call_id(number: PhoneNumber, team: Team, arrival: Callable[..., CallArrival]) -> UUID:
    return open_call(arrival()).call_id


def human(name: str) -> HumanEndpoint:
    return HumanEndpoint.objects.get(name=name)


def reserved() -> set[str]:
    held = HumanEndpoint.objects.exclude(reserved_call=None)
    return set(held.values_list("name", flat=True))


def step(number: int, state: TransferState, name: str, *, seconds: float = 0.0) -> TransferRecord:
    """``seconds`` after now."""
    return TransferRecord(
        transfer_key="t1",
        step=number,
        state=state,
        at_ms=number,
        occurred_at=timezone.now() + timedelta(seconds=seconds),
        cause=TransferCause.CALLER_ASKED,
        team="service",
        human_id=human(name).pk,
    )


def test_the_next_step_that_names_another_human_frees_who_was_reserved(call_id: UUID) -> None:
    reserve_human(call_id, "t1", "service", [])
    assert reserved() == {"Ada"}

    store_records(call_id, [step(1, TransferState.DIALLING, "Bob")])

    assert reserved() == {"Bob"}


def test_who_was_reserved_after_that_step_is_the_next_to_be_rung_and_stays(call_id: UUID) -> None:
    """Records wait in the worker's queue while it asks for the next human."""
    dialling = step(1, TransferState.DIALLING, "Bob", seconds=-2)
    declined = step(2, TransferState.DECLINED, "Bob", seconds=-1)
    reserve_human(call_id, "t1", "service", [human("Bob").pk])

    store_records(call_id, [dialling])
    assert "Ada" in reserved()
    store_records(call_id, [declined])
    assert reserved() == {"Ada"}
    store_records(call_id, [step(3, TransferState.DIALLING, "Ada", seconds=1)])
    assert reserved() == {"Ada"}


def test_a_transfer_that_is_over_gets_nobody_however_late_it_asked(call_id: UUID) -> None:
    store_records(call_id, [step(1, TransferState.RETURNED, "Ada")])

    assert reserve_human(call_id, "t1", "service", []) == NobodyOffer(why=NobodyFree.NONE_LEFT)
    assert reserved() == set()
    reserve_human(call_id, "t2", "service", [])
    assert reserved() == {"Ada"}, "the call's next transfer is another"


def waited(seconds: int) -> set[str]:
    """Who is still reserved when the watchdogs look so long after the reservations."""
    HumanEndpoint.objects.exclude(reserved_call=None).update(
        reserved_at=timezone.now() - timedelta(seconds=seconds)
    )
    watchdog.watch_calls()
    return reserved()


def test_who_is_named_by_no_step_is_freed_by_the_watchdog(call_id: UUID) -> None:
    reserve_human(call_id, "t1", "service", [])

    assert waited(20) == {"Ada"}
    assert waited(40) == set()


@pytest.mark.parametrize("state", [TransferState.RINGING, TransferState.MERGED])
def test_who_rings_or_talks_is_never_freed_by_it(call_id: UUID, state: TransferState) -> None:
    reserve_human(call_id, "t1", "service", [])
    store_records(call_id, [step(1, state, "Ada", seconds=1)])

    assert waited(4_000) == {"Ada"}


def test_who_was_reserved_late_while_the_caller_waits_on_is_freed_by_it(call_id: UUID) -> None:
    store_records(call_id, [step(1, TransferState.WAITING, "Ada")])
    reserve_human(call_id, "t1", "service", [])

    assert waited(40) == set()


def test_the_human_of_last_resort_is_not_freed_by_it(call_id: UUID) -> None:
    human("Bob").reserve(call_id=call_id, key="fallback", at=timezone.now())

    assert waited(4_000) == {"Bob"}
