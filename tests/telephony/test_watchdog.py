"""Calls without an agent, against a real livekit-server: asked once more, then given up by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from livekit.protocol.agent_dispatch import AgentDispatch

from telephony import facade, livekit_client
from telephony.contracts import CallAlreadyClaimedError, CallAnswered, CallArrival, TurnRecord
from telephony.enums import Speaker
from telephony.models import Call, PhoneNumber
from telephony.services import settling, watchdog
from tests.telephony.test_races import at_once
from tests.telephony.test_settling_live import (  # noqa: F401 - fixtures
    broker,
    in_room,
    livekit_url,
)

pytestmark = pytest.mark.django_db(transaction=True)

ROOM = "call_+15550199_watched"
CALLER = "sip_+15550199"


@pytest.fixture
def caller(livekit_url: str, settings: Any) -> Iterator[None]:  # noqa: F811
    """A caller stands in ROOM, in the LiveKit that the settings name."""
    settings.LIVEKIT_URL = livekit_url
    with in_room(livekit_url, ROOM, trunkID="ST_carrier", trunkPhoneNumber="+15550100"):
        yield


@pytest.fixture
def call(caller: None, number: PhoneNumber) -> Call:
    settling.note_leg_joined(
        room_name=ROOM,
        identity=CALLER,
        attributes={"sip.trunkID": "ST_carrier", "sip.trunkPhoneNumber": "+15550100"},
    )
    return Call.objects.get()


def waiting_for(call: Call, seconds: float) -> None:
    Call.objects.filter(pk=call.pk).update(started_at=timezone.now() - timedelta(seconds=seconds))


def asked_for() -> list[AgentDispatch]:
    """LiveKit has one without a name of its own in every room."""
    return [dispatch for dispatch in livekit_client.dispatches(ROOM) if dispatch.agent_name]


def kinds(call: Call) -> list[str]:
    return list(call.events.values_list("kind", flat=True))


def test_before_four_seconds_nothing_is_done(call: Call) -> None:
    watchdog.watch_call(call_id=call.pk)
    assert asked_for() == []


def test_after_four_seconds_one_more_agent_is_asked_for_however_many_look(call: Call) -> None:
    livekit_client.create_dispatch(ROOM, "receptionist", "old")
    waiting_for(call, 5)

    at_once(*[lambda: watchdog.watch_call(call_id=call.pk)] * 4)
    watchdog.watch_calls()

    [dispatch] = asked_for()
    assert json.loads(dispatch.metadata)["watchdog"].startswith("no agent")
    assert kinds(call).count("redispatched") == 1


def test_an_agent_that_is_in_the_room_and_slow_to_claim_is_not_taken_out_of_it(
    call: Call, settings: Any
) -> None:
    """LiveKit may list its job seconds later, and deletes a job with its dispatch."""
    livekit_client.create_dispatch(ROOM, "receptionist", "old")
    waiting_for(call, 5)
    with in_room(settings.LIVEKIT_URL, ROOM, identity="agent-AJ_slow"):
        watchdog.watch_call(call_id=call.pk)
        assert [dispatch.metadata for dispatch in asked_for()] == ["old"]
        assert "redispatched" not in kinds(call)

        waiting_for(call, 8)
        watchdog.watch_call(call_id=call.pk)
        assert [dispatch.metadata for dispatch in asked_for()] != ["old"]
    livekit_client.delete_room(ROOM)  # the next test's has no dispatch of this one's


def test_a_job_that_claims_while_another_is_asked_for_keeps_its_dispatch(
    call: Call, arrival: Callable[..., CallArrival]
) -> None:
    livekit_client.create_dispatch(ROOM, "receptionist", "old")
    facade.open_call(arrival(room_name=ROOM))

    watchdog._dispatch(call, note="late")

    assert [dispatch.metadata for dispatch in asked_for()] == ["old"]


def test_a_job_whose_dispatch_was_made_anew_does_not_get_the_call_the_one_asked_for_does(
    call: Call, arrival: Callable[..., CallArrival]
) -> None:
    """LiveKit is about to take the first out of the room: its goodbye would end the call."""
    waiting_for(call, 5)
    watchdog.watch_call(call_id=call.pk)
    [dispatch] = asked_for()
    asked = json.loads(dispatch.metadata)["asked"]

    for other in ("", "no time", "2026-11-30", "2026-11-30T12:00:00+00:00"):
        with pytest.raises(CallAlreadyClaimedError):
            facade.open_call(arrival(room_name=ROOM, asked=other))

    facade.open_call(arrival(room_name=ROOM, job_id="AJ_asked", asked=asked))
    call.refresh_from_db()
    assert call.claimed_by_job == "AJ_asked"


def test_after_ten_seconds_without_a_human_the_caller_is_refused_by_name(
    call: Call, arrival: Callable[..., CallArrival]
) -> None:
    waiting_for(call, 11)
    at_once(*[lambda: watchdog.watch_call(call_id=call.pk)] * 3)

    call.refresh_from_db()
    assert (call.ending_result, call.ending_reason) == ("our_fault", "no_agent")
    assert kinds(call).count("fallback_failed") == 1
    assert livekit_client.existing_rooms([ROOM]) == set()
    with pytest.raises(CallAlreadyClaimedError):
        facade.open_call(arrival(room_name=ROOM))


def test_a_call_that_was_given_to_the_human_cannot_be_claimed(
    call: Call, arrival: Callable[..., CallArrival]
) -> None:
    assert call.hand_to_fallback(job_id="", at=timezone.now())
    with pytest.raises(CallAlreadyClaimedError):
        facade.open_call(arrival(room_name=ROOM))


def test_livekit_that_does_not_answer_is_asked_again(call: Call, settings: Any) -> None:
    waiting_for(call, 5)
    url, settings.LIVEKIT_URL = settings.LIVEKIT_URL, "http://127.0.0.1:1"
    with pytest.raises(livekit_client.LiveKitUnavailableError):
        watchdog.watch_call(call_id=call.pk)
    settings.LIVEKIT_URL = url

    watchdog.watch_call(call_id=call.pk)

    assert len(asked_for()) == 1


def test_a_job_that_is_gone_loses_the_call_and_the_next_knows_what_was_said(
    call: Call, arrival: Callable[..., CallArrival]
) -> None:
    plan = facade.open_call(arrival(room_name=ROOM, job_id="AJ_gone"))
    answered = timezone.now() - timedelta(seconds=30)
    said = TurnRecord(key="a", speaker=Speaker.AGENT, text="Hello?", start_ms=0, end_ms=900)
    facade.store_records(plan.call_id, [CallAnswered(answered_at=answered), said])
    assert plan.resumed is None

    at_once(*[lambda: watchdog.check_worker(call_id=call.pk, job_id="AJ_gone")] * 3)

    assert len(asked_for()) == 1
    next_plan = facade.open_call(arrival(room_name=ROOM, job_id="AJ_next"))
    assert next_plan.call_id == plan.call_id
    assert next_plan.resumed is not None
    assert next_plan.resumed.answered_at == answered
    assert [(turn.speaker, turn.text) for turn in next_plan.resumed.said] == [("agent", "Hello?")]
    with pytest.raises(CallAlreadyClaimedError):
        facade.open_call(arrival(room_name=ROOM, job_id="AJ_gone"))

    watchdog.check_worker(call_id=call.pk, job_id="AJ_next")

    call.refresh_from_db()
    assert call.ending_reason == "worker_lost", "once is tried, twice is not"
    assert kinds(call).count("worker_lost") == 2


def test_a_lost_call_is_offered_anew_until_a_worker_that_does_not_hang_gets_it(call: Call) -> None:
    seen = []
    for seconds in (1, 2, 4, 7):
        lost_at = timezone.now() - timedelta(seconds=seconds)
        Call.objects.filter(pk=call.pk).update(worker_lost_at=lost_at)
        watchdog.watch_call(call_id=call.pk)
        (dispatch,) = asked_for()
        seen.append(dispatch.id)
    assert seen[0] == seen[1], "the same worker may still be starting"
    assert len(set(seen)) == 3
    call.refresh_from_db()
    assert call.ended_at is None


def test_a_job_that_is_there_keeps_the_call(
    call: Call,
    arrival: Callable[..., CallArrival],
    livekit_url: str,  # noqa: F811
) -> None:
    facade.open_call(arrival(room_name=ROOM, job_id="AJ_there"))
    with in_room(livekit_url, ROOM, identity="agent-AJ_there"):
        watchdog.check_worker(call_id=call.pk, job_id="AJ_there")
        call.refresh_from_db()
        assert call.claimed_by_job == "AJ_there"


def test_what_dropped_webhooks_would_have_told_is_found_by_looking(
    caller: None, number: PhoneNumber
) -> None:
    settling.reconcile_calls()

    call = Call.objects.get()
    assert (call.room_name, call.participant_identity) == (ROOM, CALLER)

    Call.objects.update(
        state="ended",
        ended_at=timezone.now() - timedelta(minutes=5),
        ending_reason="agent_goodbye",
        ending_result="success",
    )
    settling.reconcile_calls()
    assert livekit_client.existing_rooms([ROOM]) == set(), "no room outlives its call"
