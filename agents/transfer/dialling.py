"""Rings one human and tells what became of it; each step of it is told as it happens."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping

from agents.transfer.board import Board, BoardError
from agents.transfer.leg import Leg

# Beyond the human's own time to ring, before the leg is given up from here.
OVERTIME_S = 3.0


async def ring(
    board: Board, leg: Leg, headers: Mapping[str, str], on_ringing: Callable[[], None]
) -> bool:
    """True when the human answered; else ``leg.unanswered`` tells why not, and the leg is gone."""
    leg.dialling = dial = asyncio.create_task(_dial(board, leg, headers), name="dial")
    rings = asyncio.create_task(leg.rings.wait())
    over = [asyncio.create_task(e.wait()) for e in (leg.answered, leg.gone)]
    try:
        async with asyncio.timeout(leg.human.ring_s + OVERTIME_S):
            await asyncio.wait({rings, *over}, return_when=asyncio.FIRST_COMPLETED)
            if rings.done():
                on_ringing()
                await asyncio.wait(over, return_when=asyncio.FIRST_COMPLETED)
    except TimeoutError:
        leg.refused(leg.sip_status, leg.detail or "timeout")
    finally:
        for task in (rings, *over):
            task.cancel()
        if leg.gone.is_set() and not leg.answered.is_set():
            # The room may tell that the leg left before the API tells its status.
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(asyncio.shield(dial), 0.5)
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
