"""A real livekit-server's webhooks, from a participant of kind SIP to a call that has an ending."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest
from celery import current_app
from livekit import api, rtc

from telephony.models import Call, PhoneNumber

pytestmark = pytest.mark.django_db(transaction=True)

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


async def ring_and_give_up(url: str) -> None:
    token = (
        api.AccessToken(KEY, SECRET)
        .with_identity("sip_+15550199")
        .with_kind("sip")
        .with_attributes(
            {
                "sip.trunkID": "ST_carrier",
                "sip.trunkPhoneNumber": "+15550100",
                "sip.phoneNumber": "+15550199",
                "sip.callID": "SCL_live",
                "sip.callIDFull": "live@phone.test",
            }
        )
        .with_grants(api.VideoGrants(room_join=True, room="call_+15550199_live"))
        .to_jwt()
    )
    room = rtc.Room()
    await room.connect(url, token)
    await asyncio.sleep(0.2)
    await room.disconnect()


def test_a_caller_who_rings_and_gives_up_is_a_call_with_that_ending(
    number: PhoneNumber, livekit_url: str
) -> None:
    asyncio.run(ring_and_give_up(livekit_url))

    run_next_task()
    call = Call.objects.get()
    assert (call.state, call.called_number, call.caller_number) == (
        "ringing",
        "+15550100",
        "+15550199",
    )
    assert (call.sip_call_id, call.room_name) == ("live@phone.test", "call_+15550199_live")
    assert call.phone_number == number

    run_next_task()
    call.refresh_from_db()
    assert (call.state, call.ending_reason) == ("ended", "caller_hung_up_ringing")
    assert call.ended_at is not None
    assert call.caller_left_at is not None
