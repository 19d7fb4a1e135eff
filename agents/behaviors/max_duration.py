"""A call has a longest duration: the caller is told, then the call ends."""

from __future__ import annotations

import asyncio
import contextlib

from agents import fixed_speech
from agents.call import LiveCall
from agents.fixed_phrases import TIME_LIMIT
from telephony.enums import EndingReason, EventKind

NOTICE_TIMEOUT_S = 15.0
HELD_TICK_S = 1.0


def attach(call: LiveCall) -> None:
    """Count from now, which must be the answer."""
    if call.plan.max_duration_s > 0:
        call.spawn(_limit(call), "max-duration")


async def _limit(call: LiveCall) -> None:
    # A job that goes on with another's call has what is left of it.
    spent_s = call.clock.ms() / 1000 if call.plan.resumed else 0.0
    await asyncio.sleep(max(0.0, call.plan.max_duration_s - spent_s))
    # A human has the caller: the limit is the agent's.
    while call.held:  # noqa: ASYNC110 - a flag of the call, looked at once a second
        await asyncio.sleep(HELD_TICK_S)
    if call.ending is not None:
        return
    call.recorder.event(EventKind.MAX_DURATION_REACHED)
    await call.session.interrupt(force=True)
    # Not interruptible: a caller who talks on would otherwise never hear why the line goes dead.
    notice = fixed_speech.say(call, TIME_LIMIT, interruptible=False)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(notice.wait_for_playout(), NOTICE_TIMEOUT_S)
    call.end(EndingReason.MAX_DURATION)
