"""How loud the line itself is, and how sure the voice detector must be on it.

The floor is the quiet end of what is heard while nobody speaks: found in the call's first second,
then followed slowly, so that a street that grows louder is followed and a pause in music is not.
"""

from __future__ import annotations

import math
from collections import deque

from agents.turn_taking.line_audio import FRAME_MS, SILENCE_DBFS

FIRST_LOOK_MS = 1000
WINDOW_MS = 4000
QUIET_SHARE = 0.2  # the floor is the level that a fifth of the frames stay below
CLEAN_LINE_DBFS = -50.0
LOUD_LINE_DBFS = -30.0
# What a loud line may add to the persona's own threshold, and where that stops.
MOST_RAISE = 0.25
HIGHEST_ACTIVATION = 0.85
# Speech is taken for such when it stands this far above the floor.
LEAST_ABOVE_FLOOR_DB = 6.0
TOLD_AGAIN_DB = 6.0


class LineNoise:
    """Feed every 20 ms; ask ``activation`` and ``least_dbfs``. ``told()`` says when to note it."""

    def __init__(self, activation: float) -> None:
        self._base = activation
        self._levels: deque[float] = deque(maxlen=WINDOW_MS // FRAME_MS)
        self._since_look = 0
        self._told_dbfs: float | None = None
        self.floor_dbfs = SILENCE_DBFS
        self.activation = activation

    @property
    def least_dbfs(self) -> float:
        return max(self.floor_dbfs + LEAST_ABOVE_FLOOR_DB, -60.0)

    def feed(self, level_dbfs: float, *, speech: bool) -> None:
        """``speech``: somebody is speaking, so this says nothing of the line."""
        if speech:
            return
        self._levels.append(level_dbfs)
        self._since_look += FRAME_MS
        if self._since_look < FIRST_LOOK_MS:
            return
        self._since_look = 0
        quiet = sorted(self._levels)[int(len(self._levels) * QUIET_SHARE)]
        first = self.floor_dbfs == SILENCE_DBFS
        self.floor_dbfs = quiet if first else self.floor_dbfs + 0.4 * (quiet - self.floor_dbfs)
        self.activation = activation_for(self.floor_dbfs, self._base)

    def raise_to(self, level_dbfs: float) -> None:
        """What was heard this loud was nobody."""
        self.floor_dbfs = max(self.floor_dbfs, level_dbfs)
        self.activation = activation_for(self.floor_dbfs, self._base)
        self._levels.clear()

    def told(self) -> bool:
        """True when the floor is known and moved since it was last told."""
        if self.floor_dbfs == SILENCE_DBFS and len(self._levels) * FRAME_MS < FIRST_LOOK_MS:
            return False
        if (
            self._told_dbfs is not None
            and math.fabs(self.floor_dbfs - self._told_dbfs) < TOLD_AGAIN_DB
        ):
            return False
        self._told_dbfs = self.floor_dbfs
        return True


def activation_for(floor_dbfs: float, base: float) -> float:
    """The detector's threshold on a line with this floor: the persona's, raised by its noise."""
    loudness = (floor_dbfs - CLEAN_LINE_DBFS) / (LOUD_LINE_DBFS - CLEAN_LINE_DBFS)
    raised = base + MOST_RAISE * min(1.0, max(0.0, loudness))
    return min(max(raised, base), max(base, HIGHEST_ACTIVATION))
