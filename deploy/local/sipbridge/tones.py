"""The tone a room hears while a phone rings (play_dialtone)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from .audio import FRAME_BYTES, SAMPLE_RATE, SILENCE

# ETSI TS 101 041: 425 Hz, one second on, four seconds off.
_FREQUENCY_HZ = 425
_ON_FRAMES = 50
_PERIOD_FRAMES = 250
_AMPLITUDE = 8000

_SAMPLES = FRAME_BYTES // 2
_WAVE = (
    _AMPLITUDE * np.sin(2 * np.pi * _FREQUENCY_HZ * np.arange(_ON_FRAMES * _SAMPLES) / SAMPLE_RATE)
).astype(np.int16)
_ON = [_WAVE[start * _SAMPLES : (start + 1) * _SAMPLES].tobytes() for start in range(_ON_FRAMES)]


class RingingTone:
    """Pushes a frame of the tone, or of its pause, at every tick."""

    def __init__(self, push: Callable[[bytes], None]) -> None:
        self._push = push
        self._frame = 0

    def tick(self) -> None:
        position = self._frame % _PERIOD_FRAMES
        self._push(_ON[position] if position < _ON_FRAMES else SILENCE)
        self._frame += 1
