"""The API of contracts.md: who may read it, and the shape that scripts rely on."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from rest_framework.authtoken.models import Token

from telephony.contracts import (
    CallAnswered,
    CallArrival,
    CallEnded,
    CallRecord,
    EventRecord,
    ToolCallRecord,
    TurnMetricRecord,
    TurnRecord,
)
from telephony.enums import EndingReason, EventKind, Speaker, ToolOutcome
from telephony.facade import open_call, store_records
from telephony.models import Call, PhoneNumber

pytestmark = pytest.mark.django_db
ANSWERED = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.fixture
def reader() -> dict[str, str]:
    """Headers of a staff member who may view calls and what was said."""
    user = User.objects.create_user("reader", is_staff=True)
    for codename in ("view_call", "view_transcriptturn"):
        user.user_permissions.add(Permission.objects.get(codename=codename))
    return {"Authorization": f"Token {Token.objects.create(user=user).key}"}


@pytest.fixture
def call(number: PhoneNumber, arrival: Callable[..., CallArrival]) -> Call:
    plan = open_call(arrival(sip_call_id="abc@phone.test"))
    records: list[CallRecord] = [
        CallAnswered(answered_at=ANSWERED),
        TurnRecord(key="t1", speaker=Speaker.AGENT, text="Hello?", start_ms=200, end_ms=900),
        TurnRecord(key="t2", speaker=Speaker.CALLER, text="4271", start_ms=1_500, end_ms=2_500),
        ToolCallRecord(
            key="c1",
            name="order_status",
            arguments={"order_number": "4271"},
            outcome=ToolOutcome.OK,
            result={"status": "shipped"},
            start_ms=2_800,
            duration_ms=90,
        ),
        TurnMetricRecord(turn_key="t1", framework_ms=640),
        EventRecord(key="e", kind=EventKind.GREETING_HEARD, at_ms=200, occurred_at=ANSWERED),
        CallEnded(reason=EndingReason.CALLER_HUNG_UP, ended_at=ANSWERED + timedelta(seconds=5)),
    ]
    store_records(plan.call_id, records)
    return Call.objects.get(pk=plan.call_id)


def get(client: Client, path: str, headers: dict[str, str] | None = None) -> Any:
    response = client.get(path, headers=headers or {})
    assert response.status_code == 200, response.content
    return json.loads(response.content)


def test_a_call_is_found_by_its_sip_call_id_and_told_whole(
    client: Client, call: Call, reader: dict[str, str]
) -> None:
    (found,) = get(client, "/api/calls/?sip_call_id=abc@phone.test", reader)["results"]
    told = get(client, f"/api/calls/{found['id']}/", reader)

    assert found == {key: told[key] for key in found}
    assert (told["called_number"], told["caller_number"]) == ("+15550100", "+15550199")
    assert told["persona"] == {"name": "Nordwind Outdoor", "version": 1}
    assert told["state"] == "ended"
    assert told["ending"] == {"result": "caller", "reason": "caller_hung_up"}
    assert (told["answered_at"], told["duration_s"]) == ("2026-03-01T12:00:00Z", 5.0)
    assert [(t["speaker"], t["text"], t["start_ms"]) for t in told["transcript"]] == [
        ("agent", "Hello?", 200),
        ("caller", "4271", 1_500),
    ]
    assert set(told["transcript"][0]) >= {"end_ms", "interrupted"}
    assert told["tool_calls"][0]["arguments"] == {"order_number": "4271"}
    assert told["metrics"][0]["framework_ms"] == 640
    times = {e["kind"]: e["at_ms"] for e in told["events"]}
    assert (times["greeting_heard"], times["ended"]) == (200, 5_000)
    assert isinstance(times["created"], int), "what came before the answer has a time too"
    assert told["transfers"] == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", 1),
        ("sip_call_id=other", 0),
        ("number=%2B15550100", 1),
        ("number=+15550100", 1),
        ("number=15550199", 1),
        ("number=%2B15550777", 0),
        ("state=ended", 1),
        ("state=ringing", 0),
        ("state=ended&number=%2B15550100&sip_call_id=abc@phone.test", 1),
    ],
)
def test_filters(
    client: Client, call: Call, reader: dict[str, str], query: str, found: int
) -> None:
    assert get(client, f"/api/calls/?{query}", reader)["count"] == found


def test_a_filter_that_makes_no_sense_is_an_error_not_an_empty_list(
    client: Client, reader: dict[str, str]
) -> None:
    assert client.get("/api/calls/?state=nonsense", headers=reader).status_code == 400
    assert client.get("/api/calls/nonsense/", headers=reader).status_code == 404


def test_an_open_call_has_no_ending_yet(
    client: Client,
    number: PhoneNumber,
    arrival: Callable[..., CallArrival],
    reader: dict[str, str],
) -> None:
    open_call(arrival())

    (call,) = get(client, "/api/calls/", reader)["results"]
    assert (call["ending"], call["duration_s"], call["ended_at"]) == (None, None, None)


@pytest.mark.parametrize("path", ["/api/calls/", "/api/calls/{id}/"])
def test_only_staff_who_may_view_calls_read_them(client: Client, call: Call, path: str) -> None:
    url = path.format(id=call.id)
    assert client.get(url).status_code == 401
    assert client.get(url, headers={"Authorization": "Token wrong"}).status_code == 401
    for user in (
        User.objects.create_user("visitor"),
        User.objects.create_user("clerk", is_staff=True),
        User.objects.create_superuser("former", is_active=False),
    ):
        headers = {"Authorization": f"Token {Token.objects.create(user=user).key}"}
        assert client.get(url, headers=headers).status_code in (401, 403), user.username


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written(
    client: Client, call: Call, reader: dict[str, str], method: str
) -> None:
    response = getattr(client, method)(f"/api/calls/{call.id}/", headers=reader)

    assert response.status_code == 405


def test_a_page_of_calls_costs_the_same_however_long(
    client: Client,
    number: PhoneNumber,
    arrival: Callable[..., CallArrival],
    reader: dict[str, str],
    django_assert_max_num_queries: Any,
) -> None:
    for _ in range(12):
        open_call(arrival())
    with django_assert_max_num_queries(5):
        assert len(get(client, "/api/calls/", reader)["results"]) == 12


def test_the_schema_describes_both_and_warns_about_nothing(
    admin_client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    response = admin_client.get("/api/schema/?format=json")

    schema = json.loads(response.content)
    assert set(schema["paths"]) == {"/api/calls/", "/api/calls/{id}/"}
    assert "transcript" in schema["components"]["schemas"]["Call"]["properties"]
    assert "Warning" not in capsys.readouterr().err
