"""Draft, publish, compare, restore: nobody loses what callers heard."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from django.urls import reverse

from telephony.enums import OverlapEars
from telephony.models import Persona, PersonaVersion, Tool, TurnTakingProfile
from telephony.services.mapping import persona_spec
from telephony.services.persona_diff import persona_differences
from telephony.services.personas import publish_persona, restore_version

pytestmark = pytest.mark.django_db


@pytest.fixture
def order() -> Tool:
    return Tool.objects.create(name="order", description="d", url="https://shop.example/")


@pytest.fixture
def two_versions(persona: Persona, order: Tool) -> tuple[PersonaVersion, PersonaVersion]:
    """v1 as the fixture has it; v2 with other words, another voice, a tool and other timing."""
    lines = [f"Rule {number}." for number in range(20)]
    persona.instructions = "\n".join(lines)
    persona.save()
    first, _ = publish_persona(persona=persona)
    lines[10] = "Never promise refunds."
    persona.instructions = "\n".join(lines)
    persona.greeting = "Good evening?"
    persona.voice_id = "voice-2"
    persona.turn_taking = TurnTakingProfile.objects.create(name="Slow", min_endpointing_ms=700)
    persona.save()
    persona.tools.add(order)
    second, _ = publish_persona(persona=persona)
    return first, second


def test_what_hears_an_overlap_is_published_and_versions_from_before_have_the_default(
    persona: Persona,
) -> None:
    persona.turn_taking = TurnTakingProfile.objects.create(
        name="Live", overlap_ears=OverlapEars.STREAMING.value
    )
    persona.turn_taking.full_clean()
    persona.save()
    version, _ = publish_persona(persona=persona)
    assert persona_spec(version).turn_taking.overlap_ears is OverlapEars.STREAMING
    del version.turn_taking["overlap_ears"]
    assert persona_spec(version).turn_taking.overlap_ears is OverlapEars.COMMITTED


def test_a_diff_shows_changed_lines_with_their_neighbours_and_every_changed_setting(
    two_versions: tuple[PersonaVersion, PersonaVersion],
) -> None:
    first, second = two_versions

    found = {d.label: d for d in persona_differences(old=first, new=second)}

    assert list(found) == [
        "Greeting", "Instructions", "Voice", "Turn-taking: min endpointing ms", "Tool order",
    ]  # fmt: skip
    lines = [(line.op, line.text) for line in found["Instructions"].lines]
    assert lines == [
        ("same", "Rule 8."), ("same", "Rule 9."),
        ("gone", "Rule 10."), ("come", "Never promise refunds."),
        ("same", "Rule 11."), ("same", "Rule 12."),
    ]  # fmt: skip
    assert (found["Voice"].old, found["Voice"].new) == ("voice-1", "voice-2")
    assert (found["Tool order"].old, found["Tool order"].new) == ("(none)", "may use")
    assert persona_differences(old=second, new=second) == []


def test_a_tool_that_changed_since_publishing_is_a_difference_of_the_draft(
    two_versions: tuple[PersonaVersion, PersonaVersion], persona: Persona
) -> None:
    Tool.objects.update(url="https://shop.example/v2")
    persona.refresh_from_db()

    (change,) = persona_differences(old=two_versions[1], new=persona)

    assert (change.label, change.old) == ("Tool order: url", "https://shop.example/")
    assert change.new == "https://shop.example/v2"


def test_restoring_brings_the_draft_back_and_publishes_nothing(
    two_versions: tuple[PersonaVersion, PersonaVersion], persona: Persona
) -> None:
    first, second = two_versions

    assert restore_version(version=first) == []

    persona = Persona.objects.get()
    assert persona_differences(old=first, new=persona) == []
    assert persona.published_version == second
    third, new = publish_persona(persona=persona)
    assert (third.version, new) == (4, True)


def test_what_cannot_be_restored_is_named(
    two_versions: tuple[PersonaVersion, PersonaVersion], persona: Persona, order: Tool
) -> None:
    _, second = two_versions
    persona.turn_taking = None
    persona.save()
    TurnTakingProfile.objects.all().delete()
    order.delete()

    missing = restore_version(version=second)

    assert len(missing) == 2
    assert "profile" in missing[0]
    assert "order was deleted" in missing[1]
    assert Persona.objects.get().greeting == "Good evening?"


def test_the_page_compares_and_restores(
    two_versions: tuple[PersonaVersion, PersonaVersion], admin_client: Client
) -> None:
    first, second = two_versions
    compare = reverse("admin:telephony_persona_compare", args=[first.persona_id])

    page = admin_client.get(f"{compare}?old={first.version}&new={second.version}")
    text = page.content.decode()
    assert "<ins>Never promise refunds.</ins>" in text
    assert "<del>Rule 10.</del>" in text
    assert admin_client.get(compare).status_code == 200
    assert admin_client.get(f"{compare}?old=no&new=-").status_code == 200
    assert (
        compare
        in admin_client.get(
            reverse("admin:telephony_persona_change", args=[first.persona_id])
        ).content.decode()
    )

    restore = reverse("admin:telephony_persona_restore", args=[first.persona_id])
    answer = admin_client.post(restore, {"version": first.version}, follow=True)
    assert "is v2 again" in answer.content.decode()
    assert Persona.objects.get().greeting == first.greeting


@pytest.mark.parametrize("version", ["99", "", "x", "1" * 30, "²"])
def test_a_version_that_is_none_is_not_found(
    persona: Persona, admin_client: Client, version: str
) -> None:
    restore = reverse("admin:telephony_persona_restore", args=[persona.pk])

    assert admin_client.post(restore, {"version": version}).status_code == 404
    assert admin_client.get(restore).status_code == 405


def test_hostile_text_of_a_prompt_is_shown_as_text(persona: Persona, admin_client: Client) -> None:
    Persona.objects.update(instructions="<script>alert(1)</script>")

    page: Any = admin_client.get(reverse("admin:telephony_persona_compare", args=[persona.pk]))

    assert "&lt;script&gt;alert(1)" in page.content.decode()
    assert "<script>alert(1)" not in page.content.decode()


def test_who_may_only_look_compares_and_cannot_restore(persona: Persona, client: Client) -> None:
    user = User.objects.create_user("looker", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_persona"))
    client.force_login(user)

    compare = client.get(reverse("admin:telephony_persona_compare", args=[persona.pk]) + "?old=1")
    restore = client.post(
        reverse("admin:telephony_persona_restore", args=[persona.pk]), {"version": "1"}
    )

    assert compare.status_code == 200
    assert "Restore v1" not in compare.content.decode()
    assert restore.status_code == 403
