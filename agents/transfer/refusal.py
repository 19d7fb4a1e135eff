"""A hand-over that a supervisor asked for and that cannot begin: a row of its own, failed at once.

It has one step, which is its last: beside a hand-over that is going on it changes nothing.
"""

from __future__ import annotations

import itertools
import logging

from agents.call import LiveCall
from agents.transfer.desk import Desk
from agents.transfer.steps import Request, Steps
from telephony.contracts import TeamSpec
from telephony.enums import TransferCause, TransferState

logger = logging.getLogger(__name__)

MOST = 5


class Refusals:
    """One call's. What is asked again and again is told ``MOST`` times."""

    def __init__(self, call: LiveCall, desk: Desk) -> None:
        self._call = call
        self._desk = desk
        self._numbers = itertools.count(1)

    def tell(self, team: str) -> None:
        """The hand-over to the team of this key was not begun; ``detail`` of the row says why."""
        why, number = self._why(team), next(self._numbers)
        logger.warning("a hand-over that a supervisor asked for was not begun: %s", why)
        if number > MOST:
            return
        resumed = self._call.plan.resumed
        key = f"{f'r{resumed.takeover}' if resumed else ''}s{number}"
        asked = Request(cause=TransferCause.SUPERVISOR, team=TeamSpec(key=team[:64], name=""))
        steps = Steps(self._call.recorder, self._call.clock, key, asked)
        steps.tell(TransferState.FAILED, detail=f"not begun: {why}")

    def _why(self, team: str) -> str:
        if self._desk.busy:
            return "a hand-over is going on"
        if self._call.ending is not None or not self._call.answered:
            return "nobody is talking"
        if self._desk.team(team) is None or not team:
            return "no such team"
        return "no more of them in this call"
