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
from agents.turn_taking.line_audio import LINE_RATE, Samples, level_dbfs, to_line, to_session


@dataclass(frozen=True, slots=True)
class Sound:
    """20 ms of the line, without our own echo but for ``raw_dbfs``. ``samples`` are at 8 kHz,
    ``for_model`` at 24 kHz, and as they came where there is no echo."""

    samples: Samples
    for_model: Samples
    level_dbfs: float
    probability: float
    raw_dbfs: float


@functools.cache
def vad_session() -> Any:
    """Silero's network, loaded once a process."""
    return new_inference_session(force_cpu=True)


class Hearing:
    """One call's ear; ``echo`` must be told what goes out."""

    def __init__(self) -> None:
        self.echo = Echo()
        self._model = OnnxModel(onnx_session=vad_session(), sample_rate=LINE_RATE)
        self._window: Samples = np.zeros(0, dtype=np.int16)
        self._probability = 0.0

    def hear(self, frame: rtc.AudioFrame) -> Sound:
        """20 ms of the caller's track at 24 kHz."""
        whole = np.frombuffer(frame.data, dtype=np.int16)
        raw = to_line(whole)
        clean = self.echo.take_out(raw)
        self._window = np.concatenate([self._window, clean])
        size = self._model.window_size_samples
        while len(self._window) >= size:
            window, self._window = self._window[:size], self._window[size:]
            self._probability = self._model(window.astype(np.float32) / 32768.0)
        for_model = to_session(clean) if self.echo.present else whole.copy()
        return Sound(clean, for_model, level_dbfs(clean), self._probability, level_dbfs(raw))
