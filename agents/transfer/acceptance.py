"""Whether the human takes the call: a key, or plain words; never silence, never a machine.

A voicemail box cannot press 1, and what it says is long; so words count only when they are the
whole of a short utterance. Nor does the "yes?" count with which a telephone is answered: what was
begun before somebody could have understood why it rings.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from enum import StrEnum

from agents.languages import ENGLISH, Language
from agents.languages.answers import bare
from agents.transfer.leg import Leg

ACCEPT_KEY, DECLINE_KEY = "1", "2"
SILENCE_S = 15.0
MOST_WORDS = 9
# Of the briefing, s: a greeting falls into them, and no answer.
GREETING_S = 2.5


class Decision(StrEnum):
    ACCEPTED = "accepted"
    DECLINED = "declined"
    SILENT = "silent"
    GONE = "gone"


def decided(said: str, language: Language = ENGLISH) -> Decision | None:
    """What these words decide, if they do."""
    text, answers = bare(said), language.answers
    if len(text.split()) > MOST_WORDS:
        return None
    if answers.accepts.match(text):
        return Decision.ACCEPTED
    return Decision.DECLINED if answers.declines.match(text) else None


class Acceptance:
    """``briefed`` once the briefing begins: what is said from then on may decide. ``asked`` once
    the question has been put: the silence counts from there."""

    def __init__(
        self, leg: Leg, silence_s: float = SILENCE_S, language: Language = ENGLISH
    ) -> None:
        self._leg = leg
        self._language = language
        self._silence_s = silence_s
        self._asked = asyncio.Event()
        self._briefed_at = math.inf
        self._decision: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()

    def briefed(self) -> None:
        self._briefed_at = time.time()

    def asked(self) -> None:
        self._asked.set()

    def heard(self, said: str, start: float, end: float) -> None:
        """The human's words, and when they were said, s since the epoch."""
        del end
        if start < self._briefed_at + GREETING_S:
            return
        if (decision := decided(said, self._language)) is not None:
            self._decide(decision)

    async def decision(self) -> Decision:
        """Keys decide also while the briefing is still being said."""
        watches = [asyncio.create_task(w) for w in (self._keys(), self._gone(), self._silence())]
        try:
            return await self._decision
        finally:
            for watch in watches:
                watch.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*watches, return_exceptions=True)

    def _decide(self, decision: Decision) -> None:
        if not self._decision.done():
            self._decision.set_result(decision)

    async def _keys(self) -> None:
        while True:
            key = await self._leg.keys.get()
            if key == ACCEPT_KEY:
                self._decide(Decision.ACCEPTED)
            elif key == DECLINE_KEY:
                self._decide(Decision.DECLINED)

    async def _gone(self) -> None:
        await self._leg.gone.wait()
        self._decide(Decision.GONE)

    async def _silence(self) -> None:
        await self._asked.wait()
        await asyncio.sleep(self._silence_s)
        self._decide(Decision.SILENT)
