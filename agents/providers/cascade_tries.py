"""How often a server of a cascade is asked for the same thing, and when there is no use in it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from livekit.agents import APIConnectOptions, APIError, APIStatusError

from agents.providers.refusals import FATAL_CODES

logger = logging.getLogger(__name__)

T = TypeVar("T")

ONCE = APIConnectOptions(max_retry=0, timeout=10.0)
# A reply, or the words of a turn, are asked for again after these pauses; then the server is dead.
RETRY_AFTER_S = (0.2, 0.8)
NO_USE_TO_RETRY = frozenset({400, 401, 403, 404, 422})


async def with_retries(
    work: Callable[[], Awaitable[T]], given_up: Callable[[], bool] = lambda: False
) -> T:
    """Raises the last APIError. ``given_up`` is asked whether another try would make it worse."""
    for pause_s in RETRY_AFTER_S:
        try:
            return await work()
        except APIError as error:
            if given_up() or _is_final(error):
                raise
            logger.warning("the cascade is asked again: %s", type(error).__name__)
        await asyncio.sleep(pause_s)
    return await work()


def _is_final(error: APIError) -> bool:
    if isinstance(error, APIStatusError) and error.status_code in NO_USE_TO_RETRY:
        return True
    code = error.body.get("code") if isinstance(error.body, dict) else None
    return code in FATAL_CODES
