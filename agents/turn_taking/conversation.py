"""The conversation as the model keeps it: what must leave it, and what must not."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Collection
from typing import Any

from livekit.agents import llm

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


def said_since(session: llm.RealtimeSession[Any], ids: Collection[str]) -> set[str]:
    """The agent's messages after the first of these items; none given: its last ones, after
    anything else."""
    items = session.chat_ctx.items
    if not ids:
        return {item.id for item in itertools.takewhile(_is_agents, reversed(items))}
    first = next((i for i, item in enumerate(items) if item.id in ids), len(items))
    return {item.id for item in items[first:] if _is_agents(item)}


def _is_agents(item: llm.ChatItem) -> bool:
    return item.type == "message" and item.role == "assistant"


def as_heard(
    session: llm.RealtimeSession[Any],
    chat_ctx: llm.ChatContext,
    audio_ids: Collection[str],
    gone: Collection[str],
) -> llm.ChatContext:
    """``chat_ctx`` as the model is to keep it: with all of the caller's audio, and without the
    items that are ``gone``.

    The framework knows an item from when it is there, or transcribed: its update would delete audio
    that is not transcribed yet, and bring back what was taken out since, at the end of all.
    """
    merged = [item for item in chat_ctx.items if item.id not in gone]
    missing = {*audio_ids} - {*gone, *(item.id for item in merged)}
    before: set[str] = set()
    for item in session.chat_ctx.items:
        if item.id in missing:
            after = (i for i in reversed(range(len(merged))) if merged[i].id in before)
            merged.insert(next(after, -1) + 1, item)
        before.add(item.id)
    return llm.ChatContext(merged)
