"""The tape's file: stereo Opus in Ogg (RFC 7845), written as the call goes, in a thread.

Whatever happens to the process, what was written stays and can be played: Ogg needs no index.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.audio.stream import AudioStream

from agents.recording.levels import FRAME_MS, TapeLevels, levels_dbfs
from agents.recording.placing import Placed, Samples

logger = logging.getLogger(__name__)

# What the session's audio has, and one of the rates that Opus knows: nothing is converted.
RATE = 24_000
BITS_PER_SECOND = 40_000
FRAME_SAMPLES = RATE * FRAME_MS // 1000
# A disk that stands still for longer loses the rest of the tape, not the call.
MAX_QUEUED = 240
_PAGE_US = "400000"


@dataclass(frozen=True, slots=True)
class Batch:
    """Audio to lay on the tape; nothing before ``until`` (seconds since the epoch) is to come."""

    caller: list[Placed]
    sent: list[Placed]
    until: float


class _Channel:
    """Audio waiting for its place; ``take`` gives silence where there is none."""

    def __init__(self, zero: float) -> None:
        self._zero = zero
        self._waiting: list[tuple[int, Samples]] = []

    def add(self, pieces: list[Placed]) -> None:
        for piece in pieces:
            start = round((piece.at - self._zero) * RATE)
            self._waiting.append((start, _at_rate(piece.samples, piece.rate)))

    def take(self, start: int, end: int) -> Samples:
        mixed = np.zeros(end - start, dtype=np.int32)
        later = []
        for at, samples in self._waiting:
            low, high = max(at, start), min(at + len(samples), end)
            if low < high:
                mixed[low - start : high - start] += samples[low - at : high - at]
            if at + len(samples) > end:
                later.append((at, samples))
        self._waiting = later
        return np.clip(mixed, -32768, 32767).astype(np.int16)


def _at_rate(samples: Samples, rate: int) -> Samples:
    """Straight lines between samples: good enough for the rare sound of another rate."""
    if rate == RATE:
        return samples
    count = round(len(samples) * RATE / rate)
    positions = np.arange(count) * (rate / RATE)
    converted: Samples = np.interp(positions, np.arange(len(samples)), samples).astype(np.int16)
    return converted


class TapeWriter:
    """``zero`` is the tape's first moment. ``on_open`` is called in the thread, once."""

    def __init__(
        self, path: Path, zero: float, levels: TapeLevels, on_open: Callable[[], None]
    ) -> None:
        self.path = path
        self._zero = zero
        self._levels = levels
        self._on_open = on_open
        self._queue: queue.Queue[Batch | None] = queue.Queue(MAX_QUEUED)
        self._written = 0  # samples
        self._broken = False
        self._thread = threading.Thread(target=self._run, name="call-tape", daemon=True)
        self._thread.start()

    @property
    def duration_ms(self) -> int:
        return self._written * 1000 // RATE

    def put(self, batch: Batch) -> None:
        """Take a batch; never waits and never raises."""
        if self._broken:
            return
        try:
            self._queue.put_nowait(batch)
        except queue.Full:
            self._broken = True
            logger.error("the tape cannot be written as fast as the call goes; it ends here")

    def close(self, timeout_s: float) -> None:
        """Write what was put, and end the file. Blocks: call it in a thread."""
        try:
            self._queue.put(None, timeout=timeout_s)
        except queue.Full:
            return
        self._thread.join(timeout_s)

    def _run(self) -> None:
        try:
            self._create()
            with av.open(
                str(self.path),
                "w",
                format="ogg",
                options={"page_duration": _PAGE_US, "flush_packets": "1"},
            ) as container:
                stream = container.add_stream("libopus", rate=RATE, layout="stereo")
                stream.bit_rate = BITS_PER_SECOND
                # Measured: a quarter of a percent of a core, and nothing of one side on the other.
                stream.options = {"application": "audio", "compression_level": "0"}
                self._on_open()
                self._write_all(container, stream)
        except Exception as error:
            self._broken = True
            logger.error("the tape cannot be written: %s", type(error).__name__)

    def _write_all(self, container: av.container.OutputContainer, stream: AudioStream) -> None:
        caller, sent = _Channel(self._zero), _Channel(self._zero)
        while (batch := self._queue.get()) is not None:
            caller.add(batch.caller)
            sent.add(batch.sent)
            until = round((batch.until - self._zero) * RATE)
            until -= until % FRAME_SAMPLES
            if until <= self._written:
                continue
            left = caller.take(self._written, until)
            right = sent.take(self._written, until)
            self._levels.add(levels_dbfs(left, RATE), levels_dbfs(right, RATE))
            self._encode(container, stream, np.stack([left, right], axis=1))
            self._written = until
        container.mux(stream.encode(None))

    def _encode(
        self, container: av.container.OutputContainer, stream: AudioStream, block: Samples
    ) -> None:
        frame = av.AudioFrame.from_ndarray(block.reshape(1, -1), format="s16", layout="stereo")
        frame.sample_rate = RATE
        frame.pts = self._written
        container.mux(stream.encode(frame))

    def _create(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Never somebody else's tape, and nobody else's to read.
        os.close(os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
