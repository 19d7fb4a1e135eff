"""Whether the human takes the call: a key, or plain words; never silence, never a machine.

A voicemail box cannot press 1, and what it says is long; so words count only when they are the
whole of a short utterance, said after the question.
"""

from __future__ import annotations

import asyncio
import contextlib
from enum import StrEnum

from agents.languages import ENGLISH, Language
from agents.languages.answers import bare
from agents.transfer.leg import Leg

ACCEPT_KEY, DECLINE_KEY = "1", "2"
SILENCE_S = 15.0
MOST_WORDS = 6


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
    """``asked`` once the question has been put: the silence counts from there."""

    def __init__(
        self, leg: Leg, silence_s: float = SILENCE_S, language: Language = ENGLISH
    ) -> None:
        self._leg = leg
        self._language = language
        self._silence_s = silence_s
        self._asked = asyncio.Event()
        self._decision: asyncio.Future[Decision] = asyncio.get_running_loop().create_future()

    def asked(self) -> None:
        self._asked.set()

    def heard(self, said: str, start: float, end: float) -> None:
        """The human's words."""
        del start, end
        if self._asked.is_set() and (decision := decided(said, self._language)) is not None:
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
