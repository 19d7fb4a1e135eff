"""Server VAD of the realtime stand-in: energy against a threshold, in 20 ms frames.

The real service runs a trained detector; this one hears level only, so it takes line noise above
its threshold for speech.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

SAMPLE_RATE = 24_000
_FRAME_MS = 20
_FRAME_BYTES = SAMPLE_RATE * _FRAME_MS // 1000 * 2
_ONSET_MS = 60
# Longest wait by eagerness. The real semantic detector weighs the words; this one only waits.
_SEMANTIC_SILENCE_MS = {"low": 1200, "medium": 600, "auto": 600, "high": 300}


@dataclass(frozen=True)
class Edge:
    """Speech began or ended at ``at_ms`` of the session's audio (0 = its first sample)."""

    kind: Literal["started", "stopped"]
    at_ms: int


class Vad:
    """Feed it audio; it says when speech starts and stops.

    ``threshold`` 0..1 stands for -60..-20 dBFS (0.5 is -40 dBFS).
    """

    def __init__(self, turn_detection: dict[str, Any], *, start_ms: int = 0) -> None:
        if turn_detection["type"] == "semantic_vad":
            eagerness = str(turn_detection.get("eagerness") or "auto")
            self.silence_ms = _SEMANTIC_SILENCE_MS.get(eagerness, 600)
            self.prefix_ms = 300
            threshold = 0.5
        else:
            self.silence_ms = int(turn_detection.get("silence_duration_ms") or 200)
            self.prefix_ms = int(turn_detection.get("prefix_padding_ms") or 300)
            given = turn_detection.get("threshold")
            threshold = 0.5 if given is None else float(given)
        self._level = 32768 * 10 ** ((-60 + 40 * threshold) / 20)
        self._rest = b""
        self._at_ms = start_ms
        self._loud_ms = 0
        self._quiet_ms = 0
        self.speaking = False

    def feed(self, pcm: bytes) -> list[Edge]:
        """Take PCM s16le 24 kHz mono; return the edges found, in order."""
        data = self._rest + pcm
        whole = len(data) // _FRAME_BYTES * _FRAME_BYTES
        self._rest = data[whole:]
        edges: list[Edge] = []
        for offset in range(0, whole, _FRAME_BYTES):
            frame = np.frombuffer(data, np.int16, _FRAME_BYTES // 2, offset).astype(np.float32)
            loud = float(np.sqrt(np.mean(frame * frame))) > self._level
            self._at_ms += _FRAME_MS
            edge = self._step(loud)
            if edge is not None:
                edges.append(edge)
        return edges

    def _step(self, loud: bool) -> Edge | None:
        if loud:
            self._loud_ms += _FRAME_MS
            self._quiet_ms = 0
        else:
            self._quiet_ms += _FRAME_MS
            if self._quiet_ms > _FRAME_MS:
                self._loud_ms = 0
        if not self.speaking and self._loud_ms >= _ONSET_MS:
            self.speaking = True
            return Edge("started", max(0, self._at_ms - self._loud_ms - self.prefix_ms))
        if self.speaking and self._quiet_ms >= self.silence_ms:
            self.speaking = False
            return Edge("stopped", self._at_ms)
        return None
