"""In what LiveKit's trunks and rules differ from what we want, in words."""

from __future__ import annotations

import json
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

# All that we set. Servers fill in more, and lists may hide passwords: see livekit_specs._metadata.
_COMPARED = {
    # Of callers and numbers that a trunk or rule is narrowed to we set none: narrowed by hand, it
    # would silently lose calls.
    "SIPInboundTrunkInfo": (
        "name",
        "metadata",
        "numbers",
        "allowed_addresses",
        "allowed_numbers",
        "auth_username",
    ),
    "SIPOutboundTrunkInfo": (
        "name",
        "metadata",
        "numbers",
        "address",
        "transport",
        "auth_username",
    ),
    "SIPDispatchRuleInfo": (
        "name",
        "metadata",
        "trunk_ids",
        "numbers",
        "inbound_numbers",
        "rule",
        "room_config",
    ),
}


def differences(existing: Any, wanted: Any) -> list[str]:
    """One line a field, such as ``numbers: + +4930123456``; none when all is as wanted."""
    lines = []
    for name in _COMPARED[wanted.DESCRIPTOR.name]:
        old, new = getattr(existing, name), getattr(wanted, name)
        if old != new:
            lines.append(f"{name}: {_change(name, old, new)}")
    return lines


def _change(name: str, old: Any, new: Any) -> str:
    if name == "metadata":
        # A digest of the password is in it: that it differs is all there is to say.
        return "the password changed" if _password(old) != _password(new) else "the mark as ours"
    if isinstance(new, str | int):
        return f"{old!r} -> {new!r}"
    if isinstance(new, Message):
        return f"{_text(old)} -> {_text(new)}"
    before, after = list(old), list(new)
    gone = [f"- {entry}" for entry in before if entry not in after]
    come = [f"+ {entry}" for entry in after if entry not in before]
    return ", ".join(gone + come) or "another order"


def _password(metadata: str) -> object:
    try:
        content = json.loads(metadata or "{}")
    except (ValueError, RecursionError):
        return None
    return content.get("password") if isinstance(content, dict) else None


def _text(message: Message) -> str:
    return json.dumps(MessageToDict(message, preserving_proto_field_name=True), sort_keys=True)
