"""The SIP API, asked by livekit-api: trunks and dispatch rules."""

from __future__ import annotations

import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from livekit import api
from livekit.protocol import models, sip

from deploy.local.sipbridge.auth import Authenticator
from deploy.local.sipbridge.sip_api import sip_methods
from deploy.local.sipbridge.store import StateError, Store
from deploy.local.sipbridge.twirp import TwirpService

KEY, SECRET = "testkey", "a-secret-that-is-long-enough-for-hs256"
Client = Callable[[Store], Awaitable[api.LiveKitAPI]]


async def _no_calls(request: sip.CreateSIPParticipantRequest) -> sip.SIPParticipantInfo:
    raise AssertionError("these tests place no calls")


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Store], Awaitable[str]]]:
    """Serves a store's API; gives its URL."""
    servers: list[TestServer] = []

    async def start(store: Store) -> str:
        app = web.Application()
        TwirpService(sip_methods(store, _no_calls), Authenticator(KEY, SECRET)).add_to(app)
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        return f"http://127.0.0.1:{server.port}"

    yield start
    for server in servers:
        await server.close()


@pytest.fixture
async def connect(serve: Callable[[Store], Awaitable[str]]) -> AsyncIterator[Client]:
    clients: list[api.LiveKitAPI] = []

    async def start(store: Store) -> api.LiveKitAPI:
        client = api.LiveKitAPI(await serve(store), KEY, SECRET)
        clients.append(client)
        return client

    yield start
    for client in clients:
        await client.aclose()


@pytest.fixture
async def lk(connect: Client) -> api.LiveKitAPI:
    return await connect(Store())


async def make_inbound(lk: api.LiveKitAPI, **fields: Any) -> sip.SIPInboundTrunkInfo:
    fields.setdefault("numbers", ["+15550100"])
    return await lk.sip.create_inbound_trunk(
        sip.CreateSIPInboundTrunkRequest(trunk=sip.SIPInboundTrunkInfo(**fields))
    )


async def make_outbound(lk: api.LiveKitAPI, **fields: Any) -> sip.SIPOutboundTrunkInfo:
    fields.setdefault("numbers", ["+15550100"])
    fields.setdefault("address", "127.0.0.1:5070")
    return await lk.sip.create_outbound_trunk(
        sip.CreateSIPOutboundTrunkRequest(trunk=sip.SIPOutboundTrunkInfo(**fields))
    )


def individual(prefix: str = "call", pin: str = "") -> sip.SIPDispatchRule:
    return sip.SIPDispatchRule(
        dispatch_rule_individual=sip.SIPDispatchRuleIndividual(room_prefix=prefix, pin=pin)
    )


async def make_rule(lk: api.LiveKitAPI, **fields: Any) -> sip.SIPDispatchRuleInfo:
    fields.setdefault("rule", individual())
    return await lk.sip.create_dispatch_rule(
        sip.CreateSIPDispatchRuleRequest(dispatch_rule=sip.SIPDispatchRuleInfo(**fields))
    )


async def test_an_inbound_trunk_is_kept_with_an_id_of_its_own(lk: api.LiveKitAPI) -> None:
    made = await make_inbound(lk, name="carrier", allowed_addresses=["10.0.0.0/8"])
    assert made.sip_trunk_id.startswith("ST_")
    listed = await lk.sip.list_inbound_trunk(sip.ListSIPInboundTrunkRequest())
    assert list(listed.items) == [made]
    assert made.created_at.seconds > 0


async def test_a_trunk_that_lets_everyone_in_is_refused(lk: api.LiveKitAPI) -> None:
    with pytest.raises(api.TwirpError, match="for security") as refused:
        await make_inbound(lk, numbers=[])
    assert (refused.value.code, refused.value.status) == ("invalid_argument", 400)


async def test_two_trunks_cannot_own_the_same_number(lk: api.LiveKitAPI) -> None:
    await make_inbound(lk, allowed_addresses=["10.0.0.1"])
    with pytest.raises(api.TwirpError, match="Conflicting") as refused:
        await make_inbound(lk, numbers=["1 555 0100"], auth_username="u", auth_password="p")
    assert refused.value.code == "invalid_argument"
    await make_inbound(lk, allowed_numbers=["+4930100"])
    await make_inbound(lk, numbers=["+15550101"])


async def test_a_trunk_is_replaced_as_a_whole(lk: api.LiveKitAPI) -> None:
    made = await make_inbound(lk, name="old", metadata="m")
    replaced = await lk.sip.update_inbound_trunk(
        made.sip_trunk_id, sip.SIPInboundTrunkInfo(name="new", numbers=["+15550101"])
    )
    assert (replaced.sip_trunk_id, replaced.name, replaced.metadata) == (
        made.sip_trunk_id,
        "new",
        "",
    )
    assert replaced.created_at == made.created_at


async def test_fields_of_a_trunk_change_alone(lk: api.LiveKitAPI) -> None:
    made = await make_inbound(lk, name="old", metadata="m", numbers=["+15550100", "+15550101"])
    updated = await lk.sip.update_inbound_trunk_fields(
        made.sip_trunk_id,
        name="new",
        numbers=models.ListUpdate(add=["+15550102"], remove=["+15550100"]),
        allowed_addresses=["127.0.0.1"],
        auth_username="user",
        auth_password="password",
    )
    assert (updated.name, updated.metadata) == ("new", "m")
    assert list(updated.numbers) == ["+15550101", "+15550102"]
    assert list(updated.allowed_addresses) == ["127.0.0.1"]
    assert updated.auth_password == "password"


async def test_a_trunk_may_keep_its_own_number_in_an_update(lk: api.LiveKitAPI) -> None:
    made = await make_inbound(lk)
    again = await lk.sip.update_inbound_trunk_fields(made.sip_trunk_id, numbers=["+15550100"])
    assert list(again.numbers) == ["+15550100"]


async def test_an_update_cannot_take_another_trunks_number(lk: api.LiveKitAPI) -> None:
    await make_inbound(lk)
    other = await make_inbound(lk, numbers=["+15550101"])
    with pytest.raises(api.TwirpError, match="Conflicting"):
        await lk.sip.update_inbound_trunk_fields(other.sip_trunk_id, numbers=["+15550100"])
    listed = await lk.sip.list_inbound_trunk(
        sip.ListSIPInboundTrunkRequest(trunk_ids=[other.sip_trunk_id])
    )
    assert list(listed.items[0].numbers) == ["+15550101"]


async def test_trunks_are_listed_by_id_in_that_order_and_by_number(lk: api.LiveKitAPI) -> None:
    first = await make_inbound(lk)
    second = await make_inbound(lk, numbers=["+15550101"])
    listed = await lk.sip.list_inbound_trunk(
        sip.ListSIPInboundTrunkRequest(trunk_ids=[second.sip_trunk_id, "ST_x", first.sip_trunk_id])
    )
    assert [item.sip_trunk_id for item in listed.items] == [
        second.sip_trunk_id,
        "",
        first.sip_trunk_id,
    ]
    by_number = await lk.sip.list_inbound_trunk(
        sip.ListSIPInboundTrunkRequest(numbers=["1-555-0101"])
    )
    assert list(by_number.items) == [second]


async def test_an_outbound_trunk_is_made_changed_listed_and_deleted(lk: api.LiveKitAPI) -> None:
    made = await make_outbound(lk, auth_username="u", auth_password="p")
    changed = await lk.sip.update_outbound_trunk_fields(
        made.sip_trunk_id, address="127.0.0.2", numbers=["+1999"]
    )
    assert (changed.address, list(changed.numbers)) == ("127.0.0.2", ["+1999"])
    replaced = await lk.sip.update_outbound_trunk(
        made.sip_trunk_id, sip.SIPOutboundTrunkInfo(address="127.0.0.3", numbers=["+1998"])
    )
    assert replaced.auth_username == ""
    listed = await lk.sip.list_outbound_trunk(sip.ListSIPOutboundTrunkRequest())
    assert list(listed.items) == [replaced]
    await lk.sip.delete_trunk(sip.DeleteSIPTrunkRequest(sip_trunk_id=made.sip_trunk_id))
    assert not (await lk.sip.list_outbound_trunk(sip.ListSIPOutboundTrunkRequest())).items


@pytest.mark.parametrize(
    "fields",
    [
        {"numbers": []},
        {"address": ""},
        {"address": "sip:carrier.example"},
        {"address": "carrier.example;transport=tcp"},
        {"headers": {"X-Evil": "a\r\nVia: b"}},
        {"headers": {"Via": "me"}},
        {"headers": {"X Space": "a"}},
    ],
)
async def test_an_outbound_trunk_that_cannot_work_is_refused(
    lk: api.LiveKitAPI, fields: dict[str, Any]
) -> None:
    with pytest.raises(api.TwirpError) as refused:
        await make_outbound(lk, **fields)
    assert refused.value.code == "invalid_argument"


async def test_a_rule_is_made_in_both_forms_of_the_request(lk: api.LiveKitAPI) -> None:
    config = api.RoomConfiguration(agents=[api.RoomAgentDispatch(agent_name="receptionist")])
    whole = await make_rule(lk, trunk_ids=["ST_1"], room_config=config)
    loose = await lk.sip.create_dispatch_rule(
        sip.CreateSIPDispatchRuleRequest(
            rule=individual(), trunk_ids=["ST_2"], name="n", room_config=config
        )
    )
    assert whole.sip_dispatch_rule_id.startswith("SDR_")
    assert loose.room_config.agents[0].agent_name == "receptionist"
    listed = await lk.sip.list_dispatch_rule(sip.ListSIPDispatchRuleRequest())
    assert list(listed.items) == [whole, loose]
    one = await lk.sip.list_dispatch_rule(sip.ListSIPDispatchRuleRequest(trunk_ids=["ST_2"]))
    assert list(one.items) == [loose]


async def test_twin_rules_are_refused(lk: api.LiveKitAPI) -> None:
    await make_rule(lk, trunk_ids=["ST_1", "ST_2"])
    with pytest.raises(api.TwirpError, match="same trunk") as refused:
        await make_rule(lk, trunk_ids=["ST_2", "ST_3"], rule=individual("other"))
    assert refused.value.code == "invalid_argument"
    await make_rule(lk, trunk_ids=["ST_2"], inbound_numbers=["+4930100"])
    await make_rule(lk, trunk_ids=["ST_2"], numbers=["+15550100"])


async def test_a_rule_with_a_pin_is_not_pretended(lk: api.LiveKitAPI) -> None:
    with pytest.raises(api.TwirpError, match="PIN") as refused:
        await make_rule(lk, trunk_ids=["ST_1"], rule=individual(pin="1234"))
    assert (refused.value.code, refused.value.status) == ("unimplemented", 501)


async def test_a_rule_changes_field_by_field_and_as_a_whole(lk: api.LiveKitAPI) -> None:
    made = await make_rule(lk, trunk_ids=["ST_1"], attributes={"a": "1", "b": "2"})
    updated = await lk.sip.update_dispatch_rule_fields(
        made.sip_dispatch_rule_id,
        trunk_ids=["ST_2"],
        rule=individual("new"),
        metadata="m",
        attributes={"a": "", "c": "3"},
    )
    assert list(updated.trunk_ids) == ["ST_2"]
    assert updated.rule.dispatch_rule_individual.room_prefix == "new"
    assert dict(updated.attributes) == {"b": "2", "c": "3"}
    replaced = await lk.sip.update_dispatch_rule(
        made.sip_dispatch_rule_id, sip.SIPDispatchRuleInfo(rule=individual(), trunk_ids=["ST_3"])
    )
    assert (replaced.sip_dispatch_rule_id, replaced.metadata) == (made.sip_dispatch_rule_id, "")
    gone = await lk.sip.delete_dispatch_rule(
        sip.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=made.sip_dispatch_rule_id)
    )
    assert gone == replaced
    with pytest.raises(api.TwirpError) as missing:
        await lk.sip.delete_dispatch_rule(
            sip.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=made.sip_dispatch_rule_id)
        )
    assert (missing.value.code, missing.value.status) == ("not_found", 404)


async def test_what_is_not_there_cannot_be_changed(lk: api.LiveKitAPI) -> None:
    for update in (
        lk.sip.update_inbound_trunk_fields("ST_none", name="n"),
        lk.sip.update_outbound_trunk_fields("ST_none", name="n"),
        lk.sip.update_dispatch_rule_fields("SDR_none", name="n"),
    ):
        with pytest.raises(api.TwirpError) as missing:
            await update
        assert missing.value.code == "not_found"


async def test_a_transfer_says_that_it_is_not_implemented(lk: api.LiveKitAPI) -> None:
    with pytest.raises(api.TwirpError, match="REFER") as refused:
        await lk.sip.transfer_sip_participant(
            sip.TransferSIPParticipantRequest(
                room_name="r", participant_identity="p", transfer_to="tel:+1"
            )
        )
    assert refused.value.code == "unimplemented"


async def test_a_restart_keeps_ids_and_passwords_in_a_file_of_its_owner_alone(
    connect: Client, tmp_path: Path
) -> None:
    path = tmp_path / "deep" / "state.json"
    before = await connect(Store(path))
    trunk = await make_inbound(before, auth_username="u", auth_password="p")
    outbound = await make_outbound(before)
    rule = await make_rule(before, trunk_ids=[trunk.sip_trunk_id])
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["state.json"]
    store = Store(path)
    after = await connect(store)
    listed = await after.sip.list_inbound_trunk(sip.ListSIPInboundTrunkRequest())
    assert list(listed.items) == [trunk]
    assert (store.outbound_trunks(), store.rules()) == ([outbound], [rule])


def test_a_state_file_that_cannot_be_read_stops_the_start_without_being_quoted(
    tmp_path: Path,
) -> None:
    path = tmp_path / "state.json"
    path.write_text('{"version": 1, "inbound_trunks": [{"auth_password": "hush" ')
    with pytest.raises(StateError) as stopped:
        Store(path)
    assert "hush" not in str(stopped.value)


async def test_no_password_is_logged_or_shown(
    connect: Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", logger="sipbridge")
    store = Store()
    await make_inbound(await connect(store), auth_username="u", auth_password="hush-hush")
    assert caplog.records
    assert "hush" not in caplog.text + repr(store)


def token(grants: api.SIPGrants | None, *, key: str = KEY, secret: str = SECRET) -> str:
    made = api.AccessToken(key, secret).with_identity("someone")
    return (made.with_sip_grants(grants) if grants else made).to_jwt()


@pytest.mark.parametrize(
    ("authorization", "status", "code"),
    [
        (None, 401, "unauthenticated"),
        ("Bearer nonsense", 401, "unauthenticated"),
        ("Basic " + token(api.SIPGrants(admin=True)), 401, "unauthenticated"),
        ("Bearer " + token(api.SIPGrants(admin=True), secret=SECRET[::-1]), 401, "unauthenticated"),
        ("Bearer " + token(api.SIPGrants(admin=True), key="other"), 401, "unauthenticated"),
        ("Bearer " + token(None), 403, "permission_denied"),
        ("Bearer " + token(api.SIPGrants(call=True)), 403, "permission_denied"),
        ("Bearer " + token(api.SIPGrants(admin=True)), 200, None),
    ],
)
async def test_only_a_token_with_the_grant_opens_the_api(
    serve: Callable[[Store], Awaitable[str]],
    authorization: str | None,
    status: int,
    code: str | None,
) -> None:
    url = await serve(Store())
    headers = {"Authorization": authorization} if authorization else {}
    async with (
        aiohttp.ClientSession() as client,
        client.post(
            url + "/twirp/livekit.SIP/ListSIPInboundTrunk", json={}, headers=headers
        ) as answer,
    ):
        assert answer.status == status
        assert (await answer.json()).get("code") == code


async def test_the_api_speaks_json_too(serve: Callable[[Store], Awaitable[str]]) -> None:
    url = await serve(Store())
    headers = {"Authorization": "Bearer " + token(api.SIPGrants(admin=True))}
    async with aiohttp.ClientSession(headers=headers) as client:
        trunk = {"trunk": {"name": "n", "numbers": ["+15550100"]}}
        async with client.post(
            url + "/twirp/livekit.SIP/CreateSIPInboundTrunk", json=trunk
        ) as answer:
            made = await answer.json()
        async with client.post(
            url + "/twirp/livekit.SIP/GetSIPInboundTrunk",
            json={"sip_trunk_id": made["sip_trunk_id"]},
        ) as answer:
            assert (await answer.json())["trunk"]["numbers"] == ["+15550100"]
        async with client.post(url + "/twirp/livekit.SIP/NoSuch", json={}) as answer:
            assert (answer.status, (await answer.json())["code"]) == (404, "bad_route")
        async with client.post(
            url + "/twirp/livekit.SIP/GetSIPInboundTrunk",
            data=b"\xff\xff",
            headers={"Content-Type": "application/protobuf"},
        ) as answer:
            assert (answer.status, (await answer.json())["code"]) == (400, "malformed")
