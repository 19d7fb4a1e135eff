"""Waits for whichever of several things happens first."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


async def first_of(timeout_s: float | None = None, /, **waits: Coroutine[Any, Any, Any]) -> str:
    """The name of the wait that is done first, in the order given; the others are cancelled.

    Empty when none was done in time. Raises what the wait raised.
    """
    tasks = {name: asyncio.ensure_future(wait) for name, wait in waits.items()}
    try:
        await asyncio.wait(tasks.values(), timeout=timeout_s, return_when=asyncio.FIRST_COMPLETED)
        name = next((name for name, task in tasks.items() if task.done()), "")
        if name:
            tasks[name].result()
        return name
    finally:
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)
