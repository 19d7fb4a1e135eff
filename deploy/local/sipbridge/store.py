"""What the API keeps: trunks and dispatch rules, in memory and in one file.

The file holds passwords, so it is readable by its owner alone. It is written whole (a temporary
file, then a rename): a crash leaves the old state or the new one.
"""

from __future__ import annotations

import json
import logging
import os
import tempfile
from pathlib import Path
from typing import TypeVar

from google.protobuf import json_format
from google.protobuf.message import Message
from livekit.protocol import sip

log = logging.getLogger("sipbridge.store")

_VERSION = 1
M = TypeVar("M", bound=Message)


class StateError(Exception):
    """The state file is there but cannot be used; starting without it would lose ids."""


class Store:
    """Trunks and rules by id, in the order they were made. Messages handed out are copies."""

    def __init__(self, path: Path | None = None) -> None:
        """Raises StateError when the file exists and cannot be read."""
        self._path = path
        self._inbound: dict[str, sip.SIPInboundTrunkInfo] = {}
        self._outbound: dict[str, sip.SIPOutboundTrunkInfo] = {}
        self._rules: dict[str, sip.SIPDispatchRuleInfo] = {}
        if path is not None and path.exists():
            self._load(path)

    def __repr__(self) -> str:
        # Trunks carry passwords: only how many there are.
        return (
            f"Store(inbound={len(self._inbound)}, outbound={len(self._outbound)}, "
            f"rules={len(self._rules)})"
        )

    def inbound_trunks(self) -> list[sip.SIPInboundTrunkInfo]:
        return [_copy(trunk) for trunk in self._inbound.values()]

    def outbound_trunks(self) -> list[sip.SIPOutboundTrunkInfo]:
        return [_copy(trunk) for trunk in self._outbound.values()]

    def rules(self) -> list[sip.SIPDispatchRuleInfo]:
        return [_copy(rule) for rule in self._rules.values()]

    def inbound_trunk(self, trunk_id: str) -> sip.SIPInboundTrunkInfo | None:
        trunk = self._inbound.get(trunk_id)
        return None if trunk is None else _copy(trunk)

    def outbound_trunk(self, trunk_id: str) -> sip.SIPOutboundTrunkInfo | None:
        trunk = self._outbound.get(trunk_id)
        return None if trunk is None else _copy(trunk)

    def rule(self, rule_id: str) -> sip.SIPDispatchRuleInfo | None:
        rule = self._rules.get(rule_id)
        return None if rule is None else _copy(rule)

    def put_inbound(self, trunk: sip.SIPInboundTrunkInfo) -> None:
        self._inbound[trunk.sip_trunk_id] = _copy(trunk)
        self._save()

    def put_outbound(self, trunk: sip.SIPOutboundTrunkInfo) -> None:
        self._outbound[trunk.sip_trunk_id] = _copy(trunk)
        self._save()

    def put_rule(self, rule: sip.SIPDispatchRuleInfo) -> None:
        self._rules[rule.sip_dispatch_rule_id] = _copy(rule)
        self._save()

    def delete_trunk(self, trunk_id: str) -> bool:
        """Whether there was one, inbound or outbound."""
        found = self._inbound.pop(trunk_id, None) or self._outbound.pop(trunk_id, None)
        if found is not None:
            self._save()
        return found is not None

    def delete_rule(self, rule_id: str) -> bool:
        found = self._rules.pop(rule_id, None)
        if found is not None:
            self._save()
        return found is not None

    def _save(self) -> None:
        if self._path is None:
            return
        state = {
            "version": _VERSION,
            "inbound_trunks": [_as_dict(trunk) for trunk in self._inbound.values()],
            "outbound_trunks": [_as_dict(trunk) for trunk in self._outbound.values()],
            "dispatch_rules": [_as_dict(rule) for rule in self._rules.values()],
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        # mkstemp makes the file 0600 from its first moment; a rename keeps that.
        handle, name = tempfile.mkstemp(dir=self._path.parent, prefix=self._path.name + ".")
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                json.dump(state, file, indent=1)
            temporary.replace(self._path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise

    def _load(self, path: Path) -> None:
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
            if state["version"] != _VERSION:
                raise StateError(f"{path}: version {state['version']} is not {_VERSION}")
            for entry in state["inbound_trunks"]:
                inbound = json_format.ParseDict(entry, sip.SIPInboundTrunkInfo())
                self._inbound[inbound.sip_trunk_id] = inbound
            for entry in state["outbound_trunks"]:
                outbound = json_format.ParseDict(entry, sip.SIPOutboundTrunkInfo())
                self._outbound[outbound.sip_trunk_id] = outbound
            for entry in state["dispatch_rules"]:
                rule = json_format.ParseDict(entry, sip.SIPDispatchRuleInfo())
                self._rules[rule.sip_dispatch_rule_id] = rule
        except (OSError, ValueError, KeyError, TypeError, json_format.ParseError) as error:
            # Not the error's text: it may quote what stands in the file.
            raise StateError(
                f"{path} is not a state file of sipbridge ({type(error).__name__})"
            ) from None
        log.info("state loaded: %r", self)


def _copy(message: M) -> M:
    copied = type(message)()
    copied.CopyFrom(message)
    return copied


def _as_dict(message: Message) -> dict[str, object]:
    return json_format.MessageToDict(message, preserving_proto_field_name=True)
