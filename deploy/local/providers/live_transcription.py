"""Words told while they are said, as gpt-live-transcribe tells them.

The ears know whole phrases only, and take half a phrase for another ("Hm." for "Wait."): they
listen again to all that has come, every 160 ms of it, and what they are sure of, or nearly sure of
twice, is told. What was told is never taken back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from itertools import takewhile

from deploy.local.providers.ears import BYTES_PER_SECOND, Ears, EarsError

MODELS = ("gpt-live-transcribe", "gpt-realtime-whisper")
_STEP_BYTES = BYTES_PER_SECOND * 160 // 1000
_SURE = 0.97
_NEARLY_SURE = 0.9


class LiveWords:
    """Of one buffer, until it is committed or cleared. ``tell`` gets the next piece of text."""

    def __init__(
        self, ears: Ears, delay_s: Callable[[], float], tell: Callable[[str], Awaitable[None]]
    ) -> None:
        self._ears = ears
        self._delay_s = delay_s
        self._tell = tell
        self._told: list[str] = []
        self._last: list[str] = []
        self._heard_bytes = 0
        self._task: asyncio.Task[None] | None = None

    def grew(self, buffer: bytearray) -> None:
        """More audio came; ``buffer`` is all of it, and is looked at again until ``close``."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._follow(buffer))

    def rest(self, transcript: str) -> list[str]:
        """The pieces of the whole transcript that were not told yet."""
        return self._pieces(transcript.split())

    def close(self) -> None:
        """Tell no more."""
        if self._task is not None:
            self._task.cancel()

    async def _follow(self, buffer: bytearray) -> None:
        while len(buffer) - self._heard_bytes >= _STEP_BYTES:
            self._heard_bytes = len(buffer)
            await self._hear(bytes(buffer))

    async def _hear(self, pcm: bytes) -> None:
        due_at = asyncio.get_running_loop().time() + self._delay_s()
        try:
            heard = await self._ears.listen(pcm)
        except EarsError:
            return
        words = self._ears.transcript(heard.words).split()
        pairs = zip(words, self._last, strict=False)
        agreed = words[: sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))]
        agreed = agreed if heard.confidence >= _NEARLY_SURE else []
        self._last = words if heard.confidence >= _NEARLY_SURE else []
        await asyncio.sleep(due_at - asyncio.get_running_loop().time())
        for piece in self._pieces(words if heard.confidence >= _SURE else agreed):
            await self._tell(piece)

    def _pieces(self, words: list[str]) -> list[str]:
        told = len(self._told)
        if words[:told] != self._told:
            return []
        self._told = words
        return [f" {word}" if told + at else word for at, word in enumerate(words[told:])]
