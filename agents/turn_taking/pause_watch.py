"""Ends a pause of the agent's that nothing heard can end: the caller's track is muted or gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

# Frames come every 20 ms. A busy machine is late, but not so late.
DEAF_S = 0.6


class PauseWatch:
    """``resume`` is called once nothing was heard for ``DEAF_S`` of a pause."""

    def __init__(self, resume: Callable[[], None]) -> None:
        self._resume = resume
        self._heard = False
        self._timer: asyncio.TimerHandle | None = None

    def heard(self) -> None:
        """Each frame of the caller's."""
        self._heard = True

    def begin(self) -> None:
        self.end()
        self._heard = False
        self._timer = asyncio.get_running_loop().call_later(DEAF_S, self._look)

    def end(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        if self._heard:
            self.begin()
        else:
            self._resume()
