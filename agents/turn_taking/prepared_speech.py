"""Speech made before it may be heard: the voice works while the turn is not surely over yet."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterable, Callable

from livekit import rtc
from livekit.agents import utils


class MarkedText(str):
    """The first text of a draft's message. The framework hands it on untouched, so the mouth finds
    the speech that was made of it."""

    __slots__ = ("speech",)
    speech: PreparedSpeech

    def __new__(cls, text: str, speech: PreparedSpeech) -> MarkedText:
        marked = super().__new__(cls, text)
        marked.speech = speech
        return marked


class PreparedSpeech:
    """``speak`` turns text into frames (a ``tts_node``). Times are seconds since the epoch."""

    def __init__(
        self,
        text: AsyncIterable[str],
        speak: Callable[[AsyncIterable[str]], AsyncIterable[rtc.AudioFrame]],
    ) -> None:
        self.first_text_at = time.time()
        self.first_audio_at: float | None = None
        self._frames: utils.aio.Chan[rtc.AudioFrame] = utils.aio.Chan()
        self._task = asyncio.create_task(self._make(speak(text)), name="prepared-speech")

    def drop(self) -> None:
        self._task.cancel()

    async def frames(self) -> AsyncGenerator[rtc.AudioFrame]:
        """Raises what the voice raised."""
        try:
            async for frame in self._frames:
                yield frame
            await self._task
        finally:
            self._task.cancel()

    async def _make(self, frames: AsyncIterable[rtc.AudioFrame]) -> None:
        try:
            async for frame in frames:
                if self.first_audio_at is None:
                    self.first_audio_at = time.time()
                self._frames.send_nowait(frame)
        finally:
            self._frames.close()
