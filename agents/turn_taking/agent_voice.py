"""The agent's voice as the floor has it in hand: held where it is, or kept from beginning."""

from __future__ import annotations

from agents.turn_taking.playout import Playout


class AgentVoice:
    """What the agent says goes out by ``playout``."""

    def __init__(self, playout: Playout) -> None:
        self._playout = playout
        self._waits = False
        self.paused = False

    @property
    def playing(self) -> bool:
        return self._playout.playing

    @property
    def left_s(self) -> float | None:
        return self._playout.left_s

    def pause(self) -> None:
        self.paused = True
        if self.playing:
            self._playout.pause()
        else:
            self._playout.hold(True)

    def resume(self) -> None:
        self.paused = False
        self._playout.hold(self._waits)
        self._playout.resume()

    def wait(self, waits: bool) -> None:
        """While the caller's turn is open nothing new begins to be said into it. Told every
        20 ms."""
        if waits == self._waits:
            return
        self._waits = waits
        if not self.paused:
            self._playout.hold(waits)
