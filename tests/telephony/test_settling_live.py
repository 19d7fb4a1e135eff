"""A real livekit-server: its webhooks, and its list of rooms, give a call its ending."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.db.models import F
from django.utils import timezone
from livekit import api

from telephony.contracts import CallAnswered, CallArrival
from telephony.facade import open_call, store_records
from telephony.models import Call, PhoneNumber
from telephony.services import settling, watchdog

pytestmark = pytest.mark.django_db(transaction=True)

PARTICIPANT = str(Path(__file__).with_name("participant.py"))
KEY, SECRET = "livekey", "a-live-secret-0123456789-0123456789"
celery_app: Any = current_app


@pytest.fixture
def livekit_url(servers: Any, live_server: Any, settings: Any) -> Iterator[str]:
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = KEY, SECRET
    hook = {"api_key": KEY, "urls": [f"{live_server.url}/webhooks/livekit"]}
    with servers.livekit(KEY, SECRET, webhook=hook) as port:
        yield f"ws://127.0.0.1:{port}"


@pytest.fixture(autouse=True)
def broker() -> Iterator[None]:
    before = celery_app.conf.broker_url
    celery_app.conf.broker_url, celery_app._pool = "memory://", None
    celery_app.amqp._producer_pool = None
    celery_app.loader.import_default_modules()
    with celery_app.connection_for_write() as connection:
        connection.default_channel.queue_declare("celery")
        connection.default_channel.queue_purge("celery")
    yield
    celery_app.conf.broker_url, celery_app._pool = before, None
    celery_app.amqp._producer_pool = None


def run_next_task(timeout_s: float = 10) -> None:
    deadline = time.monotonic() + timeout_s
    with celery_app.connection_for_read() as connection:
        while time.monotonic() < deadline:
            message = connection.default_channel.basic_get("celery", no_ack=True)
            if message is not None:
                args, kwargs, _ = message.decode()
                celery_app.tasks[message.headers["task"]](*args, **kwargs)
                return
            time.sleep(0.02)
    raise TimeoutError("no task was queued")


@contextmanager
def in_room(
    url: str, name: str, identity: str = "sip_+15550199", **attributes: str
) -> Iterator[None]:
    """A SIP leg is in the room while the block runs, and hangs up at its end."""
    token = (
        api.AccessToken(KEY, SECRET)
        .with_identity(identity)
        .with_kind("sip")
        .with_attributes({f"sip.{key}": value for key, value in attributes.items()})
        .with_grants(api.VideoGrants(room_join=True, room=name))
        .to_jwt()
    )
    process = subprocess.Popen(
        [sys.executable, PARTICIPANT, url, token],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"joined\n"
        yield
        process.communicate(timeout=10)
    finally:
        process.kill()
        process.wait()


def test_a_caller_who_rings_and_gives_up_is_a_call_with_that_ending(
    number: PhoneNumber, livekit_url: str
) -> None:
    with in_room(
        livekit_url,
        "call_+15550199_live",
        trunkID="ST_carrier",
        trunkPhoneNumber="+15550100",
        phoneNumber="+15550199",
        callID="SCL_live",
        callIDFull="live@phone.test",
    ):
        pass

    run_next_task()
    call = Call.objects.get()
    assert (call.state, call.called_number, call.caller_number) == (
        "ringing",
        "+15550100",
        "+15550199",
    )
    assert (call.sip_call_id, call.room_name) == ("live@phone.test", "call_+15550199_live")
    assert call.phone_number == number

    for _ in range(len(watchdog.LOOKS) + 1):  # its looks at this call may be queued before
        if call.state == "ended":
            break
        run_next_task()
        call.refresh_from_db()
    assert (call.state, call.ending_reason) == ("ended", "caller_hung_up_ringing")
    assert call.ended_at is not None
    assert call.caller_left_at is not None


def look_twice() -> None:
    """Two looks of the watchdog, a minute apart by what is stored."""
    settling.close_calls_without_a_room()
    minute = timedelta(minutes=1)
    Call.objects.exclude(caller_left_at=None).update(caller_left_at=F("caller_left_at") - minute)
    settling.close_calls_without_a_room()


def test_a_call_whose_room_is_gone_is_closed_and_one_whose_room_lives_is_not(
    number: PhoneNumber, arrival: Callable[..., CallArrival], livekit_url: str, settings: Any
) -> None:
    settings.LIVEKIT_URL = livekit_url
    started = timezone.now() - timedelta(minutes=10)
    for name in ("alive", "gone", "rang"):
        plan = open_call(arrival(room_name=name))
        if name != "rang":
            store_records(plan.call_id, [CallAnswered(answered_at=started)])
    open_call(arrival(room_name="new"))
    Call.objects.exclude(room_name="new").update(started_at=started)

    with in_room(livekit_url, "alive"):
        look_twice()

    endings = dict(Call.objects.values_list("room_name", "ending_reason"))
    assert endings == {
        "alive": "",
        "gone": "worker_lost",
        "rang": "caller_hung_up_ringing",
        "new": "",
    }
