"""Hand-overs whose worker died, against a real livekit-server: who talks is left to talk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.utils import timezone

from telephony import facade, livekit_client
from telephony.contracts import CallAnswered, CallArrival, CallEnded, TransferRecord
from telephony.enums import EndingReason, EventKind, TransferCause, TransferState
from telephony.models import (
    Call,
    CallPolicy,
    HumanEndpoint,
    PersonaVersion,
    PhoneNumber,
    Team,
    Transfer,
)
from telephony.services import fallback, handoff_watch, settling, watchdog
from telephony.services.calls import add_event
from tests.telephony.test_races import at_once
from tests.telephony.test_settling_live import (  # noqa: F401 - fixtures
    broker,
    in_room,
    livekit_url,
    run_next_task,
)

pytestmark = pytest.mark.django_db(transaction=True)

ROOM = "call_+15550199_handed"
CALLER, HUMAN = "sip_+15550199", "human_t1_1"
JOB = "AJ_gone"


@pytest.fixture
def url(livekit_url: str, settings: Any) -> str:  # noqa: F811
    settings.LIVEKIT_URL = livekit_url
    return livekit_url


@pytest.fixture
def caller(url: str) -> Iterator[None]:
    with in_room(url, ROOM):
        yield


@pytest.fixture
def call(
    caller: None, number: PhoneNumber, team: Team, arrival: Callable[..., CallArrival]
) -> Call:
    """Its worker is gone: no agent is in the room."""
    plan = facade.open_call(arrival(room_name=ROOM, job_id=JOB))
    answered = CallAnswered(answered_at=timezone.now() - timedelta(seconds=40))
    facade.store_records(plan.call_id, [answered])
    return Call.objects.get()


def at_step(call: Call, state: TransferState) -> None:
    """Ada was reserved, and the transfer came as far as this."""
    facade.reserve_human(call.pk, "t1", "service", [])
    record = TransferRecord(
        transfer_key="t1",
        step=1,
        state=state,
        at_ms=1,
        occurred_at=timezone.now(),
        cause=TransferCause.CALLER_ASKED,
        team="service",
        human_id=HumanEndpoint.objects.get(name="Ada").pk,
    )
    facade.store_records(call.pk, [record])


def state_of(call_id: UUID) -> tuple[str, str]:
    call = Call.objects.get(pk=call_id)
    return call.ending_reason, Transfer.objects.get(call_id=call_id).state


def run_tasks_until(done: Callable[[], bool]) -> None:
    """LiveKit's own webhooks queue tasks too. Fails when none comes any more."""
    while not done():
        run_next_task()


def new_agents() -> list[str]:
    return [d.agent_name for d in livekit_client.dispatches(ROOM) if d.agent_name]


def ada_is_free() -> bool:
    return HumanEndpoint.objects.get(name="Ada").reserved_call_id is None


def test_who_talks_with_a_human_is_left_alone_when_the_worker_dies(call: Call, url: str) -> None:
    at_step(call, TransferState.MERGED)
    with in_room(url, ROOM, identity=HUMAN):
        watchdog.check_worker(call_id=call.pk, job_id=JOB, dead=True)
        handoff_watch.check_handoff(call_id=call.pk)

        call.refresh_from_db()
        assert (call.ended_at, call.claimed_by_job) == (None, JOB)
        assert livekit_client.identities_in_room(ROOM) == {CALLER, HUMAN}
        assert not ada_is_free()


def test_when_the_human_then_hangs_up_the_call_ends_as_a_success(call: Call, url: str) -> None:
    at_step(call, TransferState.MERGED)
    with in_room(url, ROOM, identity=HUMAN):
        pass
    settling.note_leg_left(
        room_name=ROOM, identity=HUMAN, at=timezone.now(), disconnect_reason="CLIENT_INITIATED"
    )
    run_tasks_until(lambda: state_of(call.pk)[0] != "")

    assert state_of(call.pk) == ("human_hung_up", "completed")
    assert livekit_client.existing_rooms([ROOM]) == set()
    assert ada_is_free()


def test_when_the_caller_then_hangs_up_the_human_is_let_go(
    url: str, number: PhoneNumber, team: Team, arrival: Callable[..., CallArrival]
) -> None:
    with in_room(url, ROOM, identity=HUMAN):
        with in_room(url, ROOM):
            call_id = facade.open_call(arrival(room_name=ROOM, job_id=JOB)).call_id
            call = Call.objects.get(pk=call_id)
            facade.store_records(call_id, [CallAnswered(answered_at=timezone.now())])
            at_step(call, TransferState.MERGED)
        settling.note_leg_left(
            room_name=ROOM, identity=CALLER, at=timezone.now(), disconnect_reason="CLIENT_INITIATED"
        )
        handoff_watch.check_handoff(call_id=call_id)
        assert livekit_client.existing_rooms([ROOM]) == set()
    settling.settle_call(call_id=call_id, at=timezone.now(), disconnect_reason="CLIENT_INITIATED")
    assert state_of(call_id) == ("caller_hung_up", "completed")


def looked_at_after(call: Call, talked: timedelta) -> tuple[str, str]:
    """What the minute's look makes of two who began to talk so long ago."""
    Transfer.objects.update(merged_at=timezone.now() - talked)
    Call.objects.update(started_at=timezone.now() - timedelta(hours=1))
    settling.reconcile_calls()
    return state_of(call.pk)


def test_two_who_talk_without_an_agent_are_parted_at_the_longest_duration(
    call: Call, url: str, settings: Any
) -> None:
    at_step(call, TransferState.MERGED)
    PersonaVersion.objects.update(max_duration_s=600)
    CallPolicy.objects.update_or_create(
        pk=1, defaults={"take_no_calls": True, "take_no_calls_reason": "x"}
    )
    with in_room(url, ROOM, identity=HUMAN):
        assert looked_at_after(call, timedelta(seconds=570)) == ("", "merged"), "no kill of a call"
        settings.LIVEKIT_URL = "http://127.0.0.1:1"
        with pytest.raises(livekit_client.LiveKitError):
            looked_at_after(call, timedelta(seconds=601))
        assert state_of(call.pk) == ("", "merged"), "unknown is not over"
        settings.LIVEKIT_URL = url

        assert looked_at_after(call, timedelta(seconds=601)) == ("max_duration", "completed")

    assert livekit_client.existing_rooms([ROOM]) == set()
    assert call.events.filter(kind="max_duration_reached").count() == 1
    assert ada_is_free()


def test_the_human_of_last_resort_is_parted_from_the_caller_at_the_same_time(
    call: Call, url: str
) -> None:
    PersonaVersion.objects.update(max_duration_s=600)
    assert call.hand_to_fallback(job_id=JOB, at=timezone.now())
    assert call.dial_fallback(identity=HUMAN)
    Call.objects.update(started_at=timezone.now() - timedelta(hours=1))
    add_event(
        call=call,
        key=fallback.ANSWERED_KEY,
        kind=EventKind.FALLBACK_ANSWERED,
        at=timezone.now() - timedelta(seconds=570),
    )
    with in_room(url, ROOM, identity=HUMAN):
        watchdog.watch_calls()
        assert Call.objects.get().ended_at is None

        call.events.update(occurred_at=timezone.now() - timedelta(seconds=601))
        watchdog.watch_calls()

    assert Call.objects.get().ending_reason == "max_duration"
    assert livekit_client.existing_rooms([ROOM]) == set()


def test_an_agent_who_is_there_decides_itself_how_long_the_two_talk(call: Call, url: str) -> None:
    at_step(call, TransferState.MERGED)
    with in_room(url, ROOM, identity=HUMAN), in_room(url, ROOM, identity=f"agent-{JOB}"):
        assert looked_at_after(call, timedelta(days=1)) == ("", "merged")


def test_a_team_whose_callers_return_to_the_agent_gets_them_another_agent(call: Call) -> None:
    Team.objects.update(after_human="return")
    at_step(call, TransferState.MERGED)

    handoff_watch.check_handoff(call_id=call.pk)
    run_tasks_until(lambda: bool(new_agents()))

    assert state_of(call.pk) == ("", "completed")
    assert ada_is_free()


@pytest.mark.parametrize("state", [TransferState.RINGING, TransferState.ACCEPTED])
def test_before_the_merge_the_human_is_let_go_and_another_agent_comes(
    call: Call, url: str, state: TransferState
) -> None:
    at_step(call, state)
    with in_room(url, ROOM, identity=HUMAN):
        at_once(*[lambda: watchdog.check_worker(call_id=call.pk, job_id=JOB, dead=True)] * 3)

        assert livekit_client.identities_in_room(ROOM) == {CALLER}
    assert state_of(call.pk) == ("", "failed")
    assert Transfer.objects.get().steps.count() == 2
    assert ada_is_free()
    assert new_agents()


def test_a_worker_that_is_there_leads_on(call: Call, url: str) -> None:
    at_step(call, TransferState.MERGED)
    with in_room(url, ROOM, identity=f"agent-{JOB}"):
        handoff_watch.check_handoff(call_id=call.pk)

        assert state_of(call.pk) == ("", "merged")
        assert CALLER in livekit_client.identities_in_room(ROOM)


def test_a_human_who_is_left_in_the_room_of_an_ended_call_is_taken_out(
    call: Call, url: str
) -> None:
    at_step(call, TransferState.RINGING)
    with in_room(url, ROOM, identity=HUMAN):
        assert handoff_watch.take_out_humans(call_id=call.pk) == 0, "the call goes on"
        end = CallEnded(reason=EndingReason.AGENT_GOODBYE, ended_at=timezone.now())
        facade.store_records(call.pk, [end])
        run_tasks_until(lambda: HUMAN not in livekit_client.identities_in_room(ROOM))


def test_the_human_of_last_resort_takes_one_caller_at_a_time(
    call: Call, number: PhoneNumber
) -> None:
    ada = HumanEndpoint.objects.get(name="Ada")
    number.fallback_human = ada
    number.save()
    other = Call.objects.create(room_name="other")
    assert ada.reserve(call_id=other.pk, key="t", at=timezone.now())

    watchdog.give_up(call, job_id=JOB)

    call.refresh_from_db()
    assert (call.ending_reason, call.ending_detail) == (
        "worker_lost",
        "The human is in another call.",
    )
    ada.refresh_from_db()
    assert ada.reserved_call_id == other.pk
