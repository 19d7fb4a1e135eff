"""A hand-over may come: who is free is looked up and the briefing drafted, beside the conversation.

Nobody is reserved, and nothing waits for it: an answer that is late or none leaves it unknown.
"""

from __future__ import annotations

import asyncio
import logging

from agents.call import LiveCall
from agents.ports import Handoff
from agents.transfer.briefing import Notes
from agents.transfer.sentences import OFFER, OFFER_MESSAGE, OFFER_TO_WAIT
from telephony.contracts import HumansFree, TeamSpec
from telephony.enums import EventKind, NobodyAction, NobodyFree, TransferCause

logger = logging.getLogger(__name__)

LOOK_UP_TIMEOUT_S = 1.0


class Preparation:
    """One call's. Its first time is an event of the call; the next ones only look who is free."""

    def __init__(self, call: LiveCall, handoff: Handoff | None, notes: Notes) -> None:
        self._call = call
        self._handoff = handoff
        self._notes = notes
        self._free: HumansFree | None = None  # None: unknown
        self._work: asyncio.Task[None] | None = None
        self._told = False

    def begin(self, team: TeamSpec) -> None:
        """Returns at once."""
        if self._work is None or self._work.done():
            self._free = None
            self._work = self._call.spawn(self._prepare(team), "handoff-prepare")

    def offer(self, team: TeamSpec) -> str:
        """The question that offers a human; empty when it could only disappoint."""
        if self._free is None or self._free.count:
            return OFFER
        if team.nobody is NobodyAction.RETURN:
            return ""
        waits = team.nobody is NobodyAction.WAIT and self._free.why is NobodyFree.ALL_BUSY
        return OFFER_TO_WAIT if waits else OFFER_MESSAGE

    async def _prepare(self, team: TeamSpec) -> None:
        draft = self._notes.briefing(TransferCause.FRUSTRATION)
        self._free = await self._look_up(team)
        if not self._told:
            self._told = True
            free = self._free.count if self._free is not None else "unknown"
            self._call.recorder.event(
                EventKind.HANDOFF_PREPARED,
                detail={"team": team.key, "free": free, "briefing": draft},
            )

    async def _look_up(self, team: TeamSpec) -> HumansFree | None:
        if self._handoff is None:
            return None
        try:
            async with asyncio.timeout(LOOK_UP_TIMEOUT_S):
                return await self._handoff.humans_free(self._call.plan.call_id, team.key)
        except Exception as error:
            # Whatever the database raises, or nothing in time.
            logger.warning("nobody knows who is free: %s", type(error).__name__)
            return None
