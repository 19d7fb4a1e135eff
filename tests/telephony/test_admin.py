"""The operator's pages: they render, cost little, keep secrets, escape callers, seal history."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from telephony.contracts import (
    CallAnswered,
    CallArrival,
    CallEnded,
    CallRecord,
    ToolCallRecord,
    TurnMetricRecord,
    TurnRecord,
)
from telephony.enums import EndingReason, Speaker, ToolOutcome
from telephony.facade import open_call, store_records
from telephony.models import Call, PersonaVersion, SipTrunk
from telephony.services.demo import seed_demo

pytestmark = pytest.mark.django_db
ANSWERED = datetime.now(UTC) + timedelta(hours=1)  # after every claim of this run
Arrive = Callable[..., CallArrival]


@pytest.fixture
def centre(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_HTTP_HOSTS = ["127.0.0.1:9"]
    seed_demo(
        order_webhook="http://127.0.0.1:9/x", order_secret="tool-s3cret", digest=("u", "dig3st")
    )
    SipTrunk.objects.filter(name="Local phones").update(livekit_trunk_id="ST_carrier")


def make_call(arrival: CallArrival, text: str = "Where is my order?") -> Call:
    plan = open_call(arrival)
    records: list[CallRecord] = [
        CallAnswered(answered_at=ANSWERED),
        TurnRecord(key="t1", speaker=Speaker.CALLER, text=text, start_ms=1_000, end_ms=2_000),
        TurnRecord(
            key="t2",
            speaker=Speaker.AGENT,
            text="It arrives on",
            start_ms=65_300,
            end_ms=66_000,
            interrupted=True,
        ),
        TurnMetricRecord(turn_key="t2", endpointing_ms=301, framework_ms=707),
        ToolCallRecord(
            key="c1",
            name="order_status",
            arguments={"order_number": text},
            outcome=ToolOutcome.TIMEOUT,
            result={"ok": False},
            start_ms=2_500,
            duration_ms=5_000,
        ),
        CallEnded(reason=EndingReason.CALLER_HUNG_UP, ended_at=ANSWERED + timedelta(seconds=70)),
    ]
    store_records(plan.call_id, records)
    return Call.objects.get(pk=plan.call_id)


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def test_every_page_renders_and_loads_nothing_from_outside(
    admin_client: Client, centre: None, arrival: Arrive
) -> None:
    make_call(arrival())
    urls = [reverse("admin:index")]
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        urls.append(reverse(f"{name}_changelist"))
        if admin.site._registry[model].has_add_permission(admin_request(admin_client)):
            urls.append(reverse(f"{name}_add"))
        if (row := model._default_manager.first()) is not None:
            urls.append(reverse(f"{name}_change", args=[row.pk]))
    assert len(urls) > 20

    for url in urls:
        html = page(admin_client, url)
        loaded = re.findall(r"""(?:src|href)=["']((?:https?:)?//[^"']+)""", html)
        assert not loaded, (url, loaded)


def admin_request(client: Client) -> Any:
    return client.get(reverse("admin:index")).wsgi_request


def test_the_list_costs_the_same_for_one_call_and_for_many(
    admin_client: Client, centre: None, arrival: Arrive, django_assert_max_num_queries: Any
) -> None:
    for _ in range(25):
        make_call(arrival())
    url = reverse("admin:telephony_call_changelist")

    with django_assert_max_num_queries(10):
        html = page(admin_client, url)

    assert html.count("707 ms") == 25
    assert html.count("1:10") == 25


def test_a_call_page_costs_the_same_however_long_the_call(
    admin_client: Client, centre: None, arrival: Arrive, django_assert_max_num_queries: Any
) -> None:
    call = make_call(arrival())
    turns: list[CallRecord] = [
        TurnRecord(key=f"x{i}", speaker=Speaker.AGENT, text="Yes?", start_ms=i, end_ms=i)
        for i in range(100)
    ]
    store_records(call.id, turns)

    with django_assert_max_num_queries(12):
        html = page(admin_client, reverse("admin:telephony_call_change", args=[call.id]))

    assert html.count("Yes?") == 100


def test_a_call_page_shows_everything_in_the_order_of_the_clock(
    admin_client: Client, centre: None, arrival: Arrive
) -> None:
    call = make_call(arrival())
    html = page(admin_client, reverse("admin:telephony_call_change", args=[call.id]))

    shown = [
        "Call came in",
        "Taken by an agent",
        "0:01.0",
        "Where is my order?",
        "0:02.5",
        "order_status",
        "timeout",
        "1:05.3",
        "interrupted",
        "It arrives on",
        "decided <strong>301 ms",
        "worker's clock <strong>707 ms",
        "1:10.0",
        "Ended",
    ]
    timeline = html[html.index('class="cc-timeline"') :]
    positions = [timeline.index(text) for text in shown]
    assert positions == sorted(positions)
    assert "Caller hung up" in html
    assert "Nordwind Outdoor v1" in html


def test_what_a_caller_says_cannot_become_html(
    admin_client: Client, centre: None, arrival: Arrive
) -> None:
    hostile = "</pre><script>alert(1)</script>"
    call = make_call(arrival(caller_number=hostile, sip_call_id=hostile), text=hostile)

    for url in (
        reverse("admin:index"),
        reverse("admin:telephony_call_changelist"),
        reverse("admin:telephony_call_change", args=[call.id]),
    ):
        html = page(admin_client, url)
        assert "<script>alert(1)" not in html
        assert "&lt;script&gt;alert(1)" in html


@pytest.mark.parametrize("how", ["id", "sip", "number", "part", "nothing"])
def test_a_call_is_found(admin_client: Client, centre: None, arrival: Arrive, how: str) -> None:
    call = make_call(arrival(caller_number="+15550188", sip_call_id="abc@phone.test"))
    make_call(arrival())
    term = {
        "id": str(call.id),
        "sip": "abc@phone.test",
        "number": "+1 555 0188",
        "part": "0188",
        "nothing": "zzz",
    }[how]

    response = admin_client.get(reverse("admin:telephony_call_changelist"), {"q": term})

    found = [row.pk for row in response.context["cl"].result_list]
    assert found == ([] if how == "nothing" else [call.pk])


@pytest.mark.parametrize(
    ("parameter", "match", "other"),
    [
        ("ending_result__exact", "caller", "provider"),
        ("ending_reason__exact", "caller_hung_up", "unknown"),
        ("state__exact", "ended", "active"),
    ],
)
def test_filters_find_and_leave_out(
    admin_client: Client, centre: None, arrival: Arrive, parameter: str, match: str, other: str
) -> None:
    make_call(arrival())
    url = reverse("admin:telephony_call_changelist")

    for value, count in ((match, 1), (other, 0)):
        response = admin_client.get(url, {parameter: value})
        assert len(response.context["cl"].result_list) == count


def test_history_can_be_neither_made_nor_changed_nor_deleted(
    admin_client: Client, centre: None, arrival: Arrive
) -> None:
    call = make_call(arrival())
    version = PersonaVersion.objects.first()
    assert version is not None
    for name, pk in (("call", call.pk), ("personaversion", version.pk)):
        change = reverse(f"admin:telephony_{name}_change", args=[pk])
        assert admin_client.get(reverse(f"admin:telephony_{name}_add")).status_code == 403
        assert admin_client.post(change, {"state": "ringing"}).status_code == 403
        delete = reverse(f"admin:telephony_{name}_delete", args=[pk])
        assert admin_client.post(delete, {"post": "yes"}).status_code == 403
        changelist = reverse(f"admin:telephony_{name}_changelist")
        admin_client.post(
            changelist, {"action": "delete_selected", "_selected_action": pk, "post": "yes"}
        )
    assert Call.objects.filter(pk=call.pk, state="ended").exists()
    assert PersonaVersion.objects.filter(pk=version.pk).exists()


def test_staff_without_permission_see_no_calls(client: Client, django_user_model: Any) -> None:
    user = django_user_model.objects.create_user("clerk", password="pw", is_staff=True)
    client.force_login(user)

    assert client.get(reverse("admin:telephony_call_changelist")).status_code == 403
    assert "Latest calls" not in page(client, reverse("admin:index"))


def test_a_fresh_installation_says_what_is_missing(admin_client: Client) -> None:
    assert "There is no active phone number" in page(admin_client, reverse("admin:index"))
