"""Says the sentences of a transfer on a track of its own, whatever became of the session."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from livekit import rtc

from agents.call import LiveCall
from agents.speech_text import plain
from agents.steady_voice import unspoken
from agents.transfer.aside import Aside

logger = logging.getLogger(__name__)

LONGEST_S = 25.0


class Voice:
    """The persona's voice on ``aside``. What the caller heard is stored as the agent's turn."""

    def __init__(self, call: LiveCall, aside: Aside, *, key: str, to_caller: bool) -> None:
        self.aside = aside
        self._call = call
        self._key = key
        self._to_caller = to_caller
        self._count = 0

    async def say(self, text: str, **values: object) -> bool:
        """Say it to its end; False when no voice said it. Kept sentences need no voice at all.

        A fixed sentence is said in the call's language, with ``values`` filled in.
        """
        call = self._call
        text = call.language.say(text, **values)
        start = call.clock.now()
        frames = call.phrases.frames(text)
        if frames is None:
            if call.voice_failed:
                return False
            frames = _aloud(call.agent.voice.speak(_once(plain(text))))
        said = False
        try:
            async with asyncio.timeout(LONGEST_S):
                said = await self.aside.say(frames)
        except TimeoutError:
            logger.warning("a sentence of the transfer took too long")
        if said and self._to_caller:
            self._count += 1
            call.recorder.agent_turn(
                f"{self._key}:{self._count}",
                text=text,
                start=start,
                end=call.clock.now(),
                interrupted=False,
            )
        return said


async def _aloud(frames: AsyncIterator[rtc.AudioFrame]) -> AsyncIterator[rtc.AudioFrame]:
    """Without the moment of silence in the place of what no voice would say."""
    async for frame in frames:
        if not unspoken(frame):
            yield frame


async def _once(text: str) -> AsyncIterator[str]:
    yield text
