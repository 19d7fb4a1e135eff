"""The SIP API, asked by livekit-api: trunks and dispatch rules."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from livekit import api
from livekit.protocol import models, sip

from deploy.local.sipbridge.store import Store

Client = Callable[[Store], Awaitable[api.LiveKitAPI]]


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
