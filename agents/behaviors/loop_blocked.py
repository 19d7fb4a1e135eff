"""Something holds the event loop, and with it a live call: measured, logged, kept as an event."""

from __future__ import annotations

import asyncio
import logging

from agents.call import LiveCall
from telephony.enums import EventKind

logger = logging.getLogger(__name__)

PULSE_S = 0.05
BLOCKED_MS = 200
# A call on a machine that is too small would else fill its own history.
MAX_EVENTS = 20


def attach(call: LiveCall) -> None:
    call.spawn(_watch(call), "loop-watch")


async def _watch(call: LiveCall) -> None:
    loop = asyncio.get_running_loop()
    events = 0
    while call.ending is None:
        start = loop.time()
        await asyncio.sleep(PULSE_S)
        blocked_ms = round((loop.time() - start - PULSE_S) * 1000)
        if blocked_ms < BLOCKED_MS:
            continue
        logger.warning("the event loop was blocked for %d ms", blocked_ms)
        if events < MAX_EVENTS:
            events += 1
            call.recorder.event(EventKind.LOOP_BLOCKED, detail={"blocked_ms": blocked_ms})
