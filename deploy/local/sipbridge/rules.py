"""Dispatch rules of the SIP API: what each method does with the store."""

from __future__ import annotations

from livekit.protocol import sip

from . import ids, messages, validation
from .errors import TwirpError, invalid
from .store import Store

_RULE_SCALARS = ("name", "metadata")


class Rules:
    """Every method raises TwirpError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def create(self, request: sip.CreateSIPDispatchRuleRequest) -> sip.SIPDispatchRuleInfo:
        rule = _rule_of(request)
        messages.no_id(rule.sip_dispatch_rule_id, "rule")
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
            rule = messages.replaced(rule, request.replace, "sip_dispatch_rule_id")
        elif action == "update":
            update = request.update
            messages.update_list(rule, update, "trunk_ids")
            messages.update_scalars(rule, update, _RULE_SCALARS)
            messages.update_media(rule, update)
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
        items = messages.by_ids(
            rules, request.dispatch_rule_ids, "sip_dispatch_rule_id", sip.SIPDispatchRuleInfo
        )
        return sip.ListSIPDispatchRuleResponse(
            items=messages.page(items, request.page, "sip_dispatch_rule_id")
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
