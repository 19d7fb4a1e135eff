"""The line of callers for whom nobody is free: waiting on hold, and what they answer there."""

from __future__ import annotations

import asyncio
from enum import StrEnum

from livekit.agents import utils

from agents.transfer.hold_answers import GO_ON, MESSAGE, STOP, key_of
from agents.transfer.scene import Scene
from agents.transfer.sentences import ASK_RATING, GO_ON_WAITING, GOING_ON, position
from telephony.contracts import HumanOffer, NobodyOffer
from telephony.enums import NobodyFree

LOOK_EVERY_S = 3.0
ANSWER_WITHIN_S = 6.0
RATINGS = frozenset("12345")
RATING_WITHIN_S = 10.0


class Left(StrEnum):
    """Why a caller waits no more."""

    GAVE_UP = "gave_up"
    FOR_A_MESSAGE = "for_a_message"
    TOO_LONG = "too_long"
    NOBODY_COMES = "nobody_comes"


_LEAVES = {STOP: Left.GAVE_UP, MESSAGE: Left.FOR_A_MESSAGE}


def somebody_may_come(offer: NobodyOffer, tried: list[int]) -> bool:
    """Not when the team is closed, nor when nobody is left although nobody was tried: then none of
    them is at work."""
    return offer.why is NobodyFree.ALL_BUSY or (offer.why is NobodyFree.NONE_LEFT and bool(tried))


class WaitingLine:
    """One call's place in it. ``why`` nobody comes, once a caller had to leave it for that."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.why: NobodyFree | None = None
        self._since: float | None = None
        self._asked_at = 0.0

    async def wait(self, offer: NobodyOffer, tried: list[int]) -> HumanOffer | Left:
        """Until a human is free. ``tried`` is emptied each time the caller was asked: who did not
        answer then may answer now."""
        loop, team = asyncio.get_running_loop(), self._scene.steps.request.team
        if self._since is None:
            self._since = self._asked_at = loop.time()
            await self._say(position(offer.position), place=offer.position)
        asking: asyncio.Task[Left | None] | None = None
        try:
            while True:
                if asking is None:
                    await asyncio.sleep(LOOK_EVERY_S)
                else:
                    await asyncio.wait({asking}, timeout=LOOK_EVERY_S)
                    if asking.done():
                        if (left := asking.result()) is not None:
                            return left
                        tried.clear()
                        asking, self._asked_at = None, loop.time()
                found = await self._scene.humans.next(tried)
                if isinstance(found, HumanOffer):
                    return found
                if not somebody_may_come(found, tried):
                    self.why = found.why
                    return Left.NOBODY_COMES
                if loop.time() - self._since >= team.max_wait_s:
                    return Left.TOO_LONG
                if asking is None and loop.time() - self._asked_at >= team.ask_every_s:
                    # Beside the looking: who is not asked about for 15 s loses their place.
                    asking = asyncio.create_task(self._goes_on(found.position), name="hold-ask")
        finally:
            if asking is not None:
                await utils.aio.cancel_and_wait(asking)

    async def rating(self) -> int | None:
        """What the caller thinks of the call, 1 to 5; None when they do not say."""
        keys = self._scene.caller_keys
        keys.forget()
        await self._say(ASK_RATING)
        key = await keys.one_of(RATINGS, RATING_WITHIN_S)
        return int(key) if key is not None else None

    async def _goes_on(self, place: int) -> Left | None:
        """Why not, if the caller says so by key or voice; who has put the telephone on the table
        still waits."""
        keys, scene = self._scene.caller_keys, self._scene
        keys.forget()
        asks = asyncio.Event()

        def heard(said: str, start: float, end: float) -> None:
            del start, end
            if asks.is_set() and (key := key_of(said, scene.call.language)) is not None:
                keys.pressed(key)

        hearing = scene.scribe.listen(scene.board, scene.board.caller, heard)
        try:
            await self._say(position(place), place=place)  # meanwhile the ears connect
            asks.set()
            await self._say(GO_ON_WAITING)
            key = await keys.one_of((GO_ON, STOP, MESSAGE), ANSWER_WITHIN_S)
        finally:
            hearing.cancel()
        if key == GO_ON:
            await self._say(GOING_ON)
        return _LEAVES.get(key or "")

    async def _say(self, text: str, **values: object) -> None:
        await self._scene.caller.say(text, **values)
