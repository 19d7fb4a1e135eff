"""Lets the ears beside the model hear what is said over the agent, and nothing else.

They are paid by the minute of audio: an overlap is sent with what came shortly before it, and of
its pauses only the first.
"""

from __future__ import annotations

from collections import deque
from typing import Protocol

from agents.turn_taking.line_audio import FRAME_MS, Samples

# The end of an utterance over the agent's: its words are asked for, of the model too.
END_MS = 120
# Of a pause, what is heard with the words that follow it.
KEPT_FRAMES = 300 // FRAME_MS


class LiveEars(Protocol):
    """A streaming transcription beside the model. None of these waits, or fails."""

    def hear(self, audio: list[Samples]) -> None:
        """24 kHz audio of an utterance, which begins with the first."""

    def pause(self) -> None:
        """It paused: all its words are wanted."""

    def stop(self) -> None:
        """It is of no interest any more."""


class Overhearing:
    """Of one overlap, from its beginning to its decision."""

    def __init__(self, ears: LiveEars, audio: list[Samples]) -> None:
        self._ears = ears
        self._silent_ms = 0
        self._kept: deque[Samples] = deque(maxlen=KEPT_FRAMES)
        ears.stop()  # of another, which was given up
        ears.hear(audio)

    def feed(self, samples: Samples, *, voiced: bool) -> None:
        """The next 20 ms."""
        self._kept.append(samples)
        paused = self._silent_ms >= END_MS
        self._silent_ms = 0 if voiced else self._silent_ms + FRAME_MS
        if paused and not voiced:
            return
        self._ears.hear(list(self._kept))
        self._kept.clear()
        if self._silent_ms >= END_MS:
            self._ears.pause()

    def stop(self) -> None:
        self._ears.stop()
