"""What others put into the same LiveKit that could take our calls, or anybody's.

It is never touched: it may be wanted. It is said loudly instead.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Sequence

from livekit.protocol.sip import SIPDispatchRuleInfo, SIPInboundTrunkInfo

from telephony.numbers import comparable
from telephony.validators import WIDEST_PREFIX


def foreign_findings(
    *,
    trunks: Sequence[SIPInboundTrunkInfo],
    rules: Sequence[SIPDispatchRuleInfo],
    our_trunk_ids: Collection[str],
    our_numbers: Collection[str],
) -> list[str]:
    """A sentence for each danger. ``trunks`` and ``rules`` are those that are not ours.

    ``our_numbers``: all that our trunks list in LiveKit, national forms included.
    """
    found = [text for rule in rules if (text := _of_rule(rule, our_trunk_ids))]
    ours = {comparable(number) for number in our_numbers}
    return found + [text for trunk in trunks if (text := _of_trunk(trunk, ours))]


def _of_rule(rule: SIPDispatchRuleInfo, our_trunk_ids: Collection[str]) -> str:
    who = f"Dispatch rule {rule.name!r} ({rule.sip_dispatch_rule_id}), which is not ours,"
    if not rule.trunk_ids:
        return (
            f"{who} is bound to no trunk: it takes any call, to any number, from anybody. Give it "
            "trunk_ids or delete it."
        )
    if taken := sorted(set(rule.trunk_ids) & set(our_trunk_ids)):
        return f"{who} is bound to our trunk {', '.join(taken)} and may take its calls. Delete it."
    return ""


def _of_trunk(trunk: SIPInboundTrunkInfo, ours: Collection[str]) -> str:
    who = f"Inbound trunk {trunk.name!r} ({trunk.sip_trunk_id}), which is not ours,"
    taken = sorted(n for n in trunk.numbers if comparable(n) in ours)
    if taken:
        return f"{who} lists our number {', '.join(taken)}: its calls may go there."
    if trunk.auth_username:
        return ""
    if not trunk.allowed_addresses:
        return f"{who} is open: it checks neither address nor password."
    if wide := [network for network in trunk.allowed_addresses if _is_wide(network)]:
        return f"{who} is open to (nearly) everybody: {', '.join(wide)}, and no password."
    return ""


def _is_wide(entry: str) -> bool:
    try:
        network = ipaddress.ip_network(entry, strict=False)
    except ValueError:
        return False  # a host name, or nothing that lets anybody in
    return network.prefixlen < WIDEST_PREFIX[network.version]
