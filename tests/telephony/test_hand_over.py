"""Handing the caller of a running call to a human, from the page of the call."""

from __future__ import annotations

import json
from typing import IO, Any

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from telephony.enums import EndingReason
from telephony.models import Call, HumanEndpoint, Team, Transfer
from telephony.services.calls import end_call
from tests.telephony.test_commands import call, supervisor, worker  # noqa: F401 - fixtures
from tests.telephony.test_settling_live import broker, livekit_url  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db(transaction=True)
BUTTON = "Hand to a human"


def page_of(call: Call) -> str:  # noqa: F811
    return reverse("admin:telephony_call_change", args=[call.pk])


def ask(client: Client, call: Call, team: str = "service") -> str:  # noqa: F811
    url = reverse("admin:telephony_call_hand_over", args=[call.pk])
    return client.post(url, {"team": team}, follow=True).content.decode()


def asked(call: Call) -> list[tuple[str, str]]:  # noqa: F811
    entries = LogEntry.objects.get_for_object(call).order_by("id")
    return [(entry.changes["asked"][1], entry.actor.get_username()) for entry in entries]


def test_the_worker_is_told_which_team_and_it_is_logged_who_asked(
    call: Call,  # noqa: F811
    worker: IO[str],  # noqa: F811
) -> None:
    client = supervisor()
    Team.objects.create(name="Board", key="board")
    page = client.get(page_of(call)).content.decode()
    assert BUTTON in page
    assert '<option value="service">Service</option>' in page
    assert "board" not in page, "the persona's own teams alone"

    assert "The agent was asked" in ask(client, call)

    topic, sender, data = json.loads(worker.readline())
    assert (topic, sender) == ("contactcenter.command", None)
    assert json.loads(data) == {"command": "hand_over", "team": "service"}
    assert asked(call) == [("hand_over to service", "Supervisor")]


@pytest.mark.parametrize("key", ["board", "", "+19005550100", "sip:ada@127.0.0.1"])
def test_only_a_team_of_the_personas_own_can_be_named(
    call: Call,  # noqa: F811
    worker: IO[str],  # noqa: F811
    key: str,
) -> None:
    board = Team.objects.create(name="Board", key="board")
    board.memberships.create(endpoint=HumanEndpoint.objects.get(name="Ada"))

    assert "does not hand over to this team" in ask(supervisor(), call, key)
    assert asked(call) == []


def test_a_call_that_is_over_is_left_alone(call: Call) -> None:  # noqa: F811
    end_call(call=call, reason=EndingReason.CALLER_HUNG_UP, at=timezone.now())
    client = supervisor()

    assert BUTTON not in client.get(page_of(call)).content.decode()
    assert "This call is over." in ask(client, call)
    assert asked(call) == []


def test_a_caller_who_is_being_handed_over_is_left_alone(call: Call) -> None:  # noqa: F811
    Transfer.objects.create(
        call=call, key="t1", cause="caller_asked", state="holding", started_at=timezone.now()
    )
    client = supervisor()

    assert BUTTON not in client.get(page_of(call)).content.decode()
    assert "is being handed over already" in ask(client, call)
    assert asked(call) == []


@pytest.mark.parametrize(
    ("state", "offered", "not_offered"),
    [("holding", "cancel", "take_back"), ("merged", "take_back", "cancel")],
)
def test_the_page_offers_what_can_be_asked_of_a_running_hand_over(
    call: Call,  # noqa: F811
    state: str,
    offered: str,
    not_offered: str,
) -> None:
    Transfer.objects.create(
        call=call, key="t1", cause="caller_asked", state=state, started_at=timezone.now()
    )
    page = supervisor().get(page_of(call)).content.decode()

    assert f'name="action" value="{offered}"' in page
    assert f'name="action" value="{not_offered}"' not in page
    assert 'name="action"' not in supervisor("Auditor").get(page_of(call)).content.decode()


def test_a_call_that_nobody_answered_yet_or_has_no_agent_cannot_be_asked(
    call: Call,  # noqa: F811
) -> None:
    client = supervisor()
    assert "No agent is in this call" in ask(client, call)
    Call.objects.update(state="ringing", answered_at=None)

    assert BUTTON not in client.get(page_of(call)).content.decode()
    assert "not answered yet" in ask(client, call)
    assert asked(call) == []


def test_livekit_that_does_not_answer_is_said(call: Call, settings: Any) -> None:  # noqa: F811
    settings.LIVEKIT_URL = "http://127.0.0.1:1"

    assert "LiveKit did not answer" in ask(supervisor(), call)
    assert asked(call) == []


@pytest.mark.parametrize("group", ["Viewer", "Telephony admin", "Auditor"])
def test_who_may_only_look_hands_nobody_over(
    call: Call,  # noqa: F811
    worker: IO[str],  # noqa: F811
    group: str,
) -> None:
    client = supervisor(group)
    url = reverse("admin:telephony_call_hand_over", args=[call.pk])

    assert BUTTON not in client.get(page_of(call)).content.decode()
    assert client.post(url, {"team": "service"}).status_code == 403
    assert asked(call) == []


def test_it_is_asked_by_post_alone_and_of_a_call_that_exists(call: Call) -> None:  # noqa: F811
    client = supervisor()
    url = reverse("admin:telephony_call_hand_over", args=[call.pk])
    call.delete()

    assert client.get(url).status_code == 405
    assert client.post(url, {"team": "service"}).status_code == 404
