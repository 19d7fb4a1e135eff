"""A stretch of the caller's audio that was committed, and its words when they are known."""

from __future__ import annotations

import asyncio


class Part:
    """``text`` is None until the words are known; "" means nothing was understood."""

    def __init__(self) -> None:
        self.item_id: str | None = None
        self.text: str | None = None
        self.confidence: float | None = None
        self.forgotten = False
        self._known = asyncio.Event()

    @property
    def words_known(self) -> bool:
        return self._known.is_set()

    def heard(self, text: str, confidence: float | None) -> None:
        self.text, self.confidence = text, confidence
        self._known.set()
