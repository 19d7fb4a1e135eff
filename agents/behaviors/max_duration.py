"""A call has a longest duration: the caller is told, then the call ends.

It is the agent's: what a caller spends with a human, or on hold for one, is not counted.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging

from agents import fixed_speech
from agents.call import LiveCall
from agents.fixed_phrases import TIME_LIMIT
from telephony.enums import EndingReason, EventKind

logger = logging.getLogger(__name__)

NOTICE_TIMEOUT_S = 15.0
TICK_S = 1.0


def attach(call: LiveCall) -> None:
    """Count from now, which must be the answer."""
    if call.plan.max_duration_s > 0:
        call.spawn(_limit(call), "max-duration")


async def _limit(call: LiveCall) -> None:
    # A job that goes on with another's call has what is left of it.
    spent_s = call.clock.ms() / 1000 if call.plan.resumed else 0.0
    left_s = call.plan.max_duration_s - spent_s
    loop = asyncio.get_running_loop()
    while left_s > 0 or call.held:
        began, held = loop.time(), call.held
        await asyncio.sleep(min(TICK_S, left_s) if left_s > 0 else TICK_S)
        if not held and not call.held:
            left_s -= loop.time() - began
    if call.ending is not None:
        return
    call.recorder.event(EventKind.MAX_DURATION_REACHED)
    try:
        await call.session.interrupt(force=True)
        # Not interruptible: a caller who talks on would never hear why the line goes dead.
        notice = fixed_speech.say(call, TIME_LIMIT, interruptible=False)
    except RuntimeError as error:  # the session is closing
        logger.warning("the session cannot tell that the time is over: %s", error)
        call.end(EndingReason.MAX_DURATION, words=TIME_LIMIT)
        return
    with contextlib.suppress(RuntimeError, TimeoutError):
        await asyncio.wait_for(notice.wait_for_playout(), NOTICE_TIMEOUT_S)
    call.end(EndingReason.MAX_DURATION)
