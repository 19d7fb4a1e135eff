"""8 kHz to 48 kHz in frames of 20 ms, with 1 ms of delay and no state but a few samples."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

UPSAMPLED_RATE = 48000
_FACTOR = 6
# Input samples that one output sample is made of: the filter's delay is half of them, 1 ms.
_TAPS = 16
# Of the input's rate. G.711 ends at 3.4 kHz; what the filter lets through above 4 kHz is a mirror.
_CUTOFF = 0.46
_KAISER_BETA = 6.0


def _phases() -> npt.NDArray[np.float32]:
    """A windowed sinc, as one column for each output sample between two inputs: (taps, factor)."""
    length = _TAPS * _FACTOR
    position = (np.arange(length) - (length - 1) / 2) / _FACTOR
    low_pass = np.sinc(2 * _CUTOFF * position) * np.kaiser(length, _KAISER_BETA)
    columns = low_pass.reshape(_TAPS, _FACTOR)[::-1]
    phases: npt.NDArray[np.float32] = (columns / columns.sum(axis=0)).astype(np.float32)
    return phases


_PHASES = _phases()


class Upsampler:
    """One stream's conversion."""

    def __init__(self) -> None:
        self._past = np.zeros(_TAPS - 1, np.float32)

    def convert(self, frame: bytes) -> bytes:
        """s16le at 8 kHz to six times as many samples at 48 kHz."""
        samples = np.concatenate((self._past, np.frombuffer(frame, np.int16)), dtype=np.float32)
        self._past = samples[1 - _TAPS :]
        windows = np.lib.stride_tricks.sliding_window_view(samples, _TAPS)
        made = windows @ _PHASES
        pcm: bytes = np.clip(made, -32768, 32767).astype(np.int16).tobytes()
        return pcm
