"""Notices that nothing is heard any more, the caller's track is muted or gone, while the agent's
pause or the caller's turn waits for what is heard to end it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

# Frames come every 20 ms. A busy machine is late, but not so late.
DEAF_S = 0.6


class LineWatch:
    """``on_deaf`` is called each time that nothing was heard for ``DEAF_S`` of what waits."""

    def __init__(self, on_deaf: Callable[[], None]) -> None:
        self._on_deaf = on_deaf
        self._heard = False
        self._timer: asyncio.TimerHandle | None = None

    def heard(self) -> None:
        """Each frame of the caller's."""
        self._heard = True

    def needed(self, needed: bool) -> None:
        """Whether anything waits; said as often as you like."""
        if not needed:
            self.stop()
        elif self._timer is None:
            self._start()

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _start(self) -> None:
        self._heard = False
        self._timer = asyncio.get_running_loop().call_later(DEAF_S, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._heard:
            self._start()
        else:
            self._on_deaf()
