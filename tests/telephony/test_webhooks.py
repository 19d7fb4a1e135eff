"""LiveKit's webhooks: who may send them, and what a call becomes through them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from celery import current_app
from django.test import Client
from django.utils import timezone
from livekit import api

from telephony import queue, tasks
from telephony.contracts import CallAnswered, CallArrival, CallEnded
from telephony.enums import EndingReason
from telephony.facade import open_call, store_records
from telephony.models import Call, PhoneNumber, SipTrunk, WebhookDelivery
from telephony.services import settling, watchdog

# Real commits: what is queued leaves on commit.
pytestmark = pytest.mark.django_db(transaction=True)

KEY, SECRET = "webhook-key", "a-webhook-secret-0123456789-0123456789"
celery_app: Any = current_app  # its stubs leave out what a test must reach
ROOM = "call_+15550199_x"
LEFT_AT = datetime.now(UTC).replace(microsecond=0)


def event(name: str, **changes: Any) -> dict[str, Any]:
    """As livekit-server 1.13 sends it: protobuf JSON, 64-bit numbers as strings."""
    leg = {
        "sid": "PA_1",
        "identity": "sip_+15550199",
        "kind": "SIP",
        "attributes": {
            "sip.trunkID": "ST_carrier",
            "sip.trunkPhoneNumber": "+15550100",
            "sip.phoneNumber": "+15550199",
            "sip.callID": "SCL_1",
            "sip.callIDFull": "1@phone.test",
            "sip.callStatus": "ringing",
        },
    }
    body: dict[str, Any] = {
        "event": name,
        "id": f"EV_{name}_{changes}"[:64],
        "createdAt": str(int(LEFT_AT.timestamp())),
        "room": {"sid": "RM_1", "name": ROOM},
    }
    if name.startswith("participant"):
        body["participant"] = leg | changes
    return body


def post(client: Client, body: dict[str, Any], *, token: str | None = None) -> int:
    text = json.dumps(body)
    return client.post(
        "/webhooks/livekit",
        data=text,
        content_type="application/webhook+json",
        headers={"Authorization": signature(text) if token is None else token},
    ).status_code


def signature(text: str, secret: str = SECRET) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return api.AccessToken(KEY, secret).with_sha256(digest).to_jwt()


def use_broker(url: str) -> None:
    celery_app.conf.broker_url = url
    # Celery keeps what it connected to.
    celery_app._pool = None
    celery_app.amqp._producer_pool = None


@pytest.fixture(autouse=True)
def broker(settings: Any) -> Iterator[None]:
    """Celery's own broker in memory; deliver() hands the tasks over."""
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = KEY, SECRET
    before = celery_app.conf.broker_url
    use_broker("memory://")
    with celery_app.connection_for_write() as connection:
        connection.default_channel.queue_declare("celery")
        connection.default_channel.queue_purge("celery")
    yield
    use_broker(before)


def deliver() -> list[str]:
    """Runs what is in the queue, at once whatever its countdown; returns the tasks' names."""
    ran = []
    with celery_app.connection_for_read() as connection:
        channel = connection.default_channel
        while (message := channel.basic_get("celery", no_ack=True)) is not None:
            args, kwargs, _ = message.decode()
            name = message.headers["task"]
            celery_app.tasks[name](*args, **kwargs)
            ran.append(name)
    return ran


@pytest.mark.parametrize("token", ["", "nonsense", "Bearer nonsense"])
def test_an_unsigned_webhook_is_refused(client: Client, number: PhoneNumber, token: str) -> None:
    assert post(client, event("participant_joined"), token=token) == 401
    assert deliver() == []


def test_a_signature_of_another_key_or_another_body_is_refused(
    client: Client, number: PhoneNumber
) -> None:
    body = event("participant_joined")
    other_key = signature(json.dumps(body), secret="x" * 40)
    other_body = signature(json.dumps(event("room_finished")))

    assert post(client, body, token=other_key) == 401
    assert post(client, body, token=other_body) == 401
    assert client.get("/webhooks/livekit").status_code == 405
    assert deliver() == []


def test_a_callers_leg_makes_a_ringing_call_once(client: Client, number: PhoneNumber) -> None:
    for _ in range(2):
        assert post(client, event("participant_joined")) == 200
    assert deliver() == [queue.PROCESS_WEBHOOK] * 2 + [queue.WATCH_CALL] * len(watchdog.LOOKS)

    call = Call.objects.get()
    assert (call.state, call.called_number, call.caller_number) == (
        "ringing",
        "+15550100",
        "+15550199",
    )
    assert (call.sip_call_id, call.livekit_call_id) == ("1@phone.test", "SCL_1")
    assert call.phone_number == number


def test_an_event_that_comes_again_is_processed_once(client: Client, number: PhoneNumber) -> None:
    assert post(client, event("participant_joined")) == 200
    deliver()
    Call.objects.all().delete()
    for _ in range(2):
        assert post(client, event("participant_joined")) == 200
        deliver()

    assert not Call.objects.exists(), "the second and third were known"
    assert WebhookDelivery.objects.count() == 1


@pytest.mark.parametrize(("age_s", "status"), [(0, 200), (600, 200), (3_600, 400), (-3_600, 400)])
def test_news_that_is_too_old_or_of_the_future_is_not_taken(
    client: Client, number: PhoneNumber, age_s: int, status: int
) -> None:
    body = event("participant_joined")
    body["createdAt"] = str(int(timezone.now().timestamp()) - age_s)

    assert post(client, body) == status
    deliver()
    assert Call.objects.exists() == (status == 200)


def test_a_body_that_is_too_long_is_refused_unread(client: Client, number: PhoneNumber) -> None:
    body = event("participant_joined", metadata="x" * 300_000)
    assert post(client, body) == 413
    assert deliver() == []


def test_legs_that_are_not_callers_of_ours_make_no_call(
    client: Client, number: PhoneNumber
) -> None:
    SipTrunk.objects.create(
        name="Out", direction="outbound", outbound_host="sip.test", livekit_trunk_id="ST_out"
    )
    foreign = {"sip.trunkID": "ST_foreign", "sip.trunkPhoneNumber": "+15550100"}
    outbound = {"sip.trunkID": "ST_out", "sip.trunkPhoneNumber": "+15550100"}

    assert post(client, event("participant_joined", kind="AGENT")) == 200
    assert post(client, event("participant_joined", attributes=foreign)) == 200
    assert post(client, event("participant_joined", attributes=outbound)) == 200
    assert post(client, event("track_published")) == 200
    deliver()

    assert not Call.objects.exists()


def test_a_caller_who_gives_up_while_nobody_took_the_call(
    client: Client, number: PhoneNumber
) -> None:
    post(client, event("participant_joined"))
    post(client, event("participant_left", disconnectReason="CLIENT_INITIATED"))
    post(client, event("room_finished"))
    deliver()

    call = Call.objects.get()
    assert (call.state, call.ending_reason) == ("ended", "caller_hung_up_ringing")
    assert call.ended_at == LEFT_AT


def _answered(number: PhoneNumber, arrival: Callable[..., CallArrival]) -> Call:
    plan = open_call(arrival(room_name=ROOM))
    store_records(plan.call_id, [CallAnswered(answered_at=LEFT_AT - timedelta(minutes=1))])
    return Call.objects.get(pk=plan.call_id)


@pytest.mark.parametrize(
    ("disconnect", "reason"),
    [
        ("CLIENT_INITIATED", "caller_hung_up"),
        ("MEDIA_FAILURE", "media_timeout"),
        ("SIP_TRUNK_FAILURE", "sip_failure"),
        ("CONNECTION_TIMEOUT", "livekit_lost"),
        ("ROOM_DELETED", "worker_lost"),
    ],
)
def test_an_answered_call_whose_worker_says_nothing_is_closed_by_what_livekit_saw(
    client: Client,
    number: PhoneNumber,
    arrival: Callable[..., CallArrival],
    disconnect: str,
    reason: str,
) -> None:
    _answered(number, arrival)
    post(client, event("participant_left", disconnectReason=disconnect))
    assert deliver() == [queue.PROCESS_WEBHOOK, queue.SETTLE_CALL]

    call = Call.objects.get()
    assert (call.state, call.ending_reason, call.ended_at) == ("ended", reason, LEFT_AT)


def test_a_worker_that_reports_within_its_grace_is_believed(
    client: Client, number: PhoneNumber, arrival: Callable[..., CallArrival]
) -> None:
    call = _answered(number, arrival)
    post(client, event("participant_left", disconnectReason="ROOM_DELETED"))
    with celery_app.connection_for_read() as connection:
        message = connection.default_channel.basic_get("celery", no_ack=True)
    tasks.process_webhook(*message.decode()[0])
    call.refresh_from_db()
    assert call.state == "active", "the grace is not over"

    end = CallEnded(reason=EndingReason.AGENT_GOODBYE, ended_at=LEFT_AT)
    store_records(call.id, [end])
    assert deliver() == [queue.SETTLE_CALL]

    call.refresh_from_db()
    assert call.ending_reason == "agent_goodbye"


def test_somebody_elses_leaving_does_not_end_the_call(
    client: Client, number: PhoneNumber, arrival: Callable[..., CallArrival]
) -> None:
    _answered(number, arrival)
    post(client, event("participant_left", identity="sip_human", disconnectReason="USER_REJECTED"))
    deliver()

    assert Call.objects.get().state == "active"


def test_a_broker_that_is_down_asks_livekit_to_send_again(
    client: Client, number: PhoneNumber
) -> None:
    use_broker("redis://127.0.0.1:1/0")

    assert post(client, event("participant_joined")) == 503


def test_an_unreachable_livekit_leaves_open_calls_alone(
    number: PhoneNumber, arrival: Callable[..., CallArrival], settings: Any
) -> None:
    call = _answered(number, arrival)
    Call.objects.update(started_at=timezone.now() - timedelta(hours=1))
    settings.LIVEKIT_URL = "http://127.0.0.1:1"

    tasks.close_calls_without_a_room()

    call.refresh_from_db()
    assert (call.state, call.caller_left_at) == ("active", None)


def test_settling_a_call_that_ended_changes_nothing(
    number: PhoneNumber, arrival: Callable[..., CallArrival]
) -> None:
    call = _answered(number, arrival)
    store_records(call.id, [CallEnded(reason=EndingReason.AGENT_GOODBYE, ended_at=LEFT_AT)])

    assert not settling.settle_call(call_id=call.id, at=LEFT_AT, disconnect_reason="")
    call.refresh_from_db()
    assert call.ending_reason == "agent_goodbye"
