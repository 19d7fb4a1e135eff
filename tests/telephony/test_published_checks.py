"""What the set-up check says of personas that are published."""

from __future__ import annotations

from typing import Any

import pytest

from telephony.models import Persona, Tool
from telephony.services.personas import publish_persona
from telephony.services.setup_check import Check, cut_by_restarts, unsigned_webhooks

pytestmark = pytest.mark.django_db


def labels(checks: list[Check]) -> list[str]:
    assert all(check.ok is None and check.advice for check in checks), "advice, not a fault"
    return [check.label for check in checks]


def test_a_published_webhook_without_a_secret_is_told(persona: Persona) -> None:
    for name, secret in (("book", ""), ("pay", "s3cret"), ("unused", "")):
        Tool.objects.create(name=name, description="d", url="https://x.example/", secret=secret)
    assert unsigned_webhooks() == []
    persona.tools.set(Tool.objects.exclude(name="unused"))
    publish_persona(persona=persona)
    assert labels(unsigned_webhooks()) == ["Webhook book"]


def test_a_call_longer_than_a_restart_waits_for_is_told(persona: Persona, settings: Any) -> None:
    assert cut_by_restarts() == [], "the defaults fit each other"
    settings.WORKER_DRAIN_TIMEOUT_S = 600
    assert labels(cut_by_restarts()) == [f"Longest call of {persona.published_version}"]
