"""facade.answering_personas: whose sentences a worker keeps ready before anybody calls."""

from __future__ import annotations

import pytest

from telephony.facade import answering_personas
from telephony.models import Persona, PhoneNumber, SipTrunk, Team
from telephony.services.personas import publish_persona

pytestmark = pytest.mark.django_db


def test_each_published_persona_of_an_active_number_is_named_once_as_published(
    number: PhoneNumber, persona: Persona, trunk: SipTrunk
) -> None:
    PhoneNumber.objects.create(number="+15550101", trunk=trunk, persona=persona)
    Persona.objects.filter(pk=persona.pk).update(greeting="A draft")
    (answering,) = answering_personas()
    assert (answering.persona.greeting, answering.persona.version) == ("Hello?", 1)
    assert not answering.hands_over
    persona.refresh_from_db()
    publish_persona(persona=persona)
    assert [each.persona.greeting for each in answering_personas()] == ["A draft"]


def test_who_cannot_be_called_is_not_named(number: PhoneNumber, trunk: SipTrunk) -> None:
    draft = Persona.objects.create(name="Draft", instructions="i", greeting="g", voice_id="v")
    PhoneNumber.objects.create(number="+15550101", trunk=trunk, persona=draft)
    PhoneNumber.objects.filter(pk=number.pk).update(active=False)
    assert answering_personas() == []


def test_a_persona_with_a_team_hands_over_as_long_as_the_team_exists(
    number: PhoneNumber, team: Team
) -> None:
    assert [each.hands_over for each in answering_personas()] == [True]
    Persona.objects.update(default_team=None)
    team.delete()
    assert [each.hands_over for each in answering_personas()] == [False]
