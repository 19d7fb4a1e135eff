"""The conversation as the model keeps it: what must leave it, and what must not."""

from __future__ import annotations

import logging
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


def with_audio(
    session: llm.RealtimeSession[Any], chat_ctx: llm.ChatContext, audio_ids: set[str]
) -> llm.ChatContext:
    """``chat_ctx`` with the caller's audio in its place: the framework knows only what has been
    transcribed, and its update would delete the rest."""
    missing = audio_ids - {item.id for item in chat_ctx.items}
    merged = list(chat_ctx.items)
    before: set[str] = set()
    for item in session.chat_ctx.items:
        if item.id in missing:
            after = (i for i in reversed(range(len(merged))) if merged[i].id in before)
            merged.insert(next(after, -1) + 1, item)
        before.add(item.id)
    return llm.ChatContext(merged)
