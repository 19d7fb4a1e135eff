"""Where speech is, by energy: for a running call and for a finished tape, with one rule.

A 10 ms frame is speech when it is louder than an adaptive threshold: 12 dB above the noise floor
and never below -42 dBFS, so that comfort noise is silence. Speech starts with 30 ms of such
frames and ends with 200 ms without; both edges are set back to where the sound began and ended.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

FRAME_MS = 10
_FRAME_SAMPLES = 80
_MIN_THRESHOLD_DB = -42.0
_MAX_THRESHOLD_DB = -26.0
_ABOVE_FLOOR_DB = 12.0
_RELEASE_DB = 4.0  # once speaking, a frame this much below the threshold still is speech
_FLOOR_RISE_DB = 0.06  # per frame: 6 dB/s, so that new line noise is silence within seconds
_MIN_FLOOR_DB = -60.0  # lower, and noise after digital silence would take long to learn
_ONSET_FRAMES = 3


def level_db(pcm: bytes) -> float:
    """Level of s16le samples in dBFS (RMS, a full-scale square wave is 0); -96 for silence."""
    if not pcm:
        return -96.0
    samples = np.frombuffer(pcm, np.int16).astype(np.float32)
    rms = math.sqrt(float(np.dot(samples, samples)) / len(samples))
    return 20 * math.log10(max(rms, 0.5) / 32768)


@dataclass
class Segment:
    """A stretch of speech in ms from the start; ``end_ms`` is None while it goes on."""

    start_ms: int
    end_ms: int | None = None


class SpeechDetector:
    """Feed it audio as it is heard; ``segments`` grows, edges are exact to 10 ms.

    ``hangover_ms`` of silence end a segment.
    """

    def __init__(self, hangover_ms: int = 200) -> None:
        self.segments: list[Segment] = []
        self._hangover_frames = max(1, hangover_ms // FRAME_MS)
        self._floor_db = _MIN_FLOOR_DB
        self._frame = 0
        self._loud_frames = 0  # consecutive
        self._last_loud = -1
        self._speaking = False
        self._rest = b""

    @property
    def now_ms(self) -> int:
        """How much was fed."""
        return self._frame * FRAME_MS

    @property
    def speaking(self) -> bool:
        """Whether speech goes on (its hangover included)."""
        return self._speaking

    @property
    def last_speech_ms(self) -> int | None:
        """The end of the last loud frame of speech so far; None when nothing was said yet."""
        if not self.segments:
            return None
        end_ms = self.segments[-1].end_ms
        return (self._last_loud + 1) * FRAME_MS if end_ms is None else end_ms

    def feed(self, pcm: bytes) -> None:
        """Take s16le mono samples at 8 kHz; what does not fill a frame waits for the next call."""
        data = self._rest + pcm
        whole = len(data) // (2 * _FRAME_SAMPLES) * _FRAME_SAMPLES
        self._rest = data[2 * whole :]
        if not whole:
            return
        samples = np.frombuffer(data, np.int16, whole).astype(np.float32)
        power = np.square(samples.reshape(-1, _FRAME_SAMPLES)).mean(axis=1)
        for level in (10 * np.log10(np.maximum(power, 0.25) / 32768**2)).tolist():
            self._take(level)

    def finish(self) -> list[Segment]:
        """End what goes on and return all segments."""
        if self._speaking:
            self._end()
        return self.segments

    def _take(self, level: float) -> None:
        self._floor_db = min(level, self._floor_db + _FLOOR_RISE_DB)
        self._floor_db = max(self._floor_db, _MIN_FLOOR_DB)
        threshold = self._floor_db + _ABOVE_FLOOR_DB
        threshold = min(max(threshold, _MIN_THRESHOLD_DB), _MAX_THRESHOLD_DB)
        loud = level > (threshold - _RELEASE_DB if self._speaking else threshold)
        if loud:
            self._loud_frames += 1
            self._last_loud = self._frame
            if not self._speaking and self._loud_frames >= _ONSET_FRAMES:
                self._speaking = True
                self.segments.append(Segment((self._frame - self._loud_frames + 1) * FRAME_MS))
        else:
            self._loud_frames = 0
            if self._speaking and self._frame - self._last_loud >= self._hangover_frames:
                self._end()
        self._frame += 1

    def _end(self) -> None:
        self._speaking = False
        self.segments[-1].end_ms = (self._last_loud + 1) * FRAME_MS


def speech_segments(pcm: bytes, *, hangover_ms: int = 200) -> list[tuple[int, int]]:
    """``(start_ms, end_ms)`` of each stretch of speech in 8 kHz mono s16le, exact to 10 ms.

    Pauses shorter than ``hangover_ms`` do not split a stretch.
    """
    detector = SpeechDetector(hangover_ms)
    detector.feed(pcm)
    ends = detector.finish()
    return [(s.start_ms, s.end_ms) for s in ends if s.end_ms is not None]
