"""A viewer's pages and API answers hold no caller's number, no word and no argument."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import Group, User
from django.db import models
from django.test import Client
from django.urls import reverse
from rest_framework.authtoken.models import Token

from telephony.contracts import CallArrival
from telephony.facade import open_call
from telephony.models import (
    Call,
    CallEvent,
    HumanRequest,
    PhoneNumber,
    Team,
    Transfer,
    TransferStep,
)
from telephony.personal_data import masked_number, personal_fields
from telephony.services.access import sync_groups

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
CANARY = "c4nary"
CALLER = "+15550199"


@pytest.fixture
def call(number: PhoneNumber, team: Team, arrival: Callable[..., CallArrival]) -> Call:
    """A call, and a row of every model that hangs on it, with a canary in every text and JSON."""
    sync_groups()
    plan = open_call(arrival(caller_number=CALLER, sip_call_id=f"{CANARY}@phone.test"))
    call = Call.objects.get(pk=plan.call_id)
    for relation in Call._meta.related_objects:
        row = relation.related_model(**{relation.field.name: call})
        if isinstance(row, HumanRequest):
            row.team = team
        fill(row)
    fill(TransferStep(transfer=Transfer.objects.get(), step=0))
    fill(call)
    return Call.objects.get(pk=call.pk)


def fill(row: models.Model) -> None:
    for field in row._meta.concrete_fields:
        if field.name in personal_fields(type(row)) - {"caller_number", "called_number"}:
            is_json = isinstance(field, models.JSONField)
            text = CANARY[: field.max_length] if field.max_length else CANARY
            setattr(row, field.name, {CANARY: CANARY} if is_json else text)
        elif field.choices and not getattr(row, field.name):
            setattr(row, field.name, field.choices[0][0] if not field.blank else "")
        elif isinstance(field, models.IntegerField) and getattr(row, field.name) is None:
            setattr(row, field.name, 1)
        elif isinstance(field, models.DateTimeField) and not field.null:
            setattr(row, field.name, getattr(row, field.name) or NOON)
        elif isinstance(field, models.CharField) and not getattr(row, field.name):
            setattr(row, field.name, f"{field.name}"[: field.max_length])
    row.save()


def staff(group: str) -> tuple[Client, dict[str, str]]:
    user = User.objects.create_user(f"a {group}", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client, {"Authorization": f"Token {Token.objects.create(user=user).key}"}


def everywhere(call: Call) -> list[str]:
    return [
        reverse("admin:index"),
        reverse("admin:telephony_call_changelist"),
        reverse("admin:telephony_call_change", args=[call.pk]),
        reverse("admin:telephony_call_history", args=[call.pk]),
        reverse("admin:telephony_transfer_changelist"),
        "/api/calls/",
        f"/api/calls/{call.pk}/",
    ]


@pytest.mark.parametrize("group", ["Viewer", "Telephony admin"])
def test_without_the_permission_nothing_of_the_caller_is_shown_anywhere(
    call: Call, group: str
) -> None:
    browser, token = staff(group)
    for url in everywhere(call):
        for client, headers in ((browser, {}), (Client(), token)):
            if not url.startswith("/api/") and headers:
                continue
            response = client.get(url, headers=headers)
            text = response.content.decode()
            assert response.status_code == 200, url
            assert CANARY not in text, url
            assert CALLER[1:] not in text, url


@pytest.mark.parametrize("group", ["Supervisor", "Auditor"])
def test_with_the_permission_the_call_is_whole(call: Call, group: str) -> None:
    browser, token = staff(group)
    page = browser.get(reverse("admin:telephony_call_change", args=[call.pk])).content.decode()
    told = json.loads(Client().get(f"/api/calls/{call.pk}/", headers=token).content)

    assert page.count(CANARY) > 3
    assert CALLER in page
    assert told["caller_number"] == CALLER
    assert told["transcript"][0]["text"] == CANARY
    assert told["tool_calls"][0]["arguments"] == {CANARY: CANARY}


def test_a_viewer_still_learns_when_on_which_number_and_how_it_went(call: Call) -> None:
    _, token = staff("Viewer")
    told = json.loads(Client().get(f"/api/calls/{call.pk}/", headers=token).content)

    assert told["called_number"] == "+15550100", "our own number is no secret"
    assert told["caller_number"] == "…99"
    assert told["persona"] == {"name": "Nordwind Outdoor", "version": 2}
    assert told["transcript"][0]["text"] == "[withheld]"
    assert told["tool_calls"][0]["arguments"] == {}
    assert told["metrics"] != []


def test_who_may_not_read_the_call_is_told_no_wrong_score_of_frustration(call: Call) -> None:
    CallEvent.objects.update(kind="frustration", detail={"score": 0.8, "reasons": []})
    page = reverse("admin:telephony_call_change", args=[call.pk])

    assert "Frustration 80%" in staff("Supervisor")[0].get(page).content.decode()
    assert "Frustration 0%" not in staff("Viewer")[0].get(page).content.decode()


def test_what_is_withheld_cannot_be_guessed_by_searching_filtering_or_sorting(call: Call) -> None:
    browser, token = staff("Viewer")
    supervisor, _ = staff("Supervisor")
    calls = reverse("admin:telephony_call_changelist")

    def found(client: Client, query: dict[str, str]) -> int:
        return len(client.get(calls, query).context["cl"].result_list)

    assert (found(browser, {"q": "0199"}), found(supervisor, {"q": "0199"})) == (0, 1)
    assert found(browser, {"q": "+15550100"}) == 1
    assert browser.get(calls, {"caller_number__startswith": "+1555"}).status_code == 400
    assert browser.get(calls, {"turns__text__contains": CANARY}).status_code == 400
    for order in range(1, 12):
        by = browser.get(calls, {"o": str(order)}).context["cl"].queryset.query.order_by
        assert "caller_number" not in str(by), "sorting would tell the order of the numbers"
    api = Client().get("/api/calls/", {"number": CALLER}, headers=token)
    assert json.loads(api.content)["count"] == 0


@pytest.mark.parametrize("column", sorted(personal_fields(Transfer)))
def test_the_words_of_a_handover_cannot_be_guessed_by_filtering_its_list(
    call: Call, column: str
) -> None:
    browser, _ = staff("Viewer")
    handovers = reverse("admin:telephony_transfer_changelist")

    assert len(browser.get(handovers, {"mode": "warm"}).context["cl"].result_list) == 1
    assert browser.get(handovers, {f"{column}__contains": CANARY[:2]}).status_code == 400
    assert browser.get(handovers, {"call__caller_number__contains": "1"}).status_code == 400


def test_a_caller_who_hid_the_number_is_unknown_in_the_list_of_handovers(call: Call) -> None:
    Call.objects.update(caller_number="")
    browser, _ = staff("Viewer")
    page = browser.get(reverse("admin:telephony_transfer_changelist")).content.decode()

    assert "unknown caller" in page


def test_looking_changes_nothing_of_what_is_stored(call: Call) -> None:
    browser, _ = staff("Viewer")
    for url in everywhere(call):
        browser.get(url)

    again = Call.objects.get(pk=call.pk)
    assert (again.caller_number, again.room_name) == (CALLER, CANARY)
    assert again.turns.get().text == CANARY


def test_a_masked_number_tells_two_calls_apart_and_cannot_be_called() -> None:
    assert masked_number("+4930123456") == "…56"
    assert masked_number("1234") == "[withheld]"
    assert masked_number("anonymous") == "…us"
