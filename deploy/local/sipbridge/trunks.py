"""Trunks of the SIP API: what each method does with the store."""

from __future__ import annotations

from livekit.protocol import sip

from . import ids, messages, validation
from .errors import TwirpError, invalid
from .store import Store

# Scalars a field update may carry; lists, rules and media are handled by name.
_INBOUND_SCALARS = ("auth_username", "auth_password", "auth_realm", "name", "metadata")
_OUTBOUND_SCALARS = (
    "address",
    "transport",
    "destination_country",
    "auth_username",
    "auth_password",
    "name",
    "metadata",
    "from_host",
)


class Trunks:
    """Every method raises TwirpError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create_inbound(self, request: sip.CreateSIPInboundTrunkRequest) -> sip.SIPInboundTrunkInfo:
        trunk = messages.required(request, "trunk", request.trunk)
        messages.no_id(trunk.sip_trunk_id, "trunk")
        validation.check_inbound_trunk(trunk)
        validation.check_trunk_conflicts([*self._store.inbound_trunks(), trunk])
        trunk.sip_trunk_id = ids.new_id(ids.TRUNK)
        trunk.created_at.GetCurrentTime()
        trunk.updated_at.CopyFrom(trunk.created_at)
        self._store.put_inbound(trunk)
        return trunk

    def update_inbound(self, request: sip.UpdateSIPInboundTrunkRequest) -> sip.SIPInboundTrunkInfo:
        trunk = self._inbound(request.sip_trunk_id)
        action = request.WhichOneof("action")
        if action == "replace":
            trunk = messages.replaced(trunk, request.replace, "sip_trunk_id")
        elif action == "update":
            update = request.update
            for field in ("numbers", "allowed_addresses", "allowed_numbers"):
                messages.update_list(trunk, update, field)
            messages.update_scalars(trunk, update, _INBOUND_SCALARS)
            messages.update_media(trunk, update)
        else:
            raise invalid("missing or unsupported update action")
        validation.check_inbound_trunk(trunk)
        validation.check_trunk_conflicts(
            trunk if other.sip_trunk_id == trunk.sip_trunk_id else other
            for other in self._store.inbound_trunks()
        )
        trunk.updated_at.GetCurrentTime()
        self._store.put_inbound(trunk)
        return trunk

    def get_inbound(self, request: sip.GetSIPInboundTrunkRequest) -> sip.GetSIPInboundTrunkResponse:
        return sip.GetSIPInboundTrunkResponse(trunk=self._inbound(request.sip_trunk_id))

    def list_inbound(
        self, request: sip.ListSIPInboundTrunkRequest
    ) -> sip.ListSIPInboundTrunkResponse:
        trunks = [
            trunk
            for trunk in self._store.inbound_trunks()
            if messages.serves(trunk.numbers, request.numbers)
        ]
        items = messages.by_ids(trunks, request.trunk_ids, "sip_trunk_id", sip.SIPInboundTrunkInfo)
        return sip.ListSIPInboundTrunkResponse(
            items=messages.page(items, request.page, "sip_trunk_id")
        )

    def create_outbound(
        self, request: sip.CreateSIPOutboundTrunkRequest
    ) -> sip.SIPOutboundTrunkInfo:
        trunk = messages.required(request, "trunk", request.trunk)
        messages.no_id(trunk.sip_trunk_id, "trunk")
        validation.check_outbound_trunk(trunk)
        trunk.sip_trunk_id = ids.new_id(ids.TRUNK)
        trunk.created_at.GetCurrentTime()
        trunk.updated_at.CopyFrom(trunk.created_at)
        self._store.put_outbound(trunk)
        return trunk

    def update_outbound(
        self, request: sip.UpdateSIPOutboundTrunkRequest
    ) -> sip.SIPOutboundTrunkInfo:
        trunk = self._outbound(request.sip_trunk_id)
        action = request.WhichOneof("action")
        if action == "replace":
            trunk = messages.replaced(trunk, request.replace, "sip_trunk_id")
        elif action == "update":
            messages.update_list(trunk, request.update, "numbers")
            messages.update_scalars(trunk, request.update, _OUTBOUND_SCALARS)
            messages.update_media(trunk, request.update)
        else:
            raise invalid("missing or unsupported update action")
        validation.check_outbound_trunk(trunk)
        trunk.updated_at.GetCurrentTime()
        self._store.put_outbound(trunk)
        return trunk

    def get_outbound(
        self, request: sip.GetSIPOutboundTrunkRequest
    ) -> sip.GetSIPOutboundTrunkResponse:
        return sip.GetSIPOutboundTrunkResponse(trunk=self._outbound(request.sip_trunk_id))

    def list_outbound(
        self, request: sip.ListSIPOutboundTrunkRequest
    ) -> sip.ListSIPOutboundTrunkResponse:
        trunks = [
            trunk
            for trunk in self._store.outbound_trunks()
            if messages.serves(trunk.numbers, request.numbers)
        ]
        items = messages.by_ids(trunks, request.trunk_ids, "sip_trunk_id", sip.SIPOutboundTrunkInfo)
        return sip.ListSIPOutboundTrunkResponse(
            items=messages.page(items, request.page, "sip_trunk_id")
        )

    def delete(self, request: sip.DeleteSIPTrunkRequest) -> sip.SIPTrunkInfo:
        if not request.sip_trunk_id:
            raise invalid("trunk ID is required")
        # Deleting what is not there succeeds, as in livekit-server: the answer is the same.
        self._store.delete_trunk(request.sip_trunk_id)
        return sip.SIPTrunkInfo(sip_trunk_id=request.sip_trunk_id)

    def _inbound(self, trunk_id: str) -> sip.SIPInboundTrunkInfo:
        if not trunk_id:
            raise invalid("trunk ID is required")
        trunk = self._store.inbound_trunk(trunk_id)
        if trunk is None:
            raise TwirpError("not_found", "requested sip trunk does not exist")
        return trunk

    def _outbound(self, trunk_id: str) -> sip.SIPOutboundTrunkInfo:
        if not trunk_id:
            raise invalid("trunk ID is required")
        trunk = self._store.outbound_trunk(trunk_id)
        if trunk is None:
            raise TwirpError("not_found", "requested sip trunk does not exist")
        return trunk
