"""The line of callers for whom nobody is free: waiting on hold, and what keys answer there."""

from __future__ import annotations

import asyncio
from enum import StrEnum

from agents.transfer.scene import Scene
from agents.transfer.sentences import ASK_RATING, GO_ON_WAITING, GOING_ON, position
from telephony.contracts import HumanOffer, NobodyOffer

LOOK_EVERY_S = 3.0
# Whoever is not asked about for 15 s loses their place in the line.
ANSWER_WITHIN_S = 6.0
GO_ON, STOP = "1", "2"
RATINGS = frozenset("12345")
RATING_WITHIN_S = 10.0


class Left(StrEnum):
    """Why a caller waits no more."""

    GAVE_UP = "gave_up"
    TOO_LONG = "too_long"


class WaitingLine:
    """One call's place in it."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._since: float | None = None
        self._asked_at = 0.0

    async def wait(self, offer: NobodyOffer, tried: list[int]) -> HumanOffer | Left:
        """Until a human is free. ``tried`` is emptied each time the caller was asked: who did not
        answer then may answer now."""
        loop, team = asyncio.get_running_loop(), self._scene.steps.request.team
        if self._since is None:
            self._since = self._asked_at = loop.time()
            await self._say(position(offer.position))
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            found = await self._scene.humans.next(tried)
            if isinstance(found, HumanOffer):
                return found
            if loop.time() - self._since >= team.max_wait_s:
                return Left.TOO_LONG
            if loop.time() - self._asked_at >= team.ask_every_s:
                if not await self._goes_on(found.position):
                    return Left.GAVE_UP
                tried.clear()
                self._asked_at = loop.time()

    async def rating(self) -> int | None:
        """What the caller thinks of the call, 1 to 5; None when they do not say."""
        keys = self._scene.caller_keys
        keys.forget()
        await self._say(ASK_RATING)
        key = await keys.one_of(RATINGS, RATING_WITHIN_S)
        return int(key) if key is not None else None

    async def _goes_on(self, place: int) -> bool:
        """Only a key says no: who has put the telephone on the table still waits."""
        keys = self._scene.caller_keys
        keys.forget()
        await self._say(position(place))
        await self._say(GO_ON_WAITING)
        key = await keys.one_of((GO_ON, STOP), ANSWER_WITHIN_S)
        if key == GO_ON:
            await self._say(GOING_ON)
        return key != STOP

    async def _say(self, text: str) -> None:
        await self._scene.caller.say(text)
