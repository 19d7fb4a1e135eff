"""What the caller presses while they are on hold."""

from __future__ import annotations

import asyncio
from collections.abc import Container


class CallerKeys:
    """Fed with ``pressed``; nothing here ever reaches the agent."""

    def __init__(self) -> None:
        self._keys: asyncio.Queue[str] = asyncio.Queue()
        self.hash_pressed = False

    def pressed(self, key: str) -> None:
        self.hash_pressed = self.hash_pressed or key == "#"
        self._keys.put_nowait(key)

    def forget(self) -> None:
        """What was pressed before a question is no answer to it."""
        self.hash_pressed = False
        while not self._keys.empty():
            self._keys.get_nowait()

    async def one_of(self, wanted: Container[str], within_s: float) -> str | None:
        """The first of these keys; None when none comes in time."""
        try:
            async with asyncio.timeout(within_s):
                while (key := await self._keys.get()) not in wanted:
                    continue
                return key
        except TimeoutError:
            return None
