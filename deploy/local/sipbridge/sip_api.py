"""LiveKit's SIP API on trunks and dispatch rules (service livekit.SIP, livekit_sip.proto)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from google.protobuf.message import Message
from livekit.protocol import models, sip

from . import ids, validation
from .auth import Grant
from .errors import TwirpError, invalid
from .numbers import matches
from .store import Store
from .twirp import Method

T = TypeVar("T", sip.SIPInboundTrunkInfo, sip.SIPOutboundTrunkInfo, sip.SIPDispatchRuleInfo)
M = TypeVar("M", bound=Message)

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
_RULE_SCALARS = ("name", "metadata")

CreateParticipant = Callable[[sip.CreateSIPParticipantRequest], Awaitable[sip.SIPParticipantInfo]]


def sip_methods(store: Store, create_participant: CreateParticipant) -> dict[str, Method]:
    """The service's methods by name, over ``store``; calls are placed by ``create_participant``."""
    trunks = _Trunks(store)
    rules = _Rules(store)

    def admin(request: type[M], handle: Callable[[M], Message]) -> Method:
        async def run(message: Any) -> Message:
            return handle(message)

        return Method(request, Grant.ADMIN, run)

    async def create(message: Any) -> Message:
        return await create_participant(message)

    async def transfer(message: Any) -> Message:
        raise TwirpError(
            "unimplemented",
            "sipbridge, the stand-in for livekit-sip, does not transfer by REFER yet",
        )

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


class _Trunks:
    def __init__(self, store: Store) -> None:
        self._store = store

    def create_inbound(self, request: sip.CreateSIPInboundTrunkRequest) -> sip.SIPInboundTrunkInfo:
        trunk = _required(request, "trunk", request.trunk)
        _no_id(trunk.sip_trunk_id, "trunk")
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
            trunk = _replaced(trunk, request.replace, "sip_trunk_id")
        elif action == "update":
            update = request.update
            for field in ("numbers", "allowed_addresses", "allowed_numbers"):
                _update_list(trunk, update, field)
            _update_scalars(trunk, update, _INBOUND_SCALARS)
            _update_media(trunk, update)
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
            if _serves(trunk.numbers, request.numbers)
        ]
        items = _by_ids(trunks, request.trunk_ids, "sip_trunk_id", sip.SIPInboundTrunkInfo)
        return sip.ListSIPInboundTrunkResponse(items=_page(items, request.page, "sip_trunk_id"))

    def create_outbound(
        self, request: sip.CreateSIPOutboundTrunkRequest
    ) -> sip.SIPOutboundTrunkInfo:
        trunk = _required(request, "trunk", request.trunk)
        _no_id(trunk.sip_trunk_id, "trunk")
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
            trunk = _replaced(trunk, request.replace, "sip_trunk_id")
        elif action == "update":
            _update_list(trunk, request.update, "numbers")
            _update_scalars(trunk, request.update, _OUTBOUND_SCALARS)
            _update_media(trunk, request.update)
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
            if _serves(trunk.numbers, request.numbers)
        ]
        items = _by_ids(trunks, request.trunk_ids, "sip_trunk_id", sip.SIPOutboundTrunkInfo)
        return sip.ListSIPOutboundTrunkResponse(items=_page(items, request.page, "sip_trunk_id"))

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


class _Rules:
    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, request: sip.CreateSIPDispatchRuleRequest) -> sip.SIPDispatchRuleInfo:
        rule = _rule_of(request)
        _no_id(rule.sip_dispatch_rule_id, "rule")
        validation.check_rule(rule)
        validation.check_rule_conflicts([*self._store.rules(), rule])
        rule.sip_dispatch_rule_id = ids.new_id(ids.DISPATCH_RULE)
        rule.created_at.GetCurrentTime()
        rule.updated_at.CopyFrom(rule.created_at)
        self._store.put_rule(rule)
        return rule

    def update(self, request: sip.UpdateSIPDispatchRuleRequest) -> sip.SIPDispatchRuleInfo:
        if not request.sip_dispatch_rule_id:
            raise invalid("rule id must be set")
        rule = self._store.rule(request.sip_dispatch_rule_id)
        if rule is None:
            raise TwirpError("not_found", "requested sip dispatch rule does not exist")
        action = request.WhichOneof("action")
        if action == "replace":
            rule = _replaced(rule, request.replace, "sip_dispatch_rule_id")
        elif action == "update":
            update = request.update
            _update_list(rule, update, "trunk_ids")
            _update_scalars(rule, update, _RULE_SCALARS)
            _update_media(rule, update)
            if update.HasField("rule"):
                rule.rule.CopyFrom(update.rule)
            for name, value in update.attributes.items():
                # An empty value deletes the attribute.
                if value:
                    rule.attributes[name] = value
                else:
                    rule.attributes.pop(name, None)
        else:
            raise invalid("missing or unsupported update action")
        validation.check_rule(rule)
        validation.check_rule_conflicts(
            rule if other.sip_dispatch_rule_id == rule.sip_dispatch_rule_id else other
            for other in self._store.rules()
        )
        rule.updated_at.GetCurrentTime()
        self._store.put_rule(rule)
        return rule

    def list(self, request: sip.ListSIPDispatchRuleRequest) -> sip.ListSIPDispatchRuleResponse:
        rules = [
            rule
            for rule in self._store.rules()
            if not request.trunk_ids
            or not rule.trunk_ids
            or set(rule.trunk_ids) & set(request.trunk_ids)
        ]
        items = _by_ids(
            rules, request.dispatch_rule_ids, "sip_dispatch_rule_id", sip.SIPDispatchRuleInfo
        )
        return sip.ListSIPDispatchRuleResponse(
            items=_page(items, request.page, "sip_dispatch_rule_id")
        )

    def delete(self, request: sip.DeleteSIPDispatchRuleRequest) -> sip.SIPDispatchRuleInfo:
        if not request.sip_dispatch_rule_id:
            raise invalid("dispatch rule ID is required")
        rule = self._store.rule(request.sip_dispatch_rule_id)
        if rule is None:
            raise TwirpError("not_found", "requested sip dispatch rule does not exist")
        self._store.delete_rule(rule.sip_dispatch_rule_id)
        return rule


def _rule_of(request: sip.CreateSIPDispatchRuleRequest) -> sip.SIPDispatchRuleInfo:
    """The rule of a create request, which is either a whole object or the older loose fields."""
    if request.HasField("dispatch_rule"):
        return request.dispatch_rule
    rule = sip.SIPDispatchRuleInfo(
        trunk_ids=request.trunk_ids,
        hide_phone_number=request.hide_phone_number,
        inbound_numbers=request.inbound_numbers,
        name=request.name,
        metadata=request.metadata,
        attributes=request.attributes,
        room_preset=request.room_preset,
    )
    if request.HasField("rule"):
        rule.rule.CopyFrom(request.rule)
    if request.HasField("room_config"):
        rule.room_config.CopyFrom(request.room_config)
    return rule


def _required(request: Message, field: str, value: T) -> T:
    if not request.HasField(field):
        raise invalid(f"missing {field}")
    return value


def _no_id(identifier: str, what: str) -> None:
    if identifier:
        raise invalid(f"{what} id must not be set")


def _replaced(old: T, new: T, id_field: str) -> T:
    """``new`` with the id and the birthday of ``old``."""
    identifier = getattr(old, id_field)
    if getattr(new, id_field) not in ("", identifier):
        raise invalid("the id in the info must be empty or match the id in the update")
    setattr(new, id_field, identifier)
    new.created_at.CopyFrom(old.created_at)
    return new


def _update_list(target: Message, update: Message, field: str) -> None:
    if update.HasField(field):
        items = getattr(target, field)
        changed = validation.apply_list_update(list(items), getattr(update, field))
        items.clear()
        items.extend(changed)


def _update_scalars(target: Message, update: Message, fields: Sequence[str]) -> None:
    for field in fields:
        if update.HasField(field):
            setattr(target, field, getattr(update, field))


def _update_media(target: Message, update: Message) -> None:
    for field in ("media", "media_encryption"):
        if update.HasField(field):
            piece = getattr(update, field)
            if isinstance(piece, Message):
                getattr(target, field).CopyFrom(piece)
            else:
                setattr(target, field, piece)


def _serves(numbers: Iterable[str], wanted: Iterable[str]) -> bool:
    """A trunk without numbers serves all of them, and no wish is every wish."""
    numbers, wanted = list(numbers), list(wanted)
    return not wanted or not numbers or any(matches(number, wanted) for number in numbers)


def _by_ids(items: Sequence[T], wanted: Iterable[str], id_field: str, empty: type[T]) -> list[T]:
    """All items, or those with the wanted ids in that order, an empty one for each not found."""
    by_id = {getattr(item, id_field): item for item in items}
    wanted = list(wanted)
    if not wanted:
        return list(items)
    return [by_id.get(identifier) or empty() for identifier in wanted]


def _page(items: list[T], page: models.Pagination, id_field: str) -> list[T]:
    """``items`` in the order of their ids after ``page.after_id``, or all when no page is asked."""
    if page.after_id:
        items = [item for item in items if getattr(item, id_field) > page.after_id]
    if page.limit > 0:
        items = sorted(items, key=lambda item: str(getattr(item, id_field)))[: page.limit]
    return items
