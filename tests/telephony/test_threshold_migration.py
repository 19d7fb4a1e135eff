"""Personas that were there before frustration was scored get the scorer's own threshold."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps

from telephony.models import Persona

MIGRATION = "telephony.migrations.0010_scorers_threshold_and_prepared_event"


@pytest.mark.django_db
def test_the_old_default_becomes_the_scorers_and_a_threshold_of_ones_own_stays() -> None:
    for value in (0.6, 0.8, 0.37):
        Persona.objects.create(name=f"at {value}", voice_id="v", frustration_threshold=value)

    import_module(MIGRATION).take_the_scorers_own_threshold(apps, None)

    found = Persona.objects.order_by("name").values_list("name", "frustration_threshold")
    assert list(found) == [("at 0.37", 0.37), ("at 0.6", 0.37), ("at 0.8", 0.8)]
