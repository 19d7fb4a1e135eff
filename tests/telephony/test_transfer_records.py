"""Transfers as workers tell them: any order, any number of times, by whichever process."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from telephony.contracts import CallArrival, CallEnded, MessageRecord, TransferRecord
from telephony.enums import EndingReason, TransferCause, TransferState
from telephony.facade import open_call, reserve_human, store_records
from telephony.models import Call, HumanEndpoint, Message, PhoneNumber, Team, Transfer
from telephony.services.record_lines import read_line, record_line
from telephony.services.transfers import store_transfer_records

pytestmark = pytest.mark.django_db

START = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def step(number: int, state: TransferState, key: str = "t1", **more: object) -> TransferRecord:
    record = TransferRecord(
        transfer_key=key,
        step=number,
        state=state,
        at_ms=number * 1_000,
        occurred_at=START + timedelta(seconds=number),
        cause=TransferCause.CALLER_ASKED,
    )
    return replace(record, **more)  # type: ignore[arg-type]


@pytest.fixture
def call_id(number: PhoneNumber, team: Team, arrival: Callable[..., CallArrival]) -> UUID:
    return open_call(arrival()).call_id


def ada() -> HumanEndpoint:
    return HumanEndpoint.objects.get(name="Ada")


def a_whole_transfer(team: Team) -> list[TransferRecord]:
    return [
        step(0, TransferState.REQUESTED, team="service", why="A person, please"),
        step(1, TransferState.DIALLING, human_id=ada().pk),
        step(2, TransferState.RINGING, sip_status=180),
        step(3, TransferState.BRIEFING, briefing="Order 4271 is late."),
        step(4, TransferState.MERGED),
        step(5, TransferState.COMPLETED, rating=5),
    ]


def told(call_id: UUID) -> dict[str, object]:
    transfer = Transfer.objects.get(call_id=call_id)
    names = ("state", "cause", "mode", "why", "briefing", "rating", "sip_status", "ended_at")
    values = {name: getattr(transfer, name) for name in names}
    steps = list(transfer.steps.values_list("step", "state", "sip_status"))
    return values | {"human": transfer.human, "team": transfer.team, "steps": steps}


def test_every_order_and_every_repetition_gives_the_same_transfer(
    call_id: UUID, team: Team
) -> None:
    records = a_whole_transfer(team)
    store_records(call_id, records)
    expected = told(call_id)
    assert expected["state"] == "completed"
    assert (expected["human"], expected["team"]) == (ada(), team)
    assert (expected["briefing"], expected["rating"]) == ("Order 4271 is late.", 5)
    assert len(expected["steps"]) == 6  # type: ignore[arg-type]

    for order in itertools.islice(itertools.permutations(records), 0, 720, 97):
        Transfer.objects.all().delete()
        for record in order:
            store_records(call_id, [record])
            store_records(call_id, [record])
        assert told(call_id) == expected
        assert ada().reserved_call_id is None


def test_the_same_step_again_is_left_as_it_is(call_id: UUID) -> None:
    store_records(call_id, [step(0, TransferState.REQUESTED, why="first")])
    store_records(call_id, [step(0, TransferState.HOLDING, why="second")])

    assert told(call_id)["steps"] == [(0, "requested", None)]
    assert told(call_id)["why"] == "first"


def test_a_human_is_reserved_from_the_dialling_to_the_step_that_frees(call_id: UUID) -> None:
    # The worker could not ask the database, and rang the plan's humans.
    store_records(call_id, [step(0, TransferState.DIALLING, human_id=ada().pk)])
    assert ada().reserved_call_id == call_id

    store_records(call_id, [step(1, TransferState.BUSY, sip_status=486)])
    assert ada().reserved_call_id is None
    assert told(call_id)["sip_status"] == 486


def test_a_step_told_again_does_not_free_who_was_reserved_since(call_id: UUID) -> None:
    declined = [
        step(0, TransferState.DIALLING, human_id=ada().pk),
        step(1, TransferState.DECLINED, human_id=ada().pk),
    ]
    store_records(call_id, declined)
    reserve_human(call_id, "t1", "service", [])

    store_records(call_id, declined)

    assert ada().reserved_call_id == call_id


def test_a_new_transfer_closes_the_one_whose_worker_died(call_id: UUID) -> None:
    store_records(call_id, [step(0, TransferState.DIALLING, human_id=ada().pk)])

    store_records(call_id, [step(10, TransferState.REQUESTED, key="t2")])

    old, new = Transfer.objects.order_by("started_at")
    assert (old.state, old.ended_at) == ("failed", START + timedelta(seconds=10))
    assert (new.state, new.ended_at) == ("requested", None)
    assert ada().reserved_call_id is None


def test_an_older_transfer_that_is_told_late_never_closes_the_newer(call_id: UUID) -> None:
    store_records(call_id, [step(10, TransferState.MERGED, key="t2", human_id=ada().pk)])

    store_records(call_id, [step(0, TransferState.RINGING, key="t1")])

    assert Transfer.objects.get(key="t1").state == "failed"
    assert Transfer.objects.get(key="t2").is_merged
    assert ada().reserved_call_id == call_id


def test_a_workers_own_ending_told_late_counts_for_more_than_ours(call_id: UUID) -> None:
    store_records(call_id, [step(0, TransferState.REQUESTED)])
    end = CallEnded(reason=EndingReason.WORKER_LOST, ended_at=START + timedelta(seconds=9))
    store_records(call_id, [end])
    assert told(call_id)["state"] == "failed"

    store_records(call_id, [step(1, TransferState.RETURNED)])

    assert told(call_id)["state"] == "returned"


@pytest.mark.parametrize(
    ("last", "reason", "state"),
    [
        (TransferState.RINGING, EndingReason.CALLER_HUNG_UP, "caller_gone"),
        (TransferState.BRIEFING, EndingReason.WORKER_LOST, "failed"),
        (TransferState.MERGED, EndingReason.HUMAN_HUNG_UP, "completed"),
        (TransferState.MERGED, EndingReason.CALLER_HUNG_UP, "completed"),
        (TransferState.DIALLING, EndingReason.HANDED_OVER, "completed"),
        (TransferState.WAITING, EndingReason.MESSAGE_LEFT, "message_left"),
    ],
)
def test_the_end_of_the_call_ends_its_transfer(
    call_id: UUID, last: TransferState, reason: EndingReason, state: str
) -> None:
    store_records(call_id, [step(0, last, human_id=ada().pk)])

    store_records(call_id, [CallEnded(reason=reason, ended_at=START + timedelta(seconds=9))])

    assert told(call_id)["state"] == state
    assert ada().reserved_call_id is None


def test_a_transfer_that_is_told_after_the_end_of_its_call_is_closed(call_id: UUID) -> None:
    end = CallEnded(reason=EndingReason.CALLER_HUNG_UP, ended_at=START + timedelta(seconds=9))
    store_records(call_id, [end])

    store_records(call_id, [step(0, TransferState.RINGING, human_id=ada().pk)])

    assert told(call_id)["state"] == "caller_gone"
    assert ada().reserved_call_id is None


def test_a_call_that_ended_while_its_transfer_waited_for_the_lock_leaves_none_open(
    call_id: UUID,
) -> None:
    read_before = Call.objects.get(pk=call_id)
    end = CallEnded(reason=EndingReason.CALLER_HUNG_UP, ended_at=START + timedelta(seconds=9))
    store_records(call_id, [end])

    with transaction.atomic():
        store_transfer_records(
            call=read_before, records=[step(0, TransferState.RINGING, human_id=ada().pk)]
        )

    assert told(call_id)["state"] == "caller_gone"
    assert ada().reserved_call_id is None


def test_a_call_has_one_open_transfer_whoever_writes(call_id: UUID) -> None:
    def open_transfer(key: str) -> None:
        Transfer.objects.create(
            call_id=call_id, key=key, cause="supervisor", state="requested", started_at=START
        )

    open_transfer("a")
    with pytest.raises(IntegrityError, match="transfer"), transaction.atomic():
        open_transfer("b")


def test_a_step_survives_the_spool_and_names_that_are_gone_do_no_harm(call_id: UUID) -> None:
    record = step(0, TransferState.RINGING, team="gone", human_id=987, sip_status=9, why="\x00né")

    read = read_line(record_line(call_id, record))

    assert read == (call_id, record)
    store_records(call_id, [record])
    transfer = Transfer.objects.get()
    assert (transfer.team, transfer.human, transfer.sip_status) == (None, None, None)
    assert transfer.why == "né"


def test_a_message_names_its_team_and_its_recording(call_id: UUID, team: Team) -> None:
    record = MessageRecord(
        key="m",
        caller_name="",
        callback_number="",
        text="Call me",
        at_ms=1,
        occurred_at=START,
        team="service",
        path="2026/m.ogg",
    )
    store_records(call_id, [record, replace(record, key="n", team="gone")])

    rows = Message.objects.order_by("key").values_list("team__key", "path")
    assert list(rows) == [("service", "2026/m.ogg"), (None, "2026/m.ogg")]
    assert Call.objects.count() == 1
