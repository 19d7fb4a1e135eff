"""Rings one human and tells what became of it; each step of it is told as it happens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping

from agents.transfer.board import Board, BoardError
from agents.transfer.leg import Leg
from agents.waiting import first_of

# Beyond the human's own time to ring, before the leg is given up from here.
OVERTIME_S = 3.0
# Of the API, behind the leaving of the leg; the caller hears music meanwhile.
STATUS_WITHIN_S = 2.0


async def ring(
    board: Board, leg: Leg, headers: Mapping[str, str], on_ringing: Callable[[], None]
) -> bool:
    """True when the human answered; else ``leg.unanswered`` tells why not, and the leg is gone."""
    leg.dialling = dial = asyncio.create_task(_dial(board, leg, headers), name="dial")
    answered, gone = leg.answered.wait, leg.gone.wait
    try:
        async with asyncio.timeout(leg.human.ring_s + OVERTIME_S):
            if await first_of(rings=leg.rings.wait(), answered=answered(), gone=gone()) == "rings":
                on_ringing()
                await first_of(answered=answered(), gone=gone())
    except TimeoutError:
        leg.refused(leg.sip_status, leg.detail or "timeout")
    finally:
        if leg.left and not leg.answered.is_set():
            # The room may tell that the leg left before the API tells its status.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(dial), STATUS_WITHIN_S)
        # An answered call's request ends by itself: to break it off could end the call.
        if not leg.answered.is_set():
            dial.cancel()
            await asyncio.gather(dial, return_exceptions=True)
    return leg.talks


async def _dial(board: Board, leg: Leg, headers: Mapping[str, str]) -> None:
    try:
        await board.dial(leg, headers)
    except BoardError as error:
        if not leg.answered.is_set():
            leg.refused(error.sip_status, str(error))
    else:
        leg.rings.set()
        leg.answered.set()
