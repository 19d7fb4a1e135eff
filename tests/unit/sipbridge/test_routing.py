"""Who takes a call: pure functions over trunks and rules."""

from __future__ import annotations

from typing import Any

import pytest
from livekit.protocol import sip

from deploy.local.sipbridge import routing
from deploy.local.sipbridge.routing import Arrival, NoRouteError


def trunk(trunk_id: str = "ST_1", **fields: Any) -> sip.SIPInboundTrunkInfo:
    return sip.SIPInboundTrunkInfo(sip_trunk_id=trunk_id, **fields)


def individual(rule_id: str = "SDR_1", prefix: str = "call", **fields: Any) -> Any:
    fields.setdefault("trunk_ids", ["ST_1"])
    return sip.SIPDispatchRuleInfo(
        sip_dispatch_rule_id=rule_id,
        rule=sip.SIPDispatchRule(
            dispatch_rule_individual=sip.SIPDispatchRuleIndividual(room_prefix=prefix)
        ),
        **fields,
    )


def direct(rule_id: str, room: str, **fields: Any) -> Any:
    return sip.SIPDispatchRuleInfo(
        sip_dispatch_rule_id=rule_id,
        rule=sip.SIPDispatchRule(dispatch_rule_direct=sip.SIPDispatchRuleDirect(room_name=room)),
        trunk_ids=["ST_1"],
        **fields,
    )


def arrival(
    from_user: str = "+4930100", to_user: str = "+15550100", source_ip: str = "127.0.0.1"
) -> Arrival:
    return Arrival(
        from_user=from_user, from_host="carrier.example", to_user=to_user, source_ip=source_ip
    )


def place(rule: Any, call: Arrival, **fields: Any) -> routing.Place:
    fields.setdefault("extra_attributes", {})
    return routing.place(rule, trunk(), call, call_id="SCL_1", random=lambda: "rnd", **fields)


@pytest.mark.parametrize("written", ["+15550100", "15550100", "+1 (555) 01-00", "1 555 0100"])
def test_a_number_is_known_however_it_is_written(written: str) -> None:
    assert routing.find_trunk([trunk(numbers=[written])], arrival()).sip_trunk_id == "ST_1"


def test_a_sip_user_that_is_no_number_must_match_exactly() -> None:
    trunks = [trunk(numbers=["support"])]
    assert routing.find_trunk(trunks, arrival(to_user="support")).sip_trunk_id == "ST_1"
    with pytest.raises(NoRouteError):
        routing.find_trunk(trunks, arrival(to_user="Support"))


def test_an_unknown_number_has_no_trunk() -> None:
    with pytest.raises(NoRouteError):
        routing.find_trunk([trunk(numbers=["+15550199"])], arrival())


def test_without_any_trunk_nothing_is_taken() -> None:
    with pytest.raises(NoRouteError):
        routing.find_trunk([], arrival())


def test_a_trunk_that_owns_the_number_comes_before_one_that_owns_all() -> None:
    trunks = [trunk("ST_all", allowed_addresses=["127.0.0.1"]), trunk("ST_1", numbers=["15550100"])]
    assert routing.find_trunk(trunks, arrival()).sip_trunk_id == "ST_1"
    assert routing.find_trunk(trunks, arrival(to_user="+1999")).sip_trunk_id == "ST_all"


def test_two_trunks_that_would_both_do_take_nothing() -> None:
    trunks = [trunk("ST_1", numbers=["+15550100"]), trunk("ST_2", numbers=["15550100"])]
    with pytest.raises(NoRouteError):
        routing.find_trunk(trunks, arrival())


@pytest.mark.parametrize(
    ("allowed", "source_ip", "taken"),
    [
        (["10.0.0.1"], "10.0.0.1", True),
        (["10.0.0.1"], "10.0.0.2", False),
        (["10.0.0.0/24"], "10.0.0.77", True),
        (["10.0.0.9/24"], "10.0.0.77", True),
        (["10.0.0.0/24"], "10.0.1.1", False),
        (["10.0.0.1", "192.168.0.0/16"], "192.168.4.4", True),
        (["2001:db8::/32"], "2001:db8::5", True),
        (["2001:db8::/32"], "10.0.0.1", False),
        (["0.0.0.0/0"], "203.0.113.9", True),
        ([], "203.0.113.9", True),
    ],
)
def test_only_allowed_sources_reach_a_trunk(
    allowed: list[str], source_ip: str, taken: bool
) -> None:
    trunks = [trunk(numbers=["+15550100"], allowed_addresses=allowed)]
    call = arrival(source_ip=source_ip)
    if taken:
        assert routing.find_trunk(trunks, call)
    else:
        with pytest.raises(NoRouteError):
            routing.find_trunk(trunks, call)


@pytest.mark.parametrize("entry", ["carrier.example", "not an address", "10.0.0", ""])
def test_an_unreadable_allowed_address_lets_nobody_in(entry: str) -> None:
    # carrier.example is what the From header claims: it must not count.
    with pytest.raises(NoRouteError):
        routing.find_trunk([trunk(numbers=["+15550100"], allowed_addresses=[entry])], arrival())


def test_only_allowed_callers_reach_a_trunk() -> None:
    trunks = [trunk(numbers=["+15550100"], allowed_numbers=["4930100"])]
    assert routing.find_trunk(trunks, arrival())
    with pytest.raises(NoRouteError):
        routing.find_trunk(trunks, arrival(from_user="+4930101"))


def test_trunks_for_different_callers_share_a_number() -> None:
    trunks = [
        trunk("ST_1", numbers=["+15550100"], allowed_numbers=["+4930100"]),
        trunk("ST_2", numbers=["+15550100"], allowed_numbers=["+4930101"]),
    ]
    assert routing.find_trunk(trunks, arrival(from_user="+4930101")).sip_trunk_id == "ST_2"


def test_a_rule_without_trunks_opens_no_door() -> None:
    with pytest.raises(NoRouteError):
        routing.find_rule([individual(trunk_ids=[])], "ST_1", arrival())


def test_a_rule_of_another_trunk_takes_nothing() -> None:
    with pytest.raises(NoRouteError):
        routing.find_rule([individual(trunk_ids=["ST_2"])], "ST_1", arrival())


def test_a_rule_with_a_pin_takes_nothing() -> None:
    rule = individual()
    rule.rule.dispatch_rule_individual.pin = "1234"
    with pytest.raises(NoRouteError):
        routing.find_rule([rule], "ST_1", arrival())


def test_the_most_particular_rule_wins_whatever_the_order() -> None:
    rules = [
        individual("SDR_open"),
        individual("SDR_called", numbers=["+15550100"]),
        individual("SDR_both", numbers=["+15550100"], inbound_numbers=["+4930100"]),
    ]
    for order in (rules, rules[::-1]):
        assert routing.find_rule(order, "ST_1", arrival()).sip_dispatch_rule_id == "SDR_both"
    other = routing.find_rule(rules, "ST_1", arrival(to_user="+1999"))
    assert other.sip_dispatch_rule_id == "SDR_open"


def test_a_direct_rule_comes_before_an_individual_one() -> None:
    rules = [individual("SDR_a"), direct("SDR_b", "lobby")]
    assert routing.find_rule(rules, "ST_1", arrival()).sip_dispatch_rule_id == "SDR_b"


def test_each_caller_gets_a_room_of_the_prefix_the_number_and_something_random() -> None:
    where = place(individual(), arrival())
    assert (where.room, where.identity, where.name) == (
        "call_+4930100_rnd",
        "sip_+4930100",
        "Phone +4930100",
    )
    assert where.attributes == {
        "sip.phoneNumber": "+4930100",
        "sip.hostname": "carrier.example",
        "sip.trunkPhoneNumber": "+15550100",
        "sip.callID": "SCL_1",
        "sip.trunkID": "ST_1",
        "sip.ruleID": "SDR_1",
    }


def test_a_direct_rule_names_the_room() -> None:
    assert place(direct("SDR_1", "lobby"), arrival()).room == "lobby"


def test_a_callee_rule_makes_a_room_of_the_called_number() -> None:
    rule = individual()
    rule.rule.dispatch_rule_callee.room_prefix = "line"
    assert place(rule, arrival()).room == "line_+15550100"
    rule.rule.dispatch_rule_callee.randomize = True
    assert place(rule, arrival()).room == "line_+15550100_rnd"


def test_a_hidden_number_stands_nowhere() -> None:
    where = place(individual(hide_phone_number=True), arrival())
    assert "+4930100" not in repr(where)
    assert where.room == "call_0100_rnd"
    assert where.identity.startswith("sip_")
    assert "sip.phoneNumber" not in where.attributes


def test_the_rule_gives_attributes_metadata_and_the_room_configuration() -> None:
    rule = individual(metadata="m", attributes={"team": "sales"}, room_preset="p")
    rule.room_config.agents.add(agent_name="receptionist")
    where = place(rule, arrival())
    assert (where.metadata, where.attributes["team"], where.room_preset) == ("m", "sales", "p")
    assert where.room_config is not None
    assert where.room_config.agents[0].agent_name == "receptionist"


def test_a_callers_headers_cannot_pass_for_what_the_service_knows() -> None:
    forged = {"sip.phoneNumber": "+1911", "sip.trunkID": "ST_other", "x": "kept"}
    where = place(
        individual(attributes={"sip.ruleID": "SDR_other"}), arrival(), extra_attributes=forged
    )
    assert where.attributes["sip.phoneNumber"] == "+4930100"
    assert where.attributes["sip.trunkID"] == "ST_1"
    assert where.attributes["sip.ruleID"] == "SDR_1"
    assert where.attributes["x"] == "kept"
