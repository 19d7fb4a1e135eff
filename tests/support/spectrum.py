"""Which tones a tape holds, and when: 100 ms windows, one each 20 ms.

Tones stand for people where it matters who hears whom. All are multiples of 10 Hz, so that a window
of 100 ms tells them apart, and none is a harmonic of another.
"""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 8000
CALLER_HZ, HUMAN_HZ, HOLD_HZ, AGENT_HZ = 440, 660, 880, 1200
WINDOW_MS, HOP_MS = 100, 20
# Amplitudes of s16le. The tones are played at 4,000 to 8,000; a codec's noise stays below 100.
THERE = 400.0
QUIET_RMS = 60.0
# A click has every frequency; a tone, be it one packet of it, is weak so far from its own.
BESIDE_HZ = 110

Levels = NDArray[np.float64]


class Tape:
    """One channel of a phone's tape, s16le at 8 kHz; all times in ms from its beginning."""

    def __init__(self, pcm: bytes) -> None:
        self._samples = np.frombuffer(pcm, np.int16).astype(np.float64)
        self._levels: dict[int, Levels] = {}

    @property
    def duration_ms(self) -> int:
        return len(self._samples) * 1000 // RATE

    def times(self, hz: int, from_ms: float = 0, until_ms: float = float("inf")) -> list[int]:
        """Where the windows begin that lie whole in the stretch and hold the tone."""
        level = self._level(hz)
        beside = np.maximum(self._level(hz - BESIDE_HZ), self._level(hz + BESIDE_HZ))
        starts = np.flatnonzero((level > THERE) & (level > 2 * beside)) * HOP_MS
        return [int(t) for t in starts if t >= from_ms and t + WINDOW_MS <= until_ms]

    def first(self, hz: int, from_ms: float = 0) -> int | None:
        """Where the tone begins, to a hop."""
        found = self.times(hz, from_ms)
        return found[0] + WINDOW_MS // 2 if found else None

    def last(self, hz: int, until_ms: float = float("inf")) -> int | None:
        """Where the tone ends, to a hop."""
        found = self.times(hz, 0, until_ms)
        return found[-1] + WINDOW_MS // 2 if found else None

    def longest_silence_ms(self, from_ms: float, until_ms: float) -> int:
        """The longest run of 20 ms frames in which nothing at all is heard."""
        frame = RATE * HOP_MS // 1000
        part = self._samples[int(from_ms) * RATE // 1000 : int(until_ms) * RATE // 1000]
        part = part[: len(part) // frame * frame].reshape(-1, frame)
        longest = run = 0
        for quiet in np.sqrt(np.mean(part**2, axis=1)) < QUIET_RMS:
            run = run + HOP_MS if quiet else 0
            longest = max(longest, run)
        return longest

    def _level(self, hz: int) -> Levels:
        """Amplitude of the tone in each window (a full sine of 8,000 gives 8,000)."""
        if hz not in self._levels:
            size, hop = RATE * WINDOW_MS // 1000, RATE * HOP_MS // 1000
            if len(self._samples) < size:
                return np.zeros(0)
            windows = np.lib.stride_tricks.sliding_window_view(self._samples, size)[::hop]
            # Hann: the edge of another tone inside the window must not look like this one.
            shape = np.hanning(size)
            probe = shape * np.exp(-2j * np.pi * hz * np.arange(size) / RATE)
            # Not ``@``: polled each 20 ms, OpenBLAS's second thread spins between, a core of it.
            self._levels[hz] = 2 * np.abs(np.einsum("wn,n->w", windows, probe)) / shape.sum()
        return self._levels[hz]


def write_tone(path: Path, hz: int, amplitude: float = 4000.0) -> Path:
    """A second of a tone as a mono 16-bit WAV whose end joins its beginning."""
    rate = 24_000
    samples = amplitude * np.sin(2 * np.pi * hz * np.arange(rate) / rate)
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.astype(np.int16).tobytes())
    return path
