"""From the tape of one overlap: did the agent's sentence go on, and how long was it silent?

What is heard is compared with a tape of the same sentence undisturbed (the reference), patch by
patch of their spectra. A patch is the sentence only where it is like the reference near the place
where the sentence was when the sound came: so a new reply in the same voice, or the same answer
given again from its beginning, is no resumption.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deploy.local.phone import speech_segments

FRAME_MS = 10
_FRAME = 80
_WINDOW = 256
_BANDS = 20
_PATCH = 40  # frames
_ALIKE = 0.8  # patches of one rendering give 0.95 and more, other words in the same voice 0.3
_EDGE_MS = 60
# The agent may go back to where the word it was saying began.
_REWIND_MS = 1_500
_STARTS_EARLY_MS = 60
# A sentence still heard this long after the sound was not stopped by it.
GOES_ON_MS = 2_000
LISTEN_MS = 4_500
LONGEST_PAUSE_MS = 1_000
_NEAR_END_MS = 400

Matrix = NDArray[np.float32]


@dataclass(frozen=True)
class Verdict:
    """``silent_after_ms``: from the sound's beginning to the last of the sentence (of a stop).

    ``pause_ms``: the longest silence in the sentence that the reference does not have.
    """

    decision: str
    silent_after_ms: int | None
    pause_ms: int

    def is_right(self, expected: str) -> bool:
        """A sentence that goes on after more than a second of silence is neither."""
        if self.decision != expected:
            return False
        return self.decision == "stop" or self.pause_ms <= LONGEST_PAUSE_MS


class Reference:
    """The sentence, undisturbed: what was heard from its first sound to its last."""

    def __init__(self, pcm: bytes) -> None:
        self.duration_ms = len(pcm) // 16
        self.spoken = _spoken(pcm)
        features = _features(pcm)
        self._mean = features[self.spoken].mean(axis=0)
        self._patches = self._normalised(features)

    def _normalised(self, features: Matrix) -> Matrix:
        centred = features - self._mean
        patches = np.lib.stride_tricks.sliding_window_view(centred, _PATCH, axis=0)
        flat = patches.reshape(len(patches), -1)
        flat = flat - flat.mean(axis=1, keepdims=True)
        norms = np.linalg.norm(flat, axis=1, keepdims=True)
        return (flat / np.maximum(norms, 1e-6)).astype(np.float32)

    def lags(self, heard: bytes, sound_ms: int) -> NDArray[np.float64]:
        """For each 10 ms frame of ``heard`` (which begins with the sentence) the lag in ms.

        How much later it is than in the reference; NaN where it is not the sentence.
        """
        patches = self._normalised(_features(heard))
        likeness = patches @ self._patches.T
        at = np.arange(len(patches))[:, None] * FRAME_MS
        lag = at - np.arange(len(self._patches))[None, :] * FRAME_MS
        late = np.maximum(0, at - sound_ms)
        likeness[(lag < -_STARTS_EARLY_MS) | (lag > late + _REWIND_MS * (late > 0) + 60)] = -1
        best = likeness.argmax(axis=1)
        score = likeness.max(axis=1)
        lags = np.full(len(heard) // 160, np.nan)
        # Surest last, so that it is what remains where patches overlap.
        for index in np.argsort(score):
            if score[index] >= _ALIKE:
                lags[index : index + _PATCH] = (index - best[index]) * FRAME_MS
        return lags

    def natural_silence_ms(self, position_ms: int) -> int:
        """How long the sentence itself is silent from here on."""
        rest = self.spoken[max(0, position_ms // FRAME_MS) :]
        voiced = np.flatnonzero(rest)
        return int(voiced[0] if len(voiced) else len(rest)) * FRAME_MS


def judge(reference: Reference, heard: bytes, sound_start_ms: int, sound_end_ms: int) -> Verdict:
    """``heard`` begins with the sentence's first sound; the other times count from there."""
    lags = reference.lags(heard, sound_start_ms)
    pieces = _pieces(heard, lags)
    if not pieces:
        return Verdict("stop", 0, 0)
    pause_ms = 0
    for (_, end_ms, lag_ms), (start_ms, _, _) in itertools.pairwise(pieces):
        if start_ms < sound_start_ms:
            continue
        natural_ms = reference.natural_silence_ms(end_ms - lag_ms)
        pause_ms = max(pause_ms, start_ms - end_ms - natural_ms)
    _, last_ms, lag_ms = pieces[-1]
    finished = last_ms - lag_ms >= reference.duration_ms - _NEAR_END_MS
    if finished or last_ms >= sound_end_ms + GOES_ON_MS:
        return Verdict("continue", None, pause_ms if pause_ms > _EDGE_MS else 0)
    return Verdict("stop", max(0, last_ms - sound_start_ms), 0)


def _pieces(heard: bytes, lags: NDArray[np.float64]) -> list[tuple[int, int, int]]:
    """What was heard of the sentence: (start_ms, end_ms, lag_ms at its end)."""
    pieces = []
    for start_ms, end_ms in speech_segments(heard, hangover_ms=_EDGE_MS):
        inside = lags[start_ms // FRAME_MS : end_ms // FRAME_MS]
        found = inside[~np.isnan(inside)]
        if len(found) * 2 > len(inside):
            pieces.append((start_ms, end_ms, int(found[-1])))
    return pieces


def _spoken(pcm: bytes) -> NDArray[np.bool_]:
    spoken = np.zeros(len(pcm) // 160, bool)
    for start_ms, end_ms in speech_segments(pcm, hangover_ms=_EDGE_MS):
        spoken[start_ms // FRAME_MS : end_ms // FRAME_MS] = True
    return spoken


def _features(pcm: bytes) -> Matrix:
    """Log energies of 20 bands, one row for 10 ms."""
    samples = np.frombuffer(pcm, np.int16).astype(np.float32)
    samples = samples[: len(samples) // _FRAME * _FRAME]
    samples = np.concatenate([samples, np.zeros(_WINDOW, np.float32)])
    windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[:-1:_FRAME]
    power = np.abs(np.fft.rfft(windows * np.hanning(_WINDOW).astype(np.float32))) ** 2
    return np.log10(power @ _filters().T + 1e6).astype(np.float32)


def _filters() -> Matrix:
    hertz = np.arange(_WINDOW // 2 + 1) * 8000 / _WINDOW
    mel = 2595 * np.log10(1 + hertz / 700)
    edges = np.linspace(2595 * np.log10(1 + 100 / 700), 2595 * np.log10(1 + 3800 / 700), _BANDS + 2)
    rows = [
        np.clip(np.minimum((mel - low) / (mid - low), (high - mel) / (high - mid)), 0, None)
        for low, mid, high in zip(edges, edges[1:], edges[2:], strict=False)
    ]
    return np.stack(rows).astype(np.float32)
