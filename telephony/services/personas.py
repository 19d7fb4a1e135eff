"""Publishing a persona."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max

from telephony.contracts import AnsweringPersona
from telephony.models import (
    CONTENT_FIELDS,
    Persona,
    PersonaVersion,
    PhoneNumber,
    Team,
    Tool,
    TurnTakingProfile,
)
from telephony.services.handoff_mapping import handoff_snapshot, restore_handoff
from telephony.services.mapping import tool_snapshot, toolless_spec, turn_taking_snapshot


def draft_snapshot(*, persona: Persona) -> dict[str, Any]:
    """Everything of the draft that a call hears, as PersonaVersion's columns."""
    content = {name: getattr(persona, name) for name in CONTENT_FIELDS}
    return content | {
        "name": persona.name,
        "turn_taking": turn_taking_snapshot(persona.turn_taking),
        "tools": [tool_snapshot(tool) for tool in persona.tools.order_by("name")],
        "handoff": handoff_snapshot(persona),
    }


def has_unpublished_changes(*, persona: Persona) -> bool:
    version = persona.published_version
    draft = draft_snapshot(persona=persona)
    return version is None or any(getattr(version, name) != value for name, value in draft.items())


def publish_persona(*, persona: Persona, user_id: int | None = None) -> tuple[PersonaVersion, bool]:
    """Makes the draft what new calls hear; calls that run keep the version they pinned.

    Returns the version and whether it is new: publishing an unchanged draft changes nothing.
    """
    with transaction.atomic():
        # Two people publishing at once take their numbers one after the other.
        locked = Persona.objects.select_for_update().get(pk=persona.pk)
        if locked.published_version and not has_unpublished_changes(persona=locked):
            return locked.published_version, False
        last = locked.versions.aggregate(last=Max("version"))["last"] or 0
        version = PersonaVersion.objects.create(
            persona=locked,
            version=last + 1,
            published_by_id=user_id,
            **draft_snapshot(persona=locked),
        )
        Persona.objects.filter(pk=locked.pk).update(published_version=version)
        persona.published_version = version
        return version, True


def personas_of_numbers() -> list[AnsweringPersona]:
    """What new calls to active numbers hear, each version once."""
    numbers = PhoneNumber.objects.filter(active=True, persona__published_version__isnull=False)
    used = PersonaVersion.objects.filter(pk__in=numbers.values("persona__published_version"))
    teams = set(Team.objects.values_list("key", flat=True))
    return [
        AnsweringPersona(
            persona=toolless_spec(version),
            hands_over=not teams.isdisjoint(version.handoff.get("teams", [])),
        )
        for version in used
    ]


def restore_version(*, version: PersonaVersion) -> list[str]:
    """Makes the draft what this version was. Nothing is published by it.

    Returns what could not be brought back, in words: tools that are gone or were changed since, and
    turn-taking values that no profile has.
    """
    missing = []
    with transaction.atomic():
        persona = Persona.objects.select_for_update().get(pk=version.persona_id)
        for name in (*CONTENT_FIELDS, "name"):
            setattr(persona, name, getattr(version, name))
        profiles = [None, *TurnTakingProfile.objects.all()]
        fits = [p for p in profiles if turn_taking_snapshot(p) == version.turn_taking]
        if persona.turn_taking in fits:
            pass  # of several profiles with these values, the one it has
        elif fits:
            persona.turn_taking = fits[0]
        else:
            missing.append("No turn-taking profile has the values of that version any more.")
        teams = restore_handoff(persona, version)
        persona.full_clean()
        persona.save()
        persona.teams.set(teams)
        tools = {tool.pk: tool for tool in Tool.objects.all()}
        persona.tools.set([tools[old["id"]] for old in version.tools if old["id"] in tools])
    gone = set(version.handoff.get("teams", [])) - {team.key for team in teams}
    missing += [f"The team {key} was deleted since." for key in sorted(gone)]
    for old in version.tools:
        if old["id"] not in tools:
            missing.append(f"The tool {old['name']} was deleted since.")
        elif tool_snapshot(tools[old["id"]]) != old:
            missing.append(f"The tool {old['name']} was changed since, and stays as it is now.")
    return missing
