"""Cancelling and taking back from the admin: a data packet of the server, seen in a real room."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from livekit import api

from telephony import facade
from telephony.contracts import CallAnswered, CallArrival
from telephony.models import Call, PhoneNumber, Team, Transfer
from telephony.services.access import sync_groups
from tests.telephony.test_settling_live import (  # noqa: F401 - fixtures
    KEY,
    SECRET,
    broker,
    livekit_url,
)

pytestmark = pytest.mark.django_db(transaction=True)

ROOM, JOB = "call_+15550199_told", "AJ_told"
LISTENER = str(Path(__file__).with_name("listener.py"))
LIST = "/admin/telephony/transfer/"


@pytest.fixture
def call(
    livekit_url: str,  # noqa: F811
    number: PhoneNumber,
    team: Team,
    arrival: Callable[..., CallArrival],
    settings: Any,
) -> Call:
    settings.LIVEKIT_URL = livekit_url
    plan = facade.open_call(arrival(room_name=ROOM, job_id=JOB))
    facade.store_records(plan.call_id, [CallAnswered(answered_at=timezone.now())])
    return Call.objects.get()


@pytest.fixture
def transfer(call: Call) -> Transfer:
    return Transfer.objects.create(
        call=call,
        key="t1",
        cause="caller_asked",
        state="holding",
        started_at=timezone.now(),
    )


@pytest.fixture
def worker(call: Call, settings: Any) -> Iterator[IO[str]]:
    """The call's worker stands in the room; each line is a packet that it was sent."""
    token = (
        api.AccessToken(KEY, SECRET)
        .with_identity(f"agent-{JOB}")
        .with_grants(api.VideoGrants(room_join=True, room=ROOM))
        .to_jwt()
    )
    words = [sys.executable, LISTENER, settings.LIVEKIT_URL, token]
    process = subprocess.Popen(words, stdin=-1, stdout=-1, text=True)
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == "joined\n"
    yield process.stdout
    process.stdin.close()
    process.wait(timeout=10)


def supervisor(group: str = "Supervisor") -> Client:
    sync_groups()
    user = User.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def ask(client: Client, action: str, transfer: Transfer) -> str:
    data = {"action": action, "_selected_action": transfer.pk}
    return client.post(LIST, data, follow=True).content.decode()


def test_the_worker_is_told_by_a_packet_without_a_sender_and_it_is_logged(
    transfer: Transfer, worker: IO[str]
) -> None:
    client = supervisor()
    assert "the agent was asked" in ask(client, "cancel", transfer)
    topic, sender, data = json.loads(worker.readline())
    assert (topic, sender) == ("contactcenter.command", None)
    assert json.loads(data) == {"command": "cancel_transfer"}

    Transfer.objects.update(state="merged")
    assert "the agent was asked" in ask(client, "take_back", transfer)
    assert json.loads(json.loads(worker.readline())[2]) == {"command": "take_back"}

    logged = LogEntry.objects.get_for_object(transfer).order_by("id")
    asked = [(entry.changes["asked"][1], entry.actor.get_username()) for entry in logged]
    assert asked == [("cancel_transfer", "Supervisor"), ("take_back", "Supervisor")]


@pytest.mark.parametrize(
    ("state", "action", "why"),
    [
        ("merged", "cancel", "take the caller back instead"),
        ("holding", "take_back", "cancel it instead"),
        ("holding", "cancel", "No agent is in this call"),
    ],
)
def test_what_cannot_be_asked_is_said(
    transfer: Transfer, state: str, action: str, why: str
) -> None:
    Transfer.objects.update(state=state)

    assert why in ask(supervisor(), action, transfer)
    assert not LogEntry.objects.get_for_object(transfer).exists()


def test_a_hand_over_that_is_over_is_left_alone(transfer: Transfer) -> None:
    Transfer.objects.update(ended_at=timezone.now(), state="completed")

    assert "is over" in ask(supervisor(), "cancel", transfer)


def test_livekit_that_does_not_answer_is_said(transfer: Transfer, settings: Any) -> None:
    settings.LIVEKIT_URL = "http://127.0.0.1:1"

    assert "LiveKit did not answer" in ask(supervisor(), "cancel", transfer)


@pytest.mark.parametrize("group", ["Viewer", "Telephony admin", "Auditor"])
def test_who_may_only_look_asks_nothing(transfer: Transfer, worker: IO[str], group: str) -> None:
    assert "the agent was asked" not in ask(supervisor(group), "cancel", transfer)
    assert not LogEntry.objects.get_for_object(transfer).exists()


def test_the_list_leads_to_the_page_of_the_call(transfer: Transfer) -> None:
    client = supervisor()
    page = reverse("admin:telephony_call_change", args=[Call.objects.get().pk])

    assert page in client.get(f"{LIST}?progress=running").content.decode()
    assert page not in client.get(f"{LIST}?progress=waiting").content.decode()
    assert client.get(f"{LIST}{transfer.pk}/change/").headers["Location"] == page
