"""What goes into the score and what comes out: turns, contributions, the score."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from agents.frustration.reasons import Reason


class Speaker(StrEnum):
    CALLER = "caller"
    AGENT = "agent"
    TOOL = "tool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One turn of a dialogue.

    ``interrupted`` and ``overlaps`` (how often the caller spoke meanwhile) are of agent turns,
    ``level_db`` (against the caller's own first turn) of caller turns, ``ok`` of tool turns.
    """

    speaker: Speaker
    text: str = ""
    interrupted: bool = False
    overlaps: int = 0
    level_db: float | None = None
    ok: bool = True

    def is_louder_than(self, least_db: float) -> bool:
        return self.level_db is not None and self.level_db >= least_db


@dataclass(frozen=True, slots=True)
class Contribution:
    """Why the score moved: ``weight`` is from 0 to 1, below 0 for what calms."""

    reason: Reason
    turn: int
    weight: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """After a turn. ``value`` is now, ``peak`` the highest so far, both from 0 to 1.

    ``turn`` is where the threshold was first crossed, else where the peak was (None: nowhere).
    ``new`` are the contributions of the last turn.
    """

    value: float
    peak: float
    turn: int | None
    transfer: bool
    new: tuple[Contribution, ...]
