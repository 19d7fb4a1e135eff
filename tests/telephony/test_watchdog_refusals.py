"""What a worker would have refused is refused without one; a worker that comes late has a call."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import IO, Any

import pytest
from django.utils import timezone
from livekit import api

from telephony import facade, livekit_client
from telephony.contracts import CallArrival
from telephony.enums import EndingReason
from telephony.models import Call, CallPolicy, HumanEndpoint, PhoneNumber, SipTrunk
from telephony.services import settling, watchdog
from telephony.services.calls import end_call
from tests.telephony.test_settling_live import (  # noqa: F401 - fixtures
    KEY,
    SECRET,
    broker,
    livekit_url,
)
from tests.telephony.test_watchdog import (  # noqa: F401 - fixtures
    ROOM,
    asked_for,
    call,
    caller,
    kinds,
    waiting_for,
)

pytestmark = pytest.mark.django_db(transaction=True)
WORKER = str(Path(__file__).with_name("registered.py"))


def turned_off(number: PhoneNumber) -> None:
    PhoneNumber.objects.filter(pk=number.pk).update(active=False)


def kill_switch(_: PhoneNumber) -> None:
    on = {"take_no_calls": True, "take_no_calls_reason": "Fire drill"}
    CallPolicy.objects.update_or_create(pk=1, defaults=on)


def hidden_callers_refused(_: PhoneNumber) -> None:
    SipTrunk.objects.update(anonymous_allowed=False)


def day_used_up(number: PhoneNumber) -> None:
    PhoneNumber.objects.filter(pk=number.pk).update(minutes_per_day=1)
    Call.objects.create(
        room_name="talked",
        phone_number=number,
        answered_at=timezone.now() - timedelta(minutes=5),
        state="active",
    )


def one_rings_at_the_human(number: PhoneNumber) -> None:
    PhoneNumber.objects.filter(pk=number.pk).update(max_calls=1)
    Call.objects.create(room_name="rings", phone_number=number, fallback_at=timezone.now())


@pytest.mark.parametrize(
    ("forbid", "reason", "seconds"),
    [
        (kill_switch, "kill_switch", 5),
        (kill_switch, "kill_switch", 11),
        (turned_off, "number_inactive", 5),
        (hidden_callers_refused, "anonymous_refused", 11),
        (day_used_up, "daily_limit", 5),
        (one_rings_at_the_human, "number_busy", 11),
    ],
)
def test_what_no_worker_refuses_is_refused_by_its_name_and_no_human_is_rung(
    call: Call,  # noqa: F811
    number: PhoneNumber,
    forbid: Callable[..., None],
    reason: str,
    seconds: int,
) -> None:
    human = HumanEndpoint.objects.create(name="Ada", address="sip:ada@127.0.0.1")
    PhoneNumber.objects.filter(pk=number.pk).update(fallback_human=human)
    forbid(number)
    waiting_for(call, seconds)

    watchdog.watch_call(call_id=call.pk)

    call.refresh_from_db()
    assert (call.ending_result, call.ending_reason) == ("refused", reason)
    assert (call.fallback_at, "refused" in kinds(call)) == (None, True)
    assert livekit_client.existing_rooms([ROOM]) == set()


def test_a_call_that_lost_its_worker_was_let_in_and_is_not_refused(
    call: Call,  # noqa: F811
    number: PhoneNumber,
    arrival: Callable[..., CallArrival],
) -> None:
    facade.open_call(arrival(room_name=ROOM, job_id="AJ_gone"))
    kill_switch(number)
    lost_at = timezone.now() - timedelta(seconds=14)
    Call.objects.update(claimed_by_job="", worker_lost_at=lost_at)

    watchdog.watch_call(call_id=call.pk)

    call.refresh_from_db()
    assert call.ending_reason == "worker_lost"


def test_a_room_that_a_late_worker_makes_anew_for_a_call_nobody_had_is_deleted(
    call: Call,  # noqa: F811
) -> None:
    joined: dict[str, Any] = {
        "id": "EV_1",
        "event": "participant_joined",
        "kind": "AGENT",
        "room": ROOM,
    }
    joined |= {"created_at": int(time.time()), "identity": "agent-AJ_late", "attributes": {}}
    settling.process_webhook(event=joined)
    assert livekit_client.existing_rooms([ROOM]) == {ROOM}, "it rings: the agent is awaited"

    end_call(call=call, reason=EndingReason.NO_AGENT, at=timezone.now())
    settling.process_webhook(event=joined | {"id": "EV_2"})
    assert livekit_client.existing_rooms([ROOM]) == set()


@contextmanager
def registered_worker(url: str) -> Iterator[IO[str]]:
    """A worker that takes each job and starts none; its lines are the rooms it was offered."""
    token = api.AccessToken(KEY, SECRET).with_grants(api.VideoGrants(agent=True)).to_jwt()
    words = (sys.executable, WORKER, url, token, "receptionist")
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "registered\n"
        yield process.stdout
        process.stdin.close()


def asked_ago(seconds: float) -> None:
    Call.objects.update(redispatched_at=timezone.now() - timedelta(seconds=seconds))


def test_a_worker_that_registers_after_the_call_was_offered_anew_is_offered_it_at_the_next_look(
    call: Call,  # noqa: F811
    livekit_url: str,  # noqa: F811
) -> None:
    waiting_for(call, 4)
    watchdog.watch_call(call_id=call.pk)
    [first] = asked_for()
    waiting_for(call, 6)
    with registered_worker(livekit_url) as rooms:
        watchdog.watch_call(call_id=call.pk)
        assert [dispatch.id for dispatch in asked_for()] == [first.id], "just asked"
        asked_ago(2)

        watchdog.watch_call(call_id=call.pk)

        assert rooms.readline().strip() == ROOM
    assert kinds(call).count("redispatched") == 1


def test_a_job_that_starts_slowly_keeps_the_call_for_seven_seconds_then_another_is_asked(
    call: Call,  # noqa: F811
    livekit_url: str,  # noqa: F811
) -> None:
    with registered_worker(livekit_url) as rooms:
        livekit_client.create_dispatch(ROOM, "receptionist", "first")
        assert rooms.readline().strip() == ROOM
        deadline = time.monotonic() + 20
        while not asked_for()[0].state.jobs and time.monotonic() < deadline:
            time.sleep(0.05)
        waiting_for(call, 5)
        watchdog.watch_call(call_id=call.pk)
        assert [dispatch.metadata for dispatch in asked_for()] == ["first"]

        assert watchdog.JOB_STARTS_WITHIN in watchdog.LOOKS, "else it waits for the beat"
        waiting_for(call, 7.5)
        watchdog.watch_call(call_id=call.pk)

        assert rooms.readline().strip() == ROOM
        assert "first" not in [dispatch.metadata for dispatch in asked_for()]
