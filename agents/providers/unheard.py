"""What a caller said that a model has no words of yet: kept as audio until it has.

A turn that is sent again becomes another item of the model's conversation. To those above it keeps
the id it had first.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from livekit import rtc
from livekit.agents import llm

# A turn whose transcription failed would else be sent again for ever.
MAX_PARTS = 4
# What stands for a part that is too old to be heard again: the least that a model takes.
STAND_IN = rtc.AudioFrame(bytes(24_000 * 2 * 15 // 100), 24_000, 1, 24_000 * 15 // 100)
MAX_PART_S = 60.0
WORDS_WITHIN_S = 10.0


@dataclass(eq=False)
class _Part:
    frames: list[rtc.AudioFrame]
    committed_at: float
    first_id: str | None = None


class Unheard:
    """``kept`` False: nothing is kept, as nobody says where a turn ends."""

    def __init__(self, *, kept: bool, now: Callable[[], float] = time.monotonic) -> None:
        self._kept = kept
        self._now = now
        self.current: list[rtc.AudioFrame] = []
        self._current_s = 0.0
        self._parts: list[_Part] = []  # to be sent again, were the connection lost
        self._nameless: deque[_Part] = deque()
        self._by_id: dict[str, _Part] = {}
        self._outward: dict[str, str] = {}  # the model's id -> the one known above

    def push(self, frame: rtc.AudioFrame) -> None:
        if self._kept and self._current_s < MAX_PART_S:
            self.current.append(frame)
            self._current_s += frame.duration

    def commit(self) -> None:
        if not self.current:
            return
        part = _Part(self.current, self._now())
        self.clear()
        for old in self._parts[: 1 - MAX_PARTS]:
            if old.first_id is None:  # names are given in order: each must come, or all are wrong
                old.frames = [STAND_IN]
            else:
                self._drop(old)
        self._parts.append(part)
        self._nameless.append(part)

    def clear(self) -> None:
        self.current, self._current_s = [], 0.0

    def again(self) -> Iterator[list[rtc.AudioFrame]]:
        """The audio of each turn to be sent to a new connection, in order."""
        self._nameless = deque(self._parts)
        self._by_id.clear()
        for part in self._parts:
            yield part.frames

    def answered(self) -> None:
        """A reply was written to its end: what is still without words gets none any more, and sent
        again it would be the newest thing that the model hears."""
        oldest = self._now() - WORDS_WITHIN_S
        self._drop(*(part for part in self._parts if part.committed_at <= oldest))

    def is_news(self, item: llm.ChatItem) -> bool:
        """False for a turn that is known above already."""
        if not isinstance(item, llm.ChatMessage) or item.role != "user" or item.text_content:
            return True
        if not self._nameless or item.id in self._by_id:
            return True
        part = self._nameless.popleft()
        self._by_id[item.id] = part
        if part.first_id is None:
            part.first_id = item.id
            return True
        self._outward[item.id] = part.first_id
        return False

    def transcribed(self, item_id: str, *, final: bool) -> str:
        """Return the id that is known above."""
        part = self._by_id.get(item_id)
        if final and part is not None:
            self._drop(part)
        return self._outward.get(item_id, item_id)

    def outward(self, context: llm.ChatContext) -> llm.ChatContext:
        return _renamed(context, self._outward)

    def inward(self, context: llm.ChatContext, there: set[str]) -> llm.ChatContext:
        """Also takes note of turns that were taken out of the conversation above: of the items
        ``there``, as while a connection is made anew a turn without its words is not."""
        gone = {self._outward.get(each, each) for each in there}
        gone -= {item.id for item in context.items}
        self._drop(*(part for part in self._parts if part.first_id in gone))
        return _renamed(context, {first: now for now, first in self._outward.items()})

    def _drop(self, *parts: _Part) -> None:
        """They keep their names for the rest of the call, but no audio. Those without one stay."""
        for part in parts:
            if part in self._parts and part.first_id is not None:
                self._parts.remove(part)
                part.frames = []


def _renamed(context: llm.ChatContext, names: dict[str, str]) -> llm.ChatContext:
    if not any(item.id in names for item in context.items):
        return context
    items = [
        item.model_copy(update={"id": names[item.id]}) if item.id in names else item
        for item in context.items
    ]
    return llm.ChatContext(items)
