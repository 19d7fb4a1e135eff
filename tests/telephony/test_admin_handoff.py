"""Teams, humans and their availability in the admin."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from telephony.models import (
    Call,
    ClosedDate,
    HumanEndpoint,
    Message,
    OpeningHours,
    Persona,
    Team,
    TeamMember,
    Tool,
)
from telephony.services import setup_check
from telephony.services.access import sync_groups
from telephony.services.persona_diff import persona_differences
from telephony.services.personas import publish_persona, restore_version

pytestmark = pytest.mark.django_db
HUMANS = "/admin/telephony/humanendpoint/"
NO_MEMBERS = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
FORM = {
    "name": "Billing",
    "key": "billing",
    "nobody": "wait",
    "after_human": "end",
    "max_wait_s": "300",
    "ask_every_s": "30",
}


def member(group: str) -> Client:
    sync_groups()
    user = User.objects.create_user(group, is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def errors(answer: Any) -> str:
    return str(answer.context["adminform"].form.errors) if answer.context else ""


def test_a_team_is_made_with_its_members_in_one_form() -> None:
    human = HumanEndpoint.objects.create(name="Ada", address="sip:ada@127.0.0.1")
    inline = {
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
        "memberships-0-endpoint": str(human.pk),
        "memberships-0-priority": "2",
        "memberships-0-ring_s": "20",
    }
    answer = member("Supervisor").post(reverse("admin:telephony_team_add"), FORM | inline)

    assert answer.status_code == 302, errors(answer)
    (row,) = TeamMember.objects.all()
    assert (row.team.key, row.endpoint, row.priority, row.ring_s) == ("billing", human, 2, 20)


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"key": "Billing team"}, "lower-case"),
        ({"webhook_url": "http://shop.example/", "new_secret": "s"}, "https"),
        ({"webhook_url": "https://shop.example/"}, "needs a secret"),
        ({"max_wait_s": "9999"}, "3600"),
    ],
)
def test_what_a_team_may_not_be_is_said(wrong: dict[str, str], why: str) -> None:
    client = member("Supervisor")
    answer = client.post(reverse("admin:telephony_team_add"), FORM | NO_MEMBERS | wrong)

    assert why in errors(answer)
    assert not Team.objects.exists()


def test_the_secret_of_a_team_is_never_shown_and_its_key_never_changed(team: Team) -> None:
    team.webhook_url, team.webhook_secret = "https://shop.example/", "hush-hush"
    team.save()
    client = member("Supervisor")
    url = reverse("admin:telephony_team_change", args=[team.pk])
    assert "hush-hush" not in client.get(url).content.decode()

    data = FORM | NO_MEMBERS | {"key": "other", "webhook_url": team.webhook_url}
    answer = client.post(url, data)

    assert answer.status_code == 302, errors(answer)
    team.refresh_from_db()
    assert (team.name, team.key, team.webhook_secret) == ("Billing", "service", "hush-hush")
    log = str(list(LogEntry.objects.get_for_object(team).values()))
    assert "hush" not in log
    assert "(secret)" in log


@pytest.mark.parametrize(
    ("group", "may"), [("Supervisor", True), ("Telephony admin", True), ("Auditor", False)]
)
def test_who_runs_teams_says_who_is_at_the_phone(team: Team, group: str, may: bool) -> None:
    ada = HumanEndpoint.objects.get(name="Ada")
    client = member(group)
    client.post(HUMANS, {"action": "set_away", "_selected_action": ada.pk})
    ada.refresh_from_db()
    assert ada.available is not may
    if may:
        (entry,) = LogEntry.objects.get_for_object(ada).filter(action=LogEntry.Action.UPDATE)
        assert entry.changes == {"available": ["True", "False"]}
        client.post(HUMANS, {"action": "set_available", "_selected_action": ada.pk})
        ada.refresh_from_db()
        assert ada.available


def test_a_supervisor_does_not_change_where_a_human_is_dialled(team: Team) -> None:
    ada = HumanEndpoint.objects.get(name="Ada")
    url = reverse("admin:telephony_humanendpoint_change", args=[ada.pk])

    assert member("Supervisor").post(url, {"address": "+19005550100"}).status_code == 403


def test_holidays_are_written_beside_the_hours() -> None:
    hours = OpeningHours.objects.create(name="Office", timezone="Europe/Berlin")
    data = {
        "name": "Office",
        "timezone": "Europe/Berlin",
        "periods-TOTAL_FORMS": "0",
        "periods-INITIAL_FORMS": "0",
        "closed_dates-TOTAL_FORMS": "1",
        "closed_dates-INITIAL_FORMS": "0",
        "closed_dates-0-date": "2026-12-25",
        "closed_dates-0-name": "Christmas",
    }
    url = reverse("admin:telephony_openinghours_change", args=[hours.pk])
    assert member("Supervisor").post(url, data).status_code == 302

    assert str(ClosedDate.objects.get()) == "2026-12-25 Christmas"


def test_a_version_shows_and_brings_back_whom_it_handed_over_to(
    team: Team, persona: Persona
) -> None:
    first = persona.published_version
    assert first is not None
    persona.default_team, persona.operator_key = None, ""
    persona.save()
    second, new = publish_persona(persona=persona)
    assert new
    labels = {difference.label for difference in persona_differences(old=first, new=second)}
    assert {"Handing over: default team", "Handing over: operator key"} <= labels

    assert restore_version(version=first) == []

    persona.refresh_from_db()
    assert (persona.default_team, persona.operator_key) == (team, "0")
    assert publish_persona(persona=persona)[0].handoff == first.handoff
    Team.objects.all().delete()
    assert any("team" in line for line in restore_version(version=first))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("operator_key", "x"),
        ("frustration_weights", '{"Swearing!": 1}'),
        ("frustration_weights", '{"swearing": 9}'),
        ("frustration_weights", "[]"),
        ("frustration_threshold", "7"),
    ],
)
def test_what_the_worker_could_not_use_is_refused(persona: Persona, field: str, value: str) -> None:
    data = {
        "name": persona.name,
        "instructions": "x",
        "greeting": "x",
        "language": "en",
        "realtime_provider": "openai_realtime",
        "realtime_model": "m",
        "voice_provider": "cartesia",
        "voice_model": "m",
        "voice_id": "v",
        "max_duration_s": "600",
        "operator_key": "0",
        "frustration": "offer",
        "frustration_threshold": "0.6",
        "frustration_weights": "{}",
        "versions-TOTAL_FORMS": "0",
        "versions-INITIAL_FORMS": "0",
    }
    url = reverse("admin:telephony_persona_change", args=[persona.pk])
    client = member("Supervisor")
    assert client.post(url, data).status_code == 302

    assert field in errors(client.post(url, data | {field: value}))


def test_a_message_is_played_by_those_who_may_hear_it_and_that_is_logged(
    team: Team, settings: Any, tmp_path: Path
) -> None:
    settings.RECORDINGS_DIR = tmp_path
    (tmp_path / "m.ogg").write_bytes(b"OggS")
    message = Message.objects.create(
        call=Call.objects.create(room_name="r"),
        key="m",
        at_ms=0,
        occurred_at=timezone.now(),
        team=team,
        path="m.ogg",
    )
    client = member("Supervisor")
    url = reverse("admin:telephony_message_recording", args=[message.pk])
    page = client.get(reverse("admin:telephony_message_change", args=[message.pk]))
    assert url in page.content.decode()
    assert "Service" in client.get("/admin/telephony/message/").content.decode()

    assert client.get(url).content == b"OggS"
    piece = client.get(url, headers={"Range": "bytes=1-2"})
    assert (piece.status_code, piece.content) == (206, b"gg"), "or a player could not jump"

    (entry,) = LogEntry.objects.get_for_object(message).filter(action=LogEntry.Action.ACCESS)
    assert entry.actor.get_username() == "Supervisor"
    Message.objects.update(path="../secret.ogg")
    assert client.get(url).status_code == 404
    assert member("Telephony admin").get(url).status_code == 403


def test_a_message_whose_recording_was_deleted_says_so_and_offers_no_player(
    team: Team, settings: Any, tmp_path: Path
) -> None:
    settings.RECORDINGS_DIR = tmp_path
    call = Call.objects.create(room_name="r")
    message = Message.objects.create(
        call=call, key="m", at_ms=0, occurred_at=timezone.now(), path="m.ogg"
    )
    url = reverse("admin:telephony_message_change", args=[message.pk])

    page = member("Supervisor").get(url).content.decode()

    assert "<audio" not in page
    assert "not there any more" in page


def test_the_set_up_check_finds_teams_without_humans_and_hand_overs_without_teams(
    team: Team, persona: Persona
) -> None:
    def found() -> dict[str, str]:
        return {check.label: check.answer for check in setup_check.handing_over()}

    assert found() == {}
    HumanEndpoint.objects.update(available=False)
    assert "Nobody is there" in found()["Team Service"]

    tool = Tool.objects.create(name="person", kind="builtin", builtin="transfer_to_human")
    persona.tools.add(tool)
    persona.default_team = None
    persona.save()
    version, _ = publish_persona(persona=persona)
    assert found() == {f"Hand-over of {version}": "It has the tool transfer_to_human and no team."}

    HumanEndpoint.objects.update(available=True)
    persona.teams.add(team)
    persona.teams.add(Team.objects.create(name="Accounts", key="accounts"))
    version, _ = publish_persona(persona=persona)
    said = found()
    assert said.pop("Team Accounts").startswith("Nobody is there")
    assert said == {
        f"Hand-over of {version}": "No default team: a caller who names none goes to Accounts."
    }
