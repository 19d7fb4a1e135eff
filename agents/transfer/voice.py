"""Says the sentences of a transfer on a track of its own, whatever became of the session."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator

from agents.call import LiveCall
from agents.speech_text import plain
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
        ready = call.phrases.frames(text)
        frames = ready if ready is not None else call.agent.voice.speak(_once(plain(text)))
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


async def _once(text: str) -> AsyncIterator[str]:
    yield text
