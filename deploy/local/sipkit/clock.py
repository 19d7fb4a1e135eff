"""A 20 ms clock for media: drift-free, one timer for every call of an endpoint."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

FRAME_S = 0.02
FRAME_BYTES = 320
FRAME_SAMPLES = 160
SAMPLE_RATE = 8000
# After a stall, this many ticks run one after the other; the rest are skipped: late audio is
# worse than none.
_MAX_CATCH_UP_TICKS = 2


class FrameClock:
    """Calls each callback every 20 ms. ``ticks`` counts time, so it goes on over skipped ticks."""

    def __init__(self, log: logging.Logger | None = None) -> None:
        self.ticks = 0
        self.skipped = 0
        self._callbacks: list[Callable[[], None]] = []
        self._waiters: list[asyncio.Future[int]] = []
        self._handle: asyncio.TimerHandle | None = None
        self._started_at = 0.0
        self._log = log or logging.getLogger(__name__)

    def add(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` every tick, in the event loop; it must not block."""
        self._callbacks.append(callback)

    def remove(self, callback: Callable[[], None]) -> None:
        """Stop calling ``callback``; unknown ones are ignored."""
        if callback in self._callbacks:
            self._callbacks.remove(callback)

    async def tick(self) -> int:
        """Wait for the next tick and return its number."""
        waiter: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        return await waiter

    def start(self) -> None:
        """Start ticking; needs a running event loop."""
        loop = asyncio.get_running_loop()
        self._started_at = loop.time() - self.ticks * FRAME_S
        self._schedule()

    def stop(self) -> None:
        """Stop ticking; what waits in tick() is cancelled."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None
        for waiter in self._waiters:
            waiter.cancel()
        self._waiters.clear()

    def _schedule(self) -> None:
        # Absolute times: a delay of one tick is not carried into the next ones. A tick to catch up
        # is due at once, but in the loop's next round: packets that wait are read before it.
        when = self._started_at + (self.ticks + 1) * FRAME_S
        self._handle = asyncio.get_running_loop().call_at(when, self._fire)

    def _fire(self) -> None:
        elapsed = asyncio.get_running_loop().time() - self._started_at
        missed = int(elapsed / FRAME_S) - self.ticks - _MAX_CATCH_UP_TICKS
        if missed > 0:
            self.skipped += missed
            self.ticks += missed
        self.ticks += 1
        for callback in tuple(self._callbacks):
            try:
                callback()
            except Exception:
                # One call's fault must not stop the clock of all the others.
                self._log.exception("a callback of the frame clock failed")
        waiters, self._waiters = self._waiters, []
        for waiter in waiters:
            if not waiter.done():
                waiter.set_result(self.ticks)
        self._schedule()
