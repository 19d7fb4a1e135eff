"""Who is rung next: the database reserves a human, and without it the plan's own list goes on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from agents.ports import Handoff
from telephony.contracts import HumanOffer, NobodyOffer, TeamSpec
from telephony.enums import NobodyFree

logger = logging.getLogger(__name__)

# The caller waits for it; the list in the plan is good enough when it takes longer.
RESERVE_TIMEOUT_S = 1.0


class Humans:
    """Of one transfer; ``handoff`` None: there is no database to ask."""

    def __init__(self, handoff: Handoff | None, call_id: UUID, key: str, team: TeamSpec) -> None:
        self._handoff = handoff
        self._call_id = call_id
        self._key = key
        self._team = team

    async def next(self, tried: Sequence[int]) -> HumanOffer | NobodyOffer:
        """The next one to ring, who is not in ``tried``."""
        if self._handoff is not None:
            try:
                async with asyncio.timeout(RESERVE_TIMEOUT_S):
                    return await self._handoff.reserve_human(
                        self._call_id, self._key, self._team.key, tuple(tried)
                    )
            except Exception as error:
                # Whatever the database raises, or nothing in time.
                logger.warning("no human could be reserved: %s", type(error).__name__)
        for human in self._team.humans:
            if human.id not in tried:
                return HumanOffer(human=human, transcript_url="", access_code="")
        why = NobodyFree.NONE_LEFT if tried else NobodyFree.ALL_BUSY
        return NobodyOffer(why=why)
