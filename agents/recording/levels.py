"""How long the caller waited for a reply, measured on the tape by energy alone."""

from __future__ import annotations

import threading

import numpy as np
from numpy.typing import NDArray

FRAME_MS = 10
SILENCE_DB = -96.0
# The agent's voice is synthetic: between its sentences is digital silence.
AGENT_DB = -50.0
CALLER_MIN_DB = -45.0
CALLER_MAX_DB = -26.0
ABOVE_NOISE_DB = 12.0
NOISE_PERCENTILE = 10
NOISE_OVER_MS = 30_000
# A voice begins with silence, and the worker's idea of when is some frames off.
ONSET_BEFORE_MS, ONSET_AFTER_MS = 500, 2_000
LONGEST_GAP_MS = 20_000
# Before a reply; so far back lie the noise, and the caller's last sound.
LOOKED_AT_MS = max(NOISE_OVER_MS, LONGEST_GAP_MS) + ONSET_AFTER_MS

Levels = NDArray[np.float32]


def levels_dbfs(samples: NDArray[np.int16], rate: int) -> Levels:
    """RMS of each whole 10 ms in dBFS (a full-scale square wave is 0)."""
    size = rate * FRAME_MS // 1000
    count = len(samples) // size
    frames = samples[: count * size].astype(np.float32).reshape(count, size)
    power = np.square(frames).mean(axis=1) if count else np.zeros(0, np.float32)
    levels: Levels = (10 * np.log10(np.maximum(power, 0.25) / 32768**2)).astype(np.float32)
    return levels


class TapeLevels:
    """Levels of both sides from the tape's start on; written by one thread, read by another."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._caller: list[Levels] = []
        self._sent: list[Levels] = []

    def add(self, caller: Levels, sent: Levels) -> None:
        with self._lock:
            self._caller.append(caller)
            self._sent.append(sent)

    @property
    def reached_ms(self) -> int:
        with self._lock:
            return FRAME_MS * sum(map(len, self._caller))

    def gap_ms(self, reply_ms: int) -> int | None:
        """Silence between the caller's last sound and the first of the reply at ``reply_ms``.

        Both on the tape, exact to 10 ms. None when there is no such pair, or when the caller was
        still speaking.
        """
        first = max(0, reply_ms - ONSET_BEFORE_MS) // FRAME_MS
        last = max(0, reply_ms + ONSET_AFTER_MS) // FRAME_MS
        begun, caller, sent = self._since(first - LOOKED_AT_MS // FRAME_MS)
        first, last = first - begun, last - begun
        onsets = np.flatnonzero(_lasting(sent[:last] > AGENT_DB)[first:])
        if not len(onsets):
            return None
        onset = first + int(onsets[0])
        loud = _lasting(caller[:onset] > _threshold(caller[:onset]))
        ends = np.flatnonzero(loud)
        if not len(ends):
            return None
        # The last of a lasting sound's frames, of which ``ends`` holds the first.
        gap = FRAME_MS * (onset - int(ends[-1]) - _LASTING)
        return gap if 0 < gap <= LONGEST_GAP_MS else None

    def _since(self, frame: int) -> tuple[int, Levels, Levels]:
        """Both sides from about this frame on, and which one they begin with: a look at the whole
        tape would cost more with each minute of the call."""
        with self._lock:
            batch, begun = len(self._caller), sum(map(len, self._caller))
            while batch and begun > frame:
                batch -= 1
                begun -= len(self._caller[batch])
            nothing = np.zeros(0, np.float32)
            caller = np.concatenate([nothing, *self._caller[batch:]])
            return begun, caller, np.concatenate([nothing, *self._sent[batch:]])


_LASTING = 3


def _lasting(loud: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """True where a sound of 30 ms begins or goes on: a click is no speech."""
    if len(loud) < _LASTING:
        return np.zeros(0, dtype=np.bool_)
    windows = np.lib.stride_tricks.sliding_window_view(loud, _LASTING)
    return np.asarray(windows.all(axis=1))


def _threshold(caller: Levels) -> float:
    """Above the line's noise, so that hum and comfort noise are silence."""
    lately = caller[-NOISE_OVER_MS // FRAME_MS :]
    noise = float(np.percentile(lately, NOISE_PERCENTILE)) if len(lately) else SILENCE_DB
    return min(max(noise + ABOVE_NOISE_DB, CALLER_MIN_DB), CALLER_MAX_DB)
