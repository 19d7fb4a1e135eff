"""The conversation of one realtime session: items in order, as the client sees them."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any

from deploy.local.providers.mind import Turn

_MAX_ID_LENGTH = 32
_ROLES = ("system", "user", "assistant")


class ProtocolError(Exception):
    """A request the real service would refuse; carries the fields of its error event."""

    def __init__(
        self,
        message: str,
        *,
        code: str,
        param: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:
        super().__init__(message)
        self.code = code
        self.param = param
        self.kind = kind


@dataclass
class Item:
    """One item. ``wire`` is the JSON the client knows; ``heard`` is what the ears make of audio."""

    wire: dict[str, Any]
    heard: asyncio.Task[str] | None = None

    @property
    def id(self) -> str:
        """The item's id."""
        return str(self.wire["id"])

    @property
    def kind(self) -> str:
        """``message``, ``function_call`` or ``function_call_output``."""
        return str(self.wire["type"])

    @property
    def role(self) -> str:
        """The role of a message, empty for others."""
        return str(self.wire.get("role", ""))

    async def text(self) -> str:
        """The words of a message; waits for the ears when it is audio."""
        if self.heard is not None:
            # Whoever gives up waiting must not stop the ears: others wait for the same words.
            return await asyncio.shield(self.heard)
        parts = self.wire.get("content", [])
        words = (part.get("text") or part.get("transcript") or "" for part in parts)
        return " ".join(word for word in words if word)


@dataclass
class Conversation:
    """Items in order. Every method that adds returns the id before, as acknowledgements need."""

    items: list[Item] = field(default_factory=list)

    def find(self, item_id: str) -> Item | None:
        """The item with this id, if it is here."""
        return next((item for item in self.items if item.id == item_id), None)

    def append(self, item: Item) -> str | None:
        """Add at the end."""
        previous = self.items[-1].id if self.items else None
        self.items.append(item)
        return previous

    def insert(self, item: Item, after: object) -> str | None:
        """Add after the item of id ``after``; "root" is the head, None the end.

        Raises ProtocolError when the id is taken or ``after`` is unknown.
        """
        if self.find(item.id) is not None:
            raise ProtocolError(
                f"Error adding item: an item with id '{item.id}' already exists.",
                code="item_create_duplicate_item_id",
                param="item.id",
            )
        if after is None:
            return self.append(item)
        if after == "root":
            self.items.insert(0, item)
            return None
        for index, other in enumerate(self.items):
            if other.id == after:
                self.items.insert(index + 1, item)
                return other.id
        raise ProtocolError(
            f"Error adding item: the previous item with id '{after}' does not exist.",
            code="item_create_invalid_previous_item_id",
            param="previous_item_id",
        )

    def delete(self, item_id: object) -> None:
        """Remove an item. Raises ProtocolError when it is not here."""
        item = self.find(item_id) if isinstance(item_id, str) else None
        if item is None:
            raise ProtocolError(
                f"Error deleting item: the item with id '{item_id}' does not exist.",
                code="item_delete_invalid_item_id",
                param="item_id",
            )
        self.items.remove(item)

    def check_call_output(self, wire: dict[str, Any]) -> None:
        """Raise ProtocolError when a function_call_output answers no call that is here."""
        if wire["type"] != "function_call_output":
            return
        calls = (item.wire for item in self.items if item.kind == "function_call")
        if not any(call["call_id"] == wire["call_id"] for call in calls):
            raise ProtocolError(
                f"Tool call ID '{wire['call_id']}' not found in conversation.",
                code="invalid_tool_call_id",
                param="item.call_id",
            )


def new_id(prefix: str) -> str:
    """A fresh id in the service's style, such as ``item_6f...``."""
    return f"{prefix}_{secrets.token_hex(9)}"


def item_of(raw: object) -> Item:
    """Validate the ``item`` of conversation.item.create and complete it (id, object, status).

    Raises ProtocolError naming the parameter.
    """
    if not isinstance(raw, dict):
        raise _missing("item")
    wire: dict[str, Any] = {"object": "realtime.item", "status": "completed", **raw}
    wire["id"] = wire.get("id") or new_id("item")
    _check_id(wire["id"], "item.id")
    if wire.get("type") == "message":
        if wire.get("role") not in _ROLES:
            raise _invalid("item.role", wire.get("role"), _ROLES)
        content = wire.get("content")
        if not isinstance(content, list) or not all(isinstance(part, dict) for part in content):
            raise _missing("item.content")
    elif wire.get("type") == "function_call":
        _check_texts(wire, "call_id", "name", "arguments")
        _check_id(wire["call_id"], "item.call_id")
    elif wire.get("type") == "function_call_output":
        _check_texts(wire, "call_id", "output")
        _check_id(wire["call_id"], "item.call_id")
    else:
        kinds = ("message", "function_call", "function_call_output")
        raise _invalid("item.type", wire.get("type"), kinds)
    return Item(wire)


async def turn_of(item: Item) -> Turn:
    """The item as the mind sees it; waits for the ears when it is audio."""
    wire = item.wire
    if item.kind == "function_call":
        return Turn("function_call", wire["arguments"], wire["name"], wire["call_id"])
    if item.kind == "function_call_output":
        return Turn("function_call_output", wire["output"], call_id=wire["call_id"])
    text = await item.text()
    if item.role == "user":
        return Turn("user", text)
    return Turn("assistant" if item.role == "assistant" else "system", text)


def _check_texts(wire: dict[str, Any], *names: str) -> None:
    for name in names:
        if not isinstance(wire.get(name), str):
            raise _missing(f"item.{name}")


def _check_id(value: object, param: str) -> None:
    if not isinstance(value, str) or len(value) > _MAX_ID_LENGTH:
        raise ProtocolError(
            f"Invalid '{param}': string too long. Expected a string with maximum length "
            f"{_MAX_ID_LENGTH}.",
            code="string_above_max_length",
            param=param,
        )


def _missing(param: str) -> ProtocolError:
    return ProtocolError(
        f"Missing required parameter: '{param}'.", code="missing_required_parameter", param=param
    )


def _invalid(param: str, value: object, supported: tuple[str, ...]) -> ProtocolError:
    names = ", ".join(f"'{name}'" for name in supported)
    return ProtocolError(
        f"Invalid value: '{value}'. Supported values are: {names}.",
        code="invalid_value",
        param=param,
    )
