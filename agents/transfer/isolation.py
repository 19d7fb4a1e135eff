"""Who hears whom: nobody what they must not, until caller and human are joined.

Our own tracks are guarded by permissions, set before anybody is dialled, so that each side hears
its own track alone and never the agent's. The tracks of the two telephones are cut by subscription.
That works only on what was asked for: the human's leg asks for everything at its answer, and a cut
before it comes too early. So until the cuts after its answer the leg may not subscribe to anything
at all (what is cut meanwhile stays cut). Once it is seen to hear its own track, it is cut again.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Coroutine, Sequence
from typing import Any

from agents.transfer.board import Board, BoardError, Track
from agents.transfer.leg import Leg
from agents.waiting import first_of

# After the answer, s: livekit-sip subscribes a moment after it.
CUTS_AFTER_S = (0.0, 0.1, 0.25, 0.4)
SUBSCRIBED_WITHIN_S = 4.0
# livekit-server 1.13.5 drops a listener's connection ("negotiation failed") when a track is taken
# away from it in the moment in which it is being negotiated; a caller would lose their call.
NEGOTIATED_WITHIN_S = 0.25


class IsolationError(Exception):
    """It is not sure that the two cannot hear each other: the human's leg must go."""


class Isolation:
    """One transfer's. ``hold`` is the caller's own track."""

    def __init__(self, board: Board, hold: Track) -> None:
        self._board = board
        self._hold = hold
        self._cutting: asyncio.Task[None] | None = None
        self._may_hear = True
        self._stopped = False
        # A cut that is cancelled on its way could be done after the joining.
        self._asking = asyncio.Lock()

    def alone(self) -> None:
        """The caller hears their own track, and nothing else of ours."""
        self._board.permit({self._board.caller: [self._hold]})

    def beside(self, leg: Leg, briefing: Track) -> None:
        """And this human theirs. To be called before the leg is dialled."""
        self._board.permit({self._board.caller: [self._hold], leg.identity: [briefing]})

    def open(self) -> None:
        """The caller hears the agent again. A human's leg that would not go does not."""
        self._board.permit(None)

    def keep_apart(self, leg: Leg, briefing: Track) -> asyncio.Task[None]:
        """Cut what must be cut as it comes. The task ends only with IsolationError, or cancelled;
        a leg that left needs no cutting."""
        self._stopped, self._may_hear = False, True
        self._cutting = asyncio.create_task(self._cut(leg, briefing), name="isolation")
        return self._cutting

    async def join(self, leg: Leg) -> None:
        """Both hear each other. Raises BoardError."""
        await self.release()
        if not self._may_hear:
            await self._board.let_hear(leg.identity, anything=True)
        await asyncio.gather(
            self._board.subscribe(leg.identity, list(self._board.tracks_of_caller()), wanted=True),
            self._board.subscribe(self._board.caller, list(leg.tracks), wanted=True),
        )

    async def part(self, leg: Leg) -> None:
        """They hear each other no more. Raises BoardError."""
        await asyncio.gather(
            self._board.subscribe(leg.identity, list(self._board.tracks_of_caller()), wanted=False),
            self._board.subscribe(self._board.caller, list(leg.tracks), wanted=False),
        )

    async def shut_out(self, leg: Leg) -> None:
        """A leg that would not go: it hears nobody, and nobody hears it. Raises BoardError."""
        board = self._board
        asked = await asyncio.gather(
            board.let_hear(leg.identity, anything=False),
            board.subscribe(leg.identity, list(board.tracks_but(leg.identity)), wanted=False),
            board.subscribe(board.caller, list(leg.tracks), wanted=False),
            return_exceptions=True,  # whatever can be cut is
        )
        for error in asked:
            if error is not None:
                raise error

    async def release(self) -> None:
        """Cut no more; what is being cut is cut when this returns."""
        self._stopped = True
        async with self._asking:
            pass
        cutting, self._cutting = self._cutting, None
        if cutting is not None:
            cutting.cancel()
            with contextlib.suppress(asyncio.CancelledError, IsolationError):
                await cutting

    async def _cut(self, leg: Leg, briefing: Track) -> None:
        tasks = [
            asyncio.create_task(self._cut_from_caller(leg)),
            asyncio.create_task(self._cut_from_human(leg, briefing)),
        ]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _cut_from_caller(self, leg: Leg) -> None:
        """The human's voice, at each track they publish and once more at the answer. While it rings
        they have none: a track that is new then is negotiated first."""
        while True:
            if leg.tracks and not leg.answered.is_set():
                await first_of(NEGOTIATED_WITHIN_S, answer=leg.answered.wait())
            leg.new_track.clear()
            await self._apart(leg, self._board.caller, leg.tracks)
            if not leg.answered.is_set():
                await first_of(answer=leg.answered.wait(), track=leg.new_track.wait())
            # With a voice in it a track is cut at once, and again, as it may not hold that soon.
            elif await first_of(NEGOTIATED_WITHIN_S, track=leg.new_track.wait()) == "":
                await self._apart(leg, self._board.caller, leg.tracks)
                await leg.new_track.wait()

    async def _cut_from_human(self, leg: Leg, briefing: Track) -> None:
        """All other voices, from the answer on until the leg surely has subscribed: the caller's,
        and that of a human who was let go and whose leg would not go."""
        await leg.joined.wait()
        await self._let_hear(leg, anything=False)
        await leg.answered.wait()
        loop = asyncio.get_running_loop()
        began = loop.time()
        heard = asyncio.create_task(self._board.heard(briefing, SUBSCRIBED_WITHIN_S))
        try:
            for after_s in CUTS_AFTER_S:
                await asyncio.sleep(max(0.0, began + after_s - loop.time()))
                await self._apart(leg, leg.identity, self._board.tracks_but(leg.identity))
            await self._let_hear(leg, anything=True)
            if not await heard and not leg.gone.is_set():
                raise IsolationError("not subscribed")
        finally:
            heard.cancel()
        await self._apart(leg, leg.identity, self._board.tracks_but(leg.identity))

    async def _let_hear(self, leg: Leg, *, anything: bool) -> None:
        async with self._asking:
            if leg.gone.is_set() or self._stopped:
                return
            self._may_hear = anything
            await self._ask(leg, self._board.let_hear(leg.identity, anything=anything))

    async def _apart(self, leg: Leg, hearer: str, sids: Sequence[str]) -> None:
        async with self._asking:
            if not sids or leg.gone.is_set() or self._stopped:
                return
            await self._ask(leg, self._board.subscribe(hearer, list(sids), wanted=False))

    async def _ask(self, leg: Leg, question: Coroutine[Any, Any, None]) -> None:
        try:
            await asyncio.shield(question)
        except BoardError as error:
            await asyncio.sleep(0.05)  # the leg may have left just now
            if not leg.gone.is_set():
                raise IsolationError(str(error)) from error
