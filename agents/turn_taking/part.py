"""A stretch of the caller's audio that was committed, and its words when they are known."""

from __future__ import annotations

import asyncio

# Words heard with less are not acted on. Only some transcription models say how sure they are.
LEAST_CONFIDENCE = 0.3


class Part:
    """``text`` is None until the words are known; "" means nothing was understood, and with a
    ``confidence`` of 0 that nobody else heard the audio."""

    def __init__(self) -> None:
        self.item_id: str | None = None
        self.text: str | None = None
        self.confidence: float | None = None
        self.forgotten = False
        self._known = asyncio.Event()

    @property
    def words_known(self) -> bool:
        return self._known.is_set()

    @property
    def unsure(self) -> bool:
        """There are words, and whoever heard them does not vouch for them."""
        return (
            bool(self.text) and self.confidence is not None and self.confidence < LEAST_CONFIDENCE
        )

    @property
    def misheard(self) -> bool:
        """Not to be acted on: unsure words, or none, and whoever answers has only them."""
        return self.unsure or (self.text == "" and self.confidence == 0)

    async def wait(self) -> None:
        """Until the words are known."""
        await self._known.wait()

    def heard(self, text: str, confidence: float | None) -> None:
        self.text, self.confidence = text, confidence
        self._known.set()
