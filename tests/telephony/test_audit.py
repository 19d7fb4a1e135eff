"""Who changed what is written down with the change, without secrets, and cannot be rewritten."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from auditlog.models import LogEntry
from axes.models import AccessFailureLog
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.authtoken.models import Token

from telephony.contracts import CallArrival
from telephony.facade import open_call
from telephony.models import Message, Persona, PhoneNumber, SipTrunk
from telephony.services.access import sync_groups
from telephony.services.personas import publish_persona

pytestmark = pytest.mark.django_db
LOG_IN = "/admin/login/"


def entries(row: Any) -> list[LogEntry]:
    return list(LogEntry.objects.get_for_object(row).order_by("id"))


def test_a_change_in_the_admin_is_logged_with_old_and_new_who_and_from_where(
    admin_client: Client, number: PhoneNumber
) -> None:
    LogEntry.objects.all().delete()
    admin_client.post(
        reverse("admin:telephony_phonenumber_change", args=[number.pk]),
        {"number": "+15550123", "trunk": number.trunk_id, "label": "<b>Shop</b>"},
        REMOTE_ADDR="203.0.113.9",
        headers={"X-Forwarded-For": "not an address", "X-Correlation-Id": "x" * 999},
    )

    (entry,) = entries(number)
    assert entry.changes["number"] == ["+15550100", "+15550123"]
    assert entry.changes["active"] == ["True", "False"]
    assert entry.actor.get_username() == "admin"
    assert entry.remote_addr == "203.0.113.9", "what a client claims is not believed"
    page = admin_client.get(reverse("admin:auditlog_logentry_change", args=[entry.pk]))
    assert b"&lt;b&gt;Shop" in page.content
    assert b"<b>Shop" not in page.content


def test_a_secret_is_logged_as_changed_and_never_itself(admin_client: Client) -> None:
    trunk = SipTrunk.objects.create(name="A", auth_username="u", auth_password="fir5t-s3cret")
    trunk.auth_password = "sec0nd-s3cret"
    trunk.save()
    user = User.objects.create_user("new", password="a-passw0rd")

    made, changed = entries(trunk)
    assert made.changes["auth_password"] == ["(none)", "(secret)"]
    assert changed.changes == {"auth_password": ["(secret)", "(secret)"]}
    assert entries(user)[0].changes["password"] == ["(none)", "(secret)"]
    everything = str(list(LogEntry.objects.values()))
    for secret in ("s3cret", "a-passw0rd", user.password):
        assert secret not in everything


def test_a_deleted_message_names_who_did_it_and_not_what_was_said(
    admin_client: Client, number: PhoneNumber, arrival: Callable[..., CallArrival]
) -> None:
    said = Message.objects.create(
        call_id=open_call(arrival()).call_id,
        key="m1",
        caller_name="Ann Lee",
        callback_number="+15550199",
        text="Please call me.",
        at_ms=1,
        occurred_at=timezone.now(),
    )
    (pk, url) = said.pk, reverse("admin:telephony_message_delete", args=[said.pk])
    admin_client.post(url, {"post": "yes"})

    assert not Message.objects.exists()
    entry = LogEntry.objects.get(content_type__model="message", object_id=pk, action=2)
    assert entry.actor.get_username() == "admin"
    everything = str(list(LogEntry.objects.filter(content_type__model="message").values()))
    for words in ("Ann Lee", "+15550199", "call me"):
        assert words not in everything


def test_publishing_a_persona_names_who_did_it(admin_client: Client, persona: Persona) -> None:
    Persona.objects.filter(pk=persona.pk).update(greeting="New?")
    admin_client.post(
        reverse("admin:telephony_persona_changelist"),
        {"action": "publish", "_selected_action": persona.pk},
    )

    persona.refresh_from_db()
    (entry,) = entries(persona.published_version)
    assert entry.action == LogEntry.Action.CREATE
    assert entry.actor.get_username() == "admin"
    assert entry.changes["greeting"][1] == "New?"


def test_giving_somebody_a_group_is_logged() -> None:
    sync_groups()
    user = User.objects.create_user("new")
    user.groups.add(Group.objects.get(name="Auditor"))

    assert entries(user)[-1].changes["groups"]["objects"] == ["Auditor"]


def test_making_and_revoking_an_api_token_is_logged_without_the_token(
    capsys: pytest.CaptureFixture[str],
) -> None:
    user = User.objects.create_user("script")
    call_command("api_token", "script")
    first = capsys.readouterr().out.strip()
    call_command("api_token", "script")
    assert Token.objects.get(user=user).key != first
    call_command("api_token", "script", "--revoke")

    told = [e.changes["API token"] for e in entries(user) if "API token" in e.changes]
    assert told == [["(none)", "(secret)"], ["(secret)", "(secret)"], ["(secret)", "(none)"]]
    assert first not in str(list(LogEntry.objects.values()))
    assert not Token.objects.exists()


def test_a_change_that_fails_leaves_no_entry(persona: Persona) -> None:
    before = LogEntry.objects.count()
    with pytest.raises(RuntimeError), transaction.atomic():
        persona.name = "Other"
        persona.save()
        raise RuntimeError
    assert LogEntry.objects.count() == before


def test_calls_and_what_the_product_writes_itself_are_no_changes_by_anybody(
    number: PhoneNumber, arrival: Callable[..., CallArrival]
) -> None:
    before = LogEntry.objects.count()
    open_call(arrival())
    number.trunk.record_sync(sync_state="failed")
    publish_persona(persona=number.persona)  # unchanged
    assert LogEntry.objects.count() == before


@pytest.mark.parametrize("model", ["auditlog_logentry", "axes_accessfailurelog"])
def test_not_even_a_superuser_rewrites_the_log(
    admin_client: Client, persona: Persona, model: str
) -> None:
    entry = LogEntry.objects.first()
    assert entry is not None
    assert admin_client.get(reverse(f"admin:{model}_add")).status_code == 403
    for verb in ("change", "delete"):
        url = reverse(f"admin:{model}_{verb}", args=[entry.pk])
        assert admin_client.post(url, {"post": "yes"}).status_code in (302, 403)
    admin_client.post(
        reverse(f"admin:{model}_changelist"),
        {"action": "delete_selected", "_selected_action": entry.pk, "post": "yes"},
    )
    assert LogEntry.objects.filter(pk=entry.pk).exists()


def test_a_password_that_is_guessed_at_is_locked_there_and_recorded_without_it(
    client: Client, admin_user: User, admin_client: Client
) -> None:
    wrong = {"username": "admin", "password": "gue5s"}
    statuses = [client.post(LOG_IN, wrong).status_code for _ in range(6)]
    assert statuses == [200, 200, 200, 200, 429, 429]
    right = {"username": "admin", "password": "password"}
    assert client.post(LOG_IN, right).status_code == 429, "locked from here, whatever is sent"
    elsewhere = client.post(LOG_IN, right, REMOTE_ADDR="203.0.113.9")
    assert elsewhere.status_code == 302, "nobody locks a colleague out from another address"

    assert AccessFailureLog.objects.count() >= 5
    assert "gue5s" not in str(list(AccessFailureLog.objects.values()))
    page = admin_client.get(reverse("admin:axes_accessfailurelog_changelist"))
    assert page.status_code == 200
