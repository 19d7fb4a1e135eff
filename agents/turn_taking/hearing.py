"""What comes down the line, 20 ms at a time: how loud, how likely speech, and without our own echo.

Everything runs at 8 kHz, as a telephone line carries nothing above 4 kHz. Silero's model is called
directly: its stream in livekit-agents reports only edges that it has already waited for, and an
early guess at the end of a turn needs each window's probability.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any

import numpy as np
from livekit import rtc
from livekit.plugins.silero.onnx_model import OnnxModel, new_inference_session

from agents.turn_taking.echo import Echo
from agents.turn_taking.line_audio import (
    FRAME_MS,
    LINE_RATE,
    SESSION_RATE,
    SILENCE_DBFS,
    Samples,
    level_dbfs,
    to_line,
    to_session,
)

# The network rests after so much of what is too quiet to count: most of a call is.
REST_AFTER_MS = 300
# Of what it missed it hears this first when it is woken, so that it knows the line.
WARM_UP_WINDOWS = 5


@dataclass(frozen=True, slots=True)
class Sound:
    """20 ms of the line, without our own echo but for ``raw_dbfs``. ``samples`` are at 8 kHz,
    ``for_model`` at 24 kHz, and as they came where there is no echo. ``probability`` of speech: 0
    where it is too quiet to count."""

    samples: Samples
    for_model: Samples
    level_dbfs: float
    probability: float
    raw_dbfs: float


SILENT = Sound(
    np.zeros(LINE_RATE * FRAME_MS // 1000, np.int16),
    np.zeros(SESSION_RATE * FRAME_MS // 1000, np.int16),
    SILENCE_DBFS,
    0.0,
    SILENCE_DBFS,
)


@functools.cache
def vad_session() -> Any:
    """Silero's network, loaded once a process."""
    return new_inference_session(force_cpu=True)


class Hearing:
    """One call's ear; ``echo`` must be told what goes out."""

    def __init__(self) -> None:
        self.echo = Echo()
        self._model = OnnxModel(onnx_session=vad_session(), sample_rate=LINE_RATE)
        self._unheard: Samples = np.zeros(0, dtype=np.int16)
        self._probability = 0.0
        self._quiet_ms = 0

    def hear(self, frame: rtc.AudioFrame, least_dbfs: float = SILENCE_DBFS) -> Sound:
        """20 ms of the caller's track at 24 kHz; what is below ``least_dbfs`` is not speech."""
        whole = np.frombuffer(frame.data, dtype=np.int16)
        raw = to_line(whole)
        clean = self.echo.take_out(raw)
        raw_dbfs = level_dbfs(raw)
        level = raw_dbfs if clean is raw else level_dbfs(clean)
        self._quiet_ms = self._quiet_ms + FRAME_MS if level < least_dbfs else 0
        self._listen(clean)
        for_model = to_session(clean) if self.echo.present else whole.copy()
        return Sound(clean, for_model, level, self._probability, raw_dbfs)

    def _listen(self, samples: Samples) -> None:
        self._unheard = np.concatenate([self._unheard, samples])
        size = self._model.window_size_samples
        if self._quiet_ms > REST_AFTER_MS:
            self._unheard = self._unheard[-WARM_UP_WINDOWS * size :]
            if self._probability:
                self._probability = 0.0
                self._model.reset()
            return
        while len(self._unheard) >= size:
            window, self._unheard = self._unheard[:size], self._unheard[size:]
            self._probability = self._model(window.astype(np.float32) / 32768.0)
