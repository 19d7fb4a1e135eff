"""Which rule takes this call? From what LiveKit holds now and what the admin says now.

Trunk and rule are found as livekit-sip finds them (protocol/sip), of everybody's, ours or not; then
the product's own questions are asked. Nothing is dialled, nothing is written.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils import timezone
from livekit.protocol.sip import SIPDispatchRuleInfo, SIPInboundTrunkInfo

from telephony import livekit_client
from telephony.models import Call, CallPolicy, PhoneNumber, SipTrunk
from telephony.services.calls import called_line
from telephony.services.limits import refusal

_NUMBER = re.compile(r"^\+?[\d \-()]+\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One question on the way of a call, answered in words."""

    ok: bool
    question: str
    answer: str


@dataclass(slots=True)
class Route:
    steps: list[Step] = field(default_factory=list)

    @property
    def taken(self) -> bool:
        return all(step.ok for step in self.steps)

    def add(self, question: str, answer: str, *, ok: bool) -> bool:
        self.steps.append(Step(ok=ok, question=question, answer=answer))
        return ok


def find_route(*, caller: str, called: str, source: str) -> Route:
    """The way of a call from ``caller`` to ``called`` whose INVITE comes from the IP ``source``.

    Raises LiveKitError when LiveKit cannot say what it holds.
    """
    trunks = livekit_client.list_inbound_trunks()
    rules = livekit_client.list_dispatch_rules()
    route = Route()
    trunk = _trunk(route, trunks, caller, called, source)
    if trunk is None:
        return route
    if not _rule(route, rules, trunk, caller, called):
        return route
    _product(route, trunk.sip_trunk_id, caller, called)
    return route


def _trunk(
    route: Route, trunks: Sequence[SIPInboundTrunkInfo], caller: str, called: str, source: str
) -> SIPInboundTrunkInfo | None:
    found, why_not = _matching(trunks, caller, called, source)
    question = "Which trunk?"
    if len(found) > 1:
        names = ", ".join(t.name or t.sip_trunk_id for t in found)
        route.add(question, f"More than one fits, so none takes it: {names}.", ok=False)
        return None
    if not found:
        answer = " ".join(why_not) or "No trunk lists the called number."
        route.add(question, f"{answer} The call is refused before a room is made.", ok=False)
        return None
    (trunk,) = found
    ours = SipTrunk.objects.filter(livekit_trunk_id=trunk.sip_trunk_id).first()
    whose = "" if ours else " It is not ours: the call goes elsewhere."
    guard = " The caller must log in with its password." if trunk.auth_username else ""
    answer = f"{trunk.name} ({trunk.sip_trunk_id}).{guard}{whose}"
    return trunk if route.add(question, answer, ok=ours is not None) else None


def _matching(
    trunks: Sequence[SIPInboundTrunkInfo], caller: str, called: str, source: str
) -> tuple[list[SIPInboundTrunkInfo], list[str]]:
    """A trunk that lists the number wins over one that takes every number."""
    specific: list[SIPInboundTrunkInfo] = []
    catch_all: list[SIPInboundTrunkInfo] = []
    why_not = []
    for trunk in trunks:
        lists_it = _among(called, trunk.numbers)
        if trunk.numbers and not lists_it:
            continue
        name = trunk.name or trunk.sip_trunk_id
        if trunk.allowed_numbers and not _among(caller, trunk.allowed_numbers):
            why_not.append(f"{name} does not allow this caller.")
        elif trunk.allowed_addresses and not _inside(source, trunk.allowed_addresses):
            why_not.append(f"{name} does not allow the address {source}.")
        else:
            (specific if lists_it else catch_all).append(trunk)
    return specific or catch_all, why_not


def _rule(
    route: Route,
    rules: Sequence[SIPDispatchRuleInfo],
    trunk: SIPInboundTrunkInfo,
    caller: str,
    called: str,
) -> bool:
    fitting = [
        rule
        for rule in rules
        if (not rule.trunk_ids or trunk.sip_trunk_id in rule.trunk_ids)
        and (not rule.inbound_numbers or _among(caller, rule.inbound_numbers))
        and (not rule.numbers or _among(called, rule.numbers))
    ]
    question = "Which dispatch rule?"
    if not fitting:
        return route.add(
            question, "None is bound to the trunk: synchronise it with LiveKit.", ok=False
        )
    rule = min(fitting, key=_priority)
    ours = SipTrunk.objects.filter(livekit_rule_id=rule.sip_dispatch_rule_id).exists()
    agents = ", ".join(agent.agent_name for agent in rule.room_config.agents) or "nobody"
    whose = "" if ours else " It is not ours: delete it, or our agents never hear of the call."
    return route.add(
        question,
        f"{rule.name} ({rule.sip_dispatch_rule_id}), which calls {agents}.{whose}",
        ok=ours,
    )


def _priority(rule: SIPDispatchRuleInfo) -> tuple[bool, int, str]:
    """Bound rules before those for any trunk; then those for some callers or numbers only."""
    open_ends = (not rule.inbound_numbers) + (not rule.numbers)
    return not rule.trunk_ids, open_ends, rule.sip_dispatch_rule_id


def _product(route: Route, livekit_trunk_id: str, caller: str, called: str) -> None:
    trunk, number = called_line(livekit_trunk_id=livekit_trunk_id, called_number=called)
    if trunk is None or number is None:
        answer = "No phone number of this trunk fits: the call is refused as unknown number."
        route.add("Which number?", answer, ok=False)
        return
    answer = str(number) if number.active else f"{number} is switched off."
    if not route.add("Which number?", answer, ok=number.active):
        return
    if not _persona(route, number):
        return
    call = Call(trunk=trunk, phone_number=number, caller_number=trunk.normalise(caller))
    over = refusal(call=call, policy=CallPolicy.current(), at=timezone.now())
    answer = "None is reached now." if over is None else f"{over.detail} ({over.reason.value})"
    route.add("Which limit?", answer, ok=over is None)


def _persona(route: Route, number: PhoneNumber) -> bool:
    persona = number.persona
    if persona is None:
        return route.add("Which persona?", "The number has none.", ok=False)
    version = persona.published_version
    if version is None:
        return route.add("Which persona?", f"{persona} is not published.", ok=False)
    return route.add("Which persona?", str(version), ok=True)


def _among(number: str, listed: Iterable[str]) -> bool:
    return _comparable(number) in {_comparable(one) for one in listed}


def _comparable(number: str) -> str:
    """As LiveKit compares: separators and a leading plus do not count."""
    text = number.strip()
    return "+" + re.sub(r"\D", "", text) if _NUMBER.match(text) else text


def _inside(source: str, networks: Iterable[str]) -> bool:
    try:
        address = ipaddress.ip_address(source)
        return any(address in ipaddress.ip_network(network, strict=False) for network in networks)
    except ValueError:
        return False
