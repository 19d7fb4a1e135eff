"""Sounds to lay on a tape, a loudspeaker that keeps time, and a tape read back."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import av
import numpy as np
from livekit import rtc
from livekit.agents.voice import io
from numpy.typing import NDArray

RATE = 24_000
FRAME = RATE // 50
Samples = NDArray[np.int16]


def tone(seconds: float, hertz: float = 440.0, amplitude: float = 8000.0) -> Samples:
    t = np.arange(round(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * hertz * t)).astype(np.int16)


def silence(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), dtype=np.int16)


def frames(samples: Samples) -> list[rtc.AudioFrame]:
    """Of 20 ms each; what does not fill one is padded."""
    padded = np.pad(samples, (0, -len(samples) % FRAME))
    return [
        rtc.AudioFrame(padded[i : i + FRAME].tobytes(), RATE, 1, FRAME)
        for i in range(0, len(padded), FRAME)
    ]


class Microphone(io.AudioInput):
    """Frames at their pace; ``began`` is when each was spoken."""

    def __init__(self, samples: Samples) -> None:
        super().__init__(label="microphone")
        self._frames = frames(samples)
        self.began: list[float] = []

    async def __anext__(self) -> rtc.AudioFrame:
        if not self._frames:
            raise StopAsyncIteration
        begins = self.began[-1] + 0.02 if self.began else time.time()
        await asyncio.sleep(max(0.0, begins + 0.02 - time.time()))
        self.began.append(begins)
        return self._frames.pop(0)


class Loudspeaker:
    """Plays in real time into nothing; as rtc.AudioSource it takes 80 ms ahead."""

    AHEAD_S = 0.08

    def __init__(self) -> None:
        self._ends = 0.0
        self.began: list[float] = []  # when each frame will be heard

    @property
    def queued_duration(self) -> float:
        return max(0.0, self._ends - time.time())

    def clear_queue(self) -> None:
        self._ends = time.time()

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        begins = max(self._ends, time.time())
        self.began.append(begins)
        self._ends = begins + frame.duration
        await asyncio.sleep(max(0.0, self.queued_duration - self.AHEAD_S))

    async def wait_for_playout(self) -> None:
        await asyncio.sleep(self.queued_duration)


def read(path: Path) -> NDArray[np.float32]:
    """Both channels of a tape at RATE, shape (2, samples)."""
    with av.open(str(path)) as container:
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="fltp", layout="stereo", rate=RATE)
        pieces = [
            piece.to_ndarray()
            for frame in container.decode(stream)
            for piece in resampler.resample(frame)
        ]
        pieces += [piece.to_ndarray() for piece in resampler.resample(None)]
    return np.concatenate(pieces, axis=1).astype(np.float32)


def sounds(channel: NDArray[np.float32], threshold: float = 0.02) -> list[tuple[float, float]]:
    """``(start_s, end_s)`` of what is louder than the threshold; pauses below 50 ms are none."""
    loud = np.flatnonzero(np.abs(channel) > threshold)
    if not len(loud):
        return []
    breaks = np.flatnonzero(np.diff(loud) > RATE * 0.05)
    starts = [loud[0], *loud[breaks + 1]]
    ends = [*loud[breaks], loud[-1]]
    return [(float(a) / RATE, float(b) / RATE) for a, b in zip(starts, ends, strict=True)]
