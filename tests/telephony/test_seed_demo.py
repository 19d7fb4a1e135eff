"""manage.py seed_demo: what the demo and the end-to-end tests rely on, however often it is run."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from rest_framework.authtoken.models import Token

from telephony.enums import FrustrationAction
from telephony.models import (
    OpeningPeriod,
    Persona,
    PersonaVersion,
    PhoneNumber,
    SipTrunk,
    Team,
    Tool,
)
from telephony.services.mapping import persona_spec

pytestmark = pytest.mark.django_db
WEBHOOK = "http://127.0.0.1:9000/demo/order-status"


@pytest.fixture(autouse=True)
def allowed(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_HTTP_HOSTS = ["127.0.0.1:9000"]


def seed(*words: str) -> str:
    out = io.StringIO()
    call_command("seed_demo", "--order-webhook", WEBHOOK, *words, stdout=out)
    return out.getvalue()


def test_the_seed_is_what_the_scenario_expects() -> None:
    seed("--trunk-auth", "phone:pw:with:colons")

    shop, practice, guarded = PhoneNumber.objects.order_by("number")
    assert [n.number for n in (shop, practice, guarded)] == ["+15550100", "+15550101", "+15550102"]
    nordwind = persona_spec(PersonaVersion.objects.get(persona__name="Nordwind Outdoor"))
    lakeside = persona_spec(PersonaVersion.objects.get(persona__name="Lakeside Dental"))
    assert nordwind.greeting == "Welcome to Nordwind Outdoor. How can I help you?"
    assert lakeside.greeting == "Lakeside Dental, good day. What can I do for you?"
    assert "Nordwind Outdoor" in nordwind.instructions
    assert "Lakeside Dental" in lakeside.instructions
    assert [t.name for t in nordwind.tools] == ["end_call", "opening_hours", "order_status"]
    assert [t.name for t in lakeside.tools] == ["end_call", "opening_hours"]
    assert nordwind.tools[2].webhook is not None
    assert nordwind.tools[2].webhook.url == WEBHOOK
    assert (shop.trunk.name, shop.trunk.allowed_addresses) == ("Local phones", "127.0.0.1/32")
    assert (guarded.trunk.name, guarded.trunk.allowed_addresses) == ("Digest phones", "")
    assert guarded.trunk.auth_password == "pw:with:colons"


def test_the_demos_callers_are_handed_to_the_phone_that_the_environment_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seed()
    nordwind = Persona.objects.get(name="Nordwind Outdoor")
    assert nordwind.published_version is not None
    assert nordwind.published_version.handoff["teams"] == []

    monkeypatch.setenv("DEMO_HUMAN_SIP_URI", "sip:human@127.0.0.1:5099")
    for _ in range(2):
        seed()

    nordwind.refresh_from_db()
    version = nordwind.published_version
    assert version is not None
    handoff = persona_spec(version).handoff
    assert (handoff.default_team, handoff.operator_key) == ("service", "0")
    assert handoff.frustration is FrustrationAction.TRANSFER
    assert "transfer_to_human" in [tool["name"] for tool in version.tools]
    (human,) = Team.objects.get(key="service").members.all()
    assert human.user_and_host == ("human", "127.0.0.1:5099")
    assert human.trusted_for_headers
    assert version.version == 2, "the second run published nothing"


def test_a_second_run_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEMO_ADMIN_PASSWORD", "a-demo-password")
    monkeypatch.setenv("DEMO_API_TOKEN", "t" * 40)
    words = ("--trunk-auth", "u:p", "--admin-user", "demo", "--api-token")
    models = (SipTrunk, PhoneNumber, Persona, PersonaVersion, Tool, OpeningPeriod, User, Token)
    first = seed(*words)
    before = [model.objects.count() for model in models]
    SipTrunk.objects.update(sync_state="synced", livekit_trunk_id="")

    assert seed(*words) == first
    assert [model.objects.count() for model in models] == before
    assert not SipTrunk.objects.exclude(sync_state="synced").exists()
    user = User.objects.get()
    assert user.check_password("a-demo-password")
    assert user.is_superuser
    assert Token.objects.get().key == "t" * 40


def test_a_drifted_row_is_put_right_and_published_again() -> None:
    seed()
    Persona.objects.filter(name="Lakeside Dental").update(greeting="?")

    seed()

    version = Persona.objects.get(name="Lakeside Dental").published_version
    assert version is not None
    assert (version.version, version.greeting[:8]) == (1, "Lakeside")


@pytest.mark.parametrize(
    "words",
    [
        ("--trunk-auth", "nopassword"),
        ("--admin-user", "demo"),
        ("--api-token",),
        ("--allowed-address", "0.0.0.0/0"),
        ("--order-webhook", "http://shop.example/"),
    ],
)
def test_what_it_cannot_do_it_says_and_leaves_nothing_behind(
    words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DEMO_ADMIN_PASSWORD", raising=False)
    with pytest.raises(CommandError):
        seed(*words)

    assert not SipTrunk.objects.exists()
    assert not Persona.objects.exists()
