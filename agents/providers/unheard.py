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
        self._keep([*self._parts, part][-MAX_PARTS:])
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
        self._keep([part for part in self._parts if part.committed_at > oldest])

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
        if final:
            self._keep([each for each in self._parts if each is not part])
        return self._outward.get(item_id, item_id)

    def outward(self, context: llm.ChatContext) -> llm.ChatContext:
        return _renamed(context, self._outward)

    def inward(self, context: llm.ChatContext, there: set[str]) -> llm.ChatContext:
        """Also takes note of turns that were taken out of the conversation above: of the items
        ``there``, as while a connection is made anew a turn without its words is not."""
        gone = {self._outward.get(each, each) for each in there}
        gone -= {item.id for item in context.items}
        self._keep([part for part in self._parts if part.first_id not in gone])
        return _renamed(context, {first: now for now, first in self._outward.items()})

    def _keep(self, parts: list[_Part]) -> None:
        """The others keep their names for the rest of the call, but no audio."""
        for part in self._parts:
            if part not in parts:
                part.frames = []
        self._parts = parts


def _renamed(context: llm.ChatContext, names: dict[str, str]) -> llm.ChatContext:
    if not any(item.id in names for item in context.items):
        return context
    items = [
        item.model_copy(update={"id": names[item.id]}) if item.id in names else item
        for item in context.items
    ]
    return llm.ChatContext(items)
