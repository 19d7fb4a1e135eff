"""The conversation as the model keeps it: what must leave it, and what must not."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from livekit.agents import llm

from agents.turn_taking.part import Part

logger = logging.getLogger(__name__)


async def delete(session: llm.RealtimeSession[Any], ids: set[str]) -> None:
    """Take these items out. A refusal is logged: the model then knows a little too much."""
    context = session.chat_ctx.copy()
    kept = [item for item in context.items if item.id not in ids]
    if len(kept) == len(context.items):
        return
    context.items = kept
    try:
        await session.update_chat_ctx(context)
    except llm.RealtimeError as error:
        logger.warning("the conversation could not be tidied: %s", error)


def as_heard(
    session: llm.RealtimeSession[Any], chat_ctx: llm.ChatContext, parts: Mapping[str, Part]
) -> llm.ChatContext:
    """``chat_ctx`` as the model is to keep it. ``parts`` are the caller's, by their items' ids.

    The framework knows a part once it is transcribed: its update would delete audio that is not
    yet, and bring back as text what was forgotten since.
    """
    merged = [i for i in chat_ctx.items if i.id not in parts or not parts[i.id].forgotten]
    known = {item.id for item in merged}
    before: set[str] = set()
    for item in session.chat_ctx.items:
        if item.id in parts and item.id not in known and not parts[item.id].forgotten:
            after = (i for i in reversed(range(len(merged))) if merged[i].id in before)
            merged.insert(next(after, -1) + 1, item)
        before.add(item.id)
    return llm.ChatContext(merged)
