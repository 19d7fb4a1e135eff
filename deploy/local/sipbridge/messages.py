"""What create, update and list requests of the SIP API have in common."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from google.protobuf.message import Message
from livekit.protocol import models, sip

from . import validation
from .errors import invalid
from .numbers import matches

T = TypeVar("T", sip.SIPInboundTrunkInfo, sip.SIPOutboundTrunkInfo, sip.SIPDispatchRuleInfo)


def required(request: Message, field: str, value: T) -> T:
    if not request.HasField(field):
        raise invalid(f"missing {field}")
    return value


def no_id(identifier: str, what: str) -> None:
    if identifier:
        raise invalid(f"{what} id must not be set")


def replaced(old: T, new: T, id_field: str) -> T:
    """``new`` with the id and the birthday of ``old``."""
    identifier = getattr(old, id_field)
    if getattr(new, id_field) not in ("", identifier):
        raise invalid("the id in the info must be empty or match the id in the update")
    setattr(new, id_field, identifier)
    new.created_at.CopyFrom(old.created_at)
    return new


def update_list(target: Message, update: Message, field: str) -> None:
    if update.HasField(field):
        items = getattr(target, field)
        changed = validation.apply_list_update(list(items), getattr(update, field))
        items.clear()
        items.extend(changed)


def update_scalars(target: Message, update: Message, fields: Sequence[str]) -> None:
    for field in fields:
        if update.HasField(field):
            setattr(target, field, getattr(update, field))


def update_media(target: Message, update: Message) -> None:
    for field in ("media", "media_encryption"):
        if update.HasField(field):
            piece = getattr(update, field)
            if isinstance(piece, Message):
                getattr(target, field).CopyFrom(piece)
            else:
                setattr(target, field, piece)


def serves(numbers: Iterable[str], wanted: Iterable[str]) -> bool:
    """A trunk without numbers serves all of them, and no wish is every wish."""
    numbers, wanted = list(numbers), list(wanted)
    return not wanted or not numbers or any(matches(number, wanted) for number in numbers)


def by_ids(items: Sequence[T], wanted: Iterable[str], id_field: str, empty: type[T]) -> list[T]:
    """All items, or those with the wanted ids in that order, an empty one for each not found."""
    by_id = {getattr(item, id_field): item for item in items}
    wanted = list(wanted)
    if not wanted:
        return list(items)
    return [by_id.get(identifier) or empty() for identifier in wanted]


def page(items: list[T], page: models.Pagination, id_field: str) -> list[T]:
    """``items`` in the order of their ids after ``page.after_id``, or all when no page is asked."""
    if page.after_id:
        items = [item for item in items if getattr(item, id_field) > page.after_id]
    if page.limit > 0:
        items = sorted(items, key=lambda item: str(getattr(item, id_field)))[: page.limit]
    return items
