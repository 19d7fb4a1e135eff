"""Many at once: exactly one wins, and nobody waits for ever. Real threads, real transactions."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier
from typing import TypeVar

import pytest
from django.db import connection, connections

from telephony.contracts import (
    CallAlreadyClaimedError,
    CallArrival,
    CallEnded,
    CallRecord,
    CallRefusedError,
    HumanOffer,
    TransferRecord,
    TurnRecord,
)
from telephony.enums import EndingReason, Speaker, TransferCause, TransferState
from telephony.facade import open_call, reserve_human, store_records
from telephony.models import Call, CallEvent, Persona, PhoneNumber, SipTrunk, Team, Transfer
from telephony.services.personas import publish_persona
from telephony.services.settling import note_leg_joined

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 6
Answer = TypeVar("Answer")


def at_once(*works: Callable[[], Answer]) -> list[Answer | BaseException]:
    """Runs all at the same moment, each in a thread with its own connection."""
    barrier = Barrier(len(works))

    def run(work: Callable[[], Answer]) -> Answer | BaseException:
        try:
            connection.ensure_connection()
            barrier.wait(timeout=20)
            return work()
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(run, works))


def test_of_many_jobs_for_one_room_exactly_one_gets_the_call(
    number: PhoneNumber, arrival: Callable[..., CallArrival]
) -> None:
    for round_number in range(3):
        arrivals = [arrival(room_name=f"room-{round_number}") for _ in range(THREADS)]

        answers = at_once(*[lambda one=one: open_call(one) for one in arrivals])

        losers = [answer for answer in answers if isinstance(answer, CallAlreadyClaimedError)]
        winners = [answer for answer in answers if not isinstance(answer, BaseException)]
        assert len(winners) == 1, answers
        assert len(losers) == THREADS - 1, answers
        call = Call.objects.get(room_name=f"room-{round_number}")
        assert call.claimed_by_job == arrivals[answers.index(winners[0])].job_id
        assert CallEvent.objects.filter(call=call, kind="claimed").count() == 1


def test_a_webhook_and_a_worker_that_see_a_call_at_once_make_one_row(
    number: PhoneNumber, arrival: Callable[..., CallArrival]
) -> None:
    arrived = arrival(room_name="room")

    def webhook() -> None:
        note_leg_joined(
            room_name="room",
            identity=arrived.participant_identity,
            attributes={
                "sip.trunkID": arrived.livekit_trunk_id,
                "sip.trunkPhoneNumber": arrived.called_number,
            },
        )

    answers = at_once(lambda: open_call(arrived), webhook, webhook)

    assert not [answer for answer in answers if isinstance(answer, BaseException)], answers
    call = Call.objects.get()
    assert call.claimed_by_job == arrived.job_id
    assert CallEvent.objects.filter(kind="created").count() == 1


def test_of_many_ends_one_stays_and_every_record_is_kept(
    number: PhoneNumber, arrival: Callable[..., CallArrival]
) -> None:
    call_id = open_call(arrival()).call_id
    now = datetime(2026, 3, 1, tzinfo=UTC)
    reasons = list(EndingReason)[:THREADS]

    def batch(reason: EndingReason) -> list[CallRecord]:
        turn = TurnRecord(key=f"t-{reason}", speaker=Speaker.AGENT, text="Hi", start_ms=1, end_ms=2)
        return [turn, CallEnded(reason=reason, ended_at=now)]

    answers = at_once(*[lambda r=r: store_records(call_id, batch(r)) for r in reasons])

    assert answers == [None] * THREADS
    call = Call.objects.get()
    (ended,) = call.events.filter(kind="ended")
    assert ended.detail["reason"] == call.ending_reason
    assert call.turns.count() == THREADS


def test_two_people_publishing_at_once_make_one_new_version(persona: Persona) -> None:
    Persona.objects.update(greeting="Good evening?")

    answers = at_once(*[lambda: publish_persona(persona=persona) for _ in range(3)])

    assert not [answer for answer in answers if isinstance(answer, BaseException)], answers
    assert list(persona.versions.values_list("version", flat=True)) == [2, 1]


def test_of_many_calls_for_the_last_slots_exactly_as_many_as_fit_are_taken(
    number: PhoneNumber, arrival: Callable[..., CallArrival]
) -> None:
    SipTrunk.objects.update(max_calls=2)

    arrivals = [arrival() for _ in range(THREADS)]
    answers = at_once(*[lambda one=one: open_call(one) for one in arrivals])

    refusals = [answer for answer in answers if isinstance(answer, CallRefusedError)]
    plans = [answer for answer in answers if not isinstance(answer, BaseException)]
    assert (len(plans), len(refusals)) == (2, THREADS - 2), answers
    assert {refusal.reason for refusal in refusals} == {EndingReason.TRUNK_BUSY}
    assert Call.objects.filter(ending_reason="trunk_busy").count() == THREADS - 2


def test_of_many_callers_at_once_each_human_gets_one(
    number: PhoneNumber, team: Team, arrival: Callable[..., CallArrival]
) -> None:
    calls = [open_call(arrival()).call_id for _ in range(THREADS)]

    answers = at_once(*[lambda one=one: reserve_human(one, "t", "service", []) for one in calls])

    assert not [answer for answer in answers if isinstance(answer, BaseException)], answers
    given = [answer.human.name for answer in answers if isinstance(answer, HumanOffer)]
    assert sorted(given) == ["Ada", "Bob"]


def test_of_two_transfers_told_at_once_one_stays_open(
    number: PhoneNumber, team: Team, arrival: Callable[..., CallArrival]
) -> None:
    call_id = open_call(arrival()).call_id
    records = [
        TransferRecord(
            transfer_key=f"t{index}",
            step=0,
            state=TransferState.REQUESTED,
            at_ms=0,
            occurred_at=datetime(2026, 3, 1, second=index, tzinfo=UTC),
            cause=TransferCause.CALLER_ASKED,
        )
        for index in range(THREADS)
    ]

    answers = at_once(*[lambda one=one: store_records(call_id, [one]) for one in records])

    assert answers == [None] * THREADS
    (still_open,) = Transfer.objects.open()
    assert still_open.key == f"t{THREADS - 1}"
    assert Transfer.objects.filter(state="failed").count() == THREADS - 1
