"""The agent's voice as the floor has it in hand: held where it is, or kept from beginning."""

from __future__ import annotations

from typing import Any

from livekit.agents import AgentSession

from agents.turn_taking.playout import Playout


class AgentVoice:
    """``waits``: the caller's turn is open, and nothing new begins to be said into it."""

    def __init__(self, session: AgentSession[Any]) -> None:
        self._session = session
        self._playout: Playout | None = None
        self._waits = False
        self.paused = False

    def speak_through(self, playout: Playout) -> None:
        """What the agent says goes out here."""
        self._playout = playout

    @property
    def playing(self) -> bool:
        return self._playout is not None and self._playout.playing

    @property
    def left_s(self) -> float | None:
        return self._playout.left_s if self._playout is not None else None

    def pause(self) -> None:
        self.paused = True
        if self.playing or self._playout is None:
            if self._session.output.audio is not None:
                self._session.output.audio.pause()
        else:
            self._playout.hold(True)

    def resume(self) -> None:
        self.paused = False
        if self._playout is not None:
            self._playout.hold(self._waits)
        if self._session.output.audio is not None:
            self._session.output.audio.resume()

    def wait(self, waits: bool) -> None:
        """Asked every 20 ms."""
        if waits == self._waits:
            return
        self._waits = waits
        if self._playout is not None and not self.paused:
            self._playout.hold(waits)
