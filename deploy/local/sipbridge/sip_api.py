"""LiveKit's SIP API on trunks and dispatch rules (service livekit.SIP, livekit_sip.proto)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from google.protobuf.message import Message
from livekit.protocol import sip

from .auth import Grant
from .rules import Rules
from .store import Store
from .trunks import Trunks
from .twirp import Method

M = TypeVar("M", bound=Message)


CreateParticipant = Callable[[sip.CreateSIPParticipantRequest], Awaitable[sip.SIPParticipantInfo]]
TransferParticipant = Callable[
    [sip.TransferSIPParticipantRequest], Awaitable[sip.TransferSIPParticipantResponse]
]


def sip_methods(
    store: Store, create_participant: CreateParticipant, transfer_participant: TransferParticipant
) -> dict[str, Method]:
    """The service's methods by name, over ``store`` and what places and transfers calls."""
    trunks = Trunks(store)
    rules = Rules(store)

    def admin(request: type[M], handle: Callable[[M], Message]) -> Method:
        async def run(message: Any) -> Message:
            return handle(message)

        return Method(request, Grant.ADMIN, run)

    async def create(message: Any) -> Message:
        return await create_participant(message)

    async def transfer(message: Any) -> Message:
        return await transfer_participant(message)

    return {
        "CreateSIPInboundTrunk": admin(sip.CreateSIPInboundTrunkRequest, trunks.create_inbound),
        "UpdateSIPInboundTrunk": admin(sip.UpdateSIPInboundTrunkRequest, trunks.update_inbound),
        "GetSIPInboundTrunk": admin(sip.GetSIPInboundTrunkRequest, trunks.get_inbound),
        "ListSIPInboundTrunk": admin(sip.ListSIPInboundTrunkRequest, trunks.list_inbound),
        "CreateSIPOutboundTrunk": admin(sip.CreateSIPOutboundTrunkRequest, trunks.create_outbound),
        "UpdateSIPOutboundTrunk": admin(sip.UpdateSIPOutboundTrunkRequest, trunks.update_outbound),
        "GetSIPOutboundTrunk": admin(sip.GetSIPOutboundTrunkRequest, trunks.get_outbound),
        "ListSIPOutboundTrunk": admin(sip.ListSIPOutboundTrunkRequest, trunks.list_outbound),
        "DeleteSIPTrunk": admin(sip.DeleteSIPTrunkRequest, trunks.delete),
        "CreateSIPDispatchRule": admin(sip.CreateSIPDispatchRuleRequest, rules.create),
        "UpdateSIPDispatchRule": admin(sip.UpdateSIPDispatchRuleRequest, rules.update),
        "ListSIPDispatchRule": admin(sip.ListSIPDispatchRuleRequest, rules.list),
        "DeleteSIPDispatchRule": admin(sip.DeleteSIPDispatchRuleRequest, rules.delete),
        "CreateSIPParticipant": Method(sip.CreateSIPParticipantRequest, Grant.CALL, create),
        "TransferSIPParticipant": Method(sip.TransferSIPParticipantRequest, Grant.CALL, transfer),
    }
