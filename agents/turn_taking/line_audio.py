"""A telephone line's audio: 8 kHz, 20 ms at a time, and the session's 24 kHz made of it."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

LINE_RATE = 8_000
FRAME_MS = 20
# livekit-agents hands audio in and out at this rate; a third of it is the line's.
SESSION_RATE = 24_000
_STEP = SESSION_RATE // LINE_RATE
SILENCE_DBFS = -96.0

Samples = NDArray[np.int16]
# The audio's own pace is the clock, within this: frames come late when the machine is busy.
CLOCK_SLACK_S = 0.15


class AudioClock:
    """When what was heard last had been said, in seconds since the epoch."""

    def __init__(self) -> None:
        self.at = 0.0

    def heard(self, duration_s: float, now: float) -> float:
        """The end of the next piece. Never ahead of ``now``: set by one late piece, the clock would
        be wrong for the whole call, and each reply would look faster than on its tape."""
        at = self.at + duration_s
        self.at = now if now - at > CLOCK_SLACK_S else min(at, now)
        return self.at


def to_line(samples: Samples) -> Samples:
    """24 kHz -> 8 kHz. A line's audio has nothing above 4 kHz, so averaging is filter enough."""
    usable = samples[: len(samples) - len(samples) % _STEP]
    total = usable[::_STEP].astype(np.int32)
    for step in range(1, _STEP):
        total += usable[step::_STEP]
    averaged: Samples = (total // _STEP).astype(np.int16)
    return averaged


def to_session(samples: Samples) -> Samples:
    """8 kHz -> 24 kHz, for the model."""
    return upsample(samples, _STEP)


def upsample(samples: Samples, factor: int) -> Samples:
    """Band-limited: zeros between the samples, then a windowed sinc over 16 samples a side."""
    if not len(samples):
        return samples
    stretched = np.zeros(len(samples) * factor, dtype=np.float64)
    stretched[::factor] = samples
    filtered = np.convolve(stretched, _kernel(factor), mode="same")
    return np.clip(filtered, -32768, 32767).astype(np.int16)


@functools.cache
def _kernel(factor: int) -> NDArray[np.float64]:
    at = np.arange(-16 * factor, 16 * factor + 1)
    kernel: NDArray[np.float64] = np.sinc(at / factor) * np.hanning(len(at))
    return kernel


def elapsed_ms(since: float, until: float) -> float:
    """Between two ends of frames, in seconds since the epoch. Rounded, as a float is too coarse
    there: four frames come to 79.9999 ms, and waited for 80 a decision would come a frame late."""
    return round((until - since) * 1000, 1)


def speech_dbfs(pieces: Iterable[Samples]) -> float:
    """How loud the speech in these pieces (20 ms and more each) is: not its pauses."""
    loudest = sorted(level_dbfs(piece) for piece in pieces)
    return loudest[len(loudest) * 4 // 5] if loudest else SILENCE_DBFS


def level_dbfs(samples: Samples) -> float:
    if not len(samples):
        return SILENCE_DBFS
    exact = samples.astype(np.float64)
    power = float(np.dot(exact, exact)) / len(exact)
    return max(SILENCE_DBFS, 10 * math.log10(max(power, 1e-9) / 32768.0**2))
