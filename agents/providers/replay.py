"""A conversation while its connection is lost and made anew: what is there, and what may change.

A fresh connection knows items only as they are confirmed one by one, and an update of the context
takes out whatever it does not name. One that was made of half a replay, or before a turn that has
been sent since, would take the caller's words out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from livekit.agents import llm

from agents.waiting import first_of

# The server may refuse an item.
REPLAYED_WITHIN_S = 3.0
# As long as a caller is kept waiting. What is given up before the connection is back is never sent:
# a tool's answer would be lost.
UPDATED_WITHIN_S = 12.0


class Replay:
    """``lost`` when the connection goes, ``begun`` once another is being told, ``confirmed`` for
    each item, ``over`` when all is known to be there."""

    def __init__(self) -> None:
        self._before: list[llm.ChatItem] = []
        self._missing: set[str] = set()
        self._whole = asyncio.Event()
        self._whole.set()
        self._lost = asyncio.Event()
        self._timer: asyncio.TimerHandle | None = None

    def lost(self, context: llm.ChatContext) -> None:
        """``context`` is what the connection knew."""
        self._stop()
        known = context.copy(
            exclude_instructions=True,
            exclude_empty_message=True,
            exclude_handoff=True,
            exclude_config_update=True,
        )
        self._before = known.items
        self._missing = {item.id for item in known.items}
        self._whole.clear()
        self._lost.set()

    @property
    def before(self) -> llm.ChatContext:
        """What a fresh session is to be told."""
        return llm.ChatContext(list(self._before))

    def begun(self) -> None:
        if not self._missing:
            self.over()
        elif not self._whole.is_set():
            self._stop()
            self._timer = asyncio.get_running_loop().call_later(REPLAYED_WITHIN_S, self.over)

    def confirmed(self, item_id: str) -> None:
        self._missing.discard(item_id)
        if not self._missing:
            self.over()

    def over(self) -> None:
        self._stop()
        self._before, self._missing = [], set()
        self._lost.clear()
        self._whole.set()

    async def bridged(self, update: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Update when all is there, once more on a fresh connection if this one goes meanwhile.

        Raises RealtimeError when it takes too long, and what ``update`` raises.
        """
        try:
            async with asyncio.timeout(UPDATED_WITHIN_S):
                while True:
                    await self._whole.wait()
                    if await first_of(done=update(), lost=self._lost.wait()) == "done":
                        return
        except TimeoutError:
            raise llm.RealtimeError("the connection is lost") from None

    def whole(self, context: llm.ChatContext) -> llm.ChatContext:
        """``context`` with what is still to be confirmed again."""
        if not self._missing:
            return context
        there = {item.id: item for item in context.items}
        before = [
            there.pop(item.id, item)
            for item in self._before
            if item.id in there or item.id in self._missing
        ]
        return llm.ChatContext([*before, *there.values()])

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def with_news(wanted: llm.ChatContext, now: llm.ChatContext, seen: set[str]) -> llm.ChatContext:
    """``wanted``, which was made when just ``seen`` was there, with what came since, and without
    what went."""
    gone = seen - {item.id for item in now.items}
    known = seen | {item.id for item in wanted.items}
    kept = [item for item in wanted.items if item.id not in gone]
    return llm.ChatContext([*kept, *(item for item in now.items if item.id not in known)])
