"""What LiveKit should hold for a trunk, as its own messages."""

from __future__ import annotations

import json

from django.conf import settings
from django.utils.crypto import salted_hmac
from livekit.protocol.agent_dispatch import RoomAgentDispatch
from livekit.protocol.room import RoomConfiguration
from livekit.protocol.sip import (
    SIPDispatchRule,
    SIPDispatchRuleIndividual,
    SIPDispatchRuleInfo,
    SIPInboundTrunkInfo,
    SIPOutboundTrunkInfo,
)

from telephony.models import SipTrunk

MANAGED_BY = "contactcenter"
ROOM_PREFIX = "call"
# A room that nobody joined, and one that everybody left, end after this long.
EMPTY_TIMEOUT_S = 30
DEPARTURE_TIMEOUT_S = 10


def inbound_trunk_info(trunk: SipTrunk, site: str) -> SIPInboundTrunkInfo:
    return SIPInboundTrunkInfo(
        name=trunk.name,
        metadata=_metadata(trunk, site),
        numbers=sorted(trunk.listed_numbers),
        allowed_addresses=trunk.address_list,
        auth_username=trunk.auth_username,
        auth_password=trunk.auth_password,
    )


def outbound_trunk_info(trunk: SipTrunk, site: str) -> SIPOutboundTrunkInfo:
    return SIPOutboundTrunkInfo(
        name=trunk.name,
        metadata=_metadata(trunk, site),
        address=trunk.outbound_host,
        transport=f"SIP_TRANSPORT_{trunk.transport.upper()}",
        numbers=trunk.carrier_number_list,
        auth_username=trunk.auth_username,
        auth_password=trunk.auth_password,
    )


def dispatch_rule_info(trunk: SipTrunk, livekit_trunk_id: str, site: str) -> SIPDispatchRuleInfo:
    agent = RoomAgentDispatch(
        agent_name=settings.AGENT_NAME, metadata=json.dumps({"trunk": livekit_trunk_id})
    )
    return SIPDispatchRuleInfo(
        name=trunk.name,
        metadata=json.dumps(_mark(trunk, site)),
        rule=SIPDispatchRule(
            dispatch_rule_individual=SIPDispatchRuleIndividual(room_prefix=ROOM_PREFIX)
        ),
        trunk_ids=[livekit_trunk_id],
        room_config=RoomConfiguration(
            empty_timeout=EMPTY_TIMEOUT_S, departure_timeout=DEPARTURE_TIMEOUT_S, agents=[agent]
        ),
    )


def _mark(trunk: SipTrunk, site: str) -> dict[str, object]:
    """``site`` is this installation's: others may use the same LiveKit."""
    return {"managed_by": MANAGED_BY, "site": site, "trunk": trunk.pk}


def _metadata(trunk: SipTrunk, site: str) -> str:
    """Marks the trunk as ours; lists may hide passwords, so a digest tells a change."""
    content = _mark(trunk, site)
    if trunk.auth_password:
        digest = salted_hmac("telephony.trunk.password", trunk.auth_password, algorithm="sha256")
        content["password"] = digest.hexdigest()[:16]
    return json.dumps(content)
