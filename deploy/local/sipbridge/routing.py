"""Who takes this call: from what an INVITE says to a trunk, a dispatch rule and a place in a room.

Pure functions over what the API stores. The order is livekit-server's (protocol/sip), with one
difference on purpose: a rule without trunk_ids takes no call here. With livekit-sip it takes every
call to any number from anywhere.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Iterable, Mapping

from livekit.protocol import sip
from livekit.protocol.room import RoomConfiguration

from .numbers import address_matches, matches
from .validation import pin_of


@dataclasses.dataclass(frozen=True)
class Arrival:
    """What routing looks at. Users and hosts are as the headers say: a stranger's words."""

    from_user: str
    from_host: str
    to_user: str
    source_ip: str


@dataclasses.dataclass(frozen=True)
class Place:
    """Where an accepted call goes: the room, and what its participant is called there."""

    room: str
    identity: str
    name: str
    metadata: str
    attributes: dict[str, str]
    room_preset: str
    room_config: RoomConfiguration | None


class NoRouteError(Exception):
    """No trunk, or no rule of the trunk, takes the call. The text names no number."""


def find_trunk(
    trunks: Iterable[sip.SIPInboundTrunkInfo], arrival: Arrival
) -> sip.SIPInboundTrunkInfo:
    """The trunk that owns the called number, else the one trunk that owns every number.

    Callers and source addresses that a trunk does not allow make it invisible. Raises
    NoRouteError, also when two trunks would do.
    """
    specific: list[sip.SIPInboundTrunkInfo] = []
    catch_all: list[sip.SIPInboundTrunkInfo] = []
    for trunk in trunks:
        if trunk.allowed_numbers and not matches(arrival.from_user, trunk.allowed_numbers):
            continue
        if trunk.allowed_addresses and not address_matches(
            arrival.source_ip, trunk.allowed_addresses
        ):
            continue
        if not trunk.numbers:
            catch_all.append(trunk)
        elif matches(arrival.to_user, trunk.numbers):
            specific.append(trunk)
    found = specific or catch_all
    if not found:
        raise NoRouteError("no trunk matches")
    if len(found) > 1:
        raise NoRouteError("more than one trunk matches")
    return found[0]


def find_rule(
    rules: Iterable[sip.SIPDispatchRuleInfo], trunk_id: str, arrival: Arrival
) -> sip.SIPDispatchRuleInfo:
    """The rule of this trunk that is most particular about the call. Raises NoRouteError."""
    candidates = [
        rule
        for rule in rules
        if trunk_id in rule.trunk_ids
        and not pin_of(rule)
        and (not rule.inbound_numbers or matches(arrival.from_user, rule.inbound_numbers))
        and (not rule.numbers or matches(arrival.to_user, rule.numbers))
    ]
    if not candidates:
        raise NoRouteError("no dispatch rule matches")
    return min(candidates, key=_priority)


def _priority(rule: sip.SIPDispatchRuleInfo) -> tuple[int, int, str]:
    """Sorts first: rules for some callers or numbers only; then direct, individual, callee."""
    kinds = ("dispatch_rule_direct", "dispatch_rule_individual", "dispatch_rule_callee")
    kind = rule.rule.WhichOneof("rule")
    rank = kinds.index(kind) if kind in kinds else len(kinds)
    open_ends = (not rule.inbound_numbers) + (not rule.numbers)
    return open_ends, rank, rule.sip_dispatch_rule_id


def place(
    rule: sip.SIPDispatchRuleInfo,
    trunk: sip.SIPInboundTrunkInfo,
    arrival: Arrival,
    *,
    call_id: str,
    extra_attributes: Mapping[str, str],
    random: Callable[[], str],
) -> Place:
    """The room and the participant of an accepted call. ``random`` gives the room's suffix.

    The rule's attributes yield to the caller's mapped headers, and both to what the SIP service
    itself knows: a header cannot pass for another number.
    """
    shown = arrival.from_user
    identity = f"sip_{arrival.from_user}"
    attributes = {**rule.attributes, **extra_attributes}
    if rule.hide_phone_number:
        digest = hashlib.sha256(arrival.from_user.encode()).digest()
        identity = f"sip_{digest[:8].hex()}"
        shown = shown[-4:] if len(shown) > 4 else shown[-1:]
    else:
        attributes["sip.phoneNumber"] = arrival.from_user
        attributes["sip.hostname"] = arrival.from_host
        attributes["sip.trunkPhoneNumber"] = arrival.to_user
    attributes["sip.callID"] = call_id
    attributes["sip.trunkID"] = trunk.sip_trunk_id
    attributes["sip.ruleID"] = rule.sip_dispatch_rule_id
    config = rule.room_config if rule.HasField("room_config") else None
    return Place(
        room=_room_name(rule.rule, shown, arrival.to_user, random),
        identity=identity,
        name=f"Phone {shown}",
        metadata=rule.metadata,
        attributes=attributes,
        room_preset=rule.room_preset,
        room_config=config,
    )


def _room_name(
    rule: sip.SIPDispatchRule, caller: str, called: str, random: Callable[[], str]
) -> str:
    kind = rule.WhichOneof("rule")
    if kind == "dispatch_rule_direct":
        return rule.dispatch_rule_direct.room_name
    if kind == "dispatch_rule_callee":
        callee = rule.dispatch_rule_callee
        parts = [callee.room_prefix, called, random() if callee.randomize else ""]
    else:
        individual = rule.dispatch_rule_individual
        suffix = "" if individual.no_randomness else random()
        parts = [individual.room_prefix, caller, suffix]
    return "_".join(part for part in parts if part)
