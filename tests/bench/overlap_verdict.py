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
_PATCH = 30  # frames
_ALIKE = 0.65  # patches of one rendering give 0.8 to 1, other words in the same voice 0.3
_LEAST_GAIN = -0.3
_JUMP_COST = 5.0
_DRIFT_COST = 0.3
_EDGE_MS = 60
_ABOUT_MS = 80
# The agent may go back to where the words it was saying began, not to the sentence's beginning.
_REWIND_MS = 800
# Once it has said this much else, it is in another sentence, whatever that holds of this one.
_OTHER_WORDS_MS = 500
_EARLY_MS = 1_000
_DRIFT_MS = 300
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
        spoken = _spoken(heard)
        patches = self._normalised(_features(heard))
        likeness = patches @ self._patches.T
        frames = np.arange(len(patches))
        steps = np.arange(-_EARLY_MS // FRAME_MS, (len(heard) // 16 + _REWIND_MS) // FRAME_MS)
        where = frames[:, None] - steps[None]
        inside = (where >= 0) & (where < len(self._patches))
        gain = np.where(
            inside, likeness[frames[:, None], where.clip(0, len(self._patches) - 1)] - _ALIKE, -1
        )
        late = np.maximum(0, frames * FRAME_MS - sound_ms)
        # Before the sound it may have paused for its own echo.
        allowed = np.maximum(np.where(late > 0, late + _REWIND_MS + _DRIFT_MS, 0), _EARLY_MS)
        gain[steps[None] * FRAME_MS > allowed[:, None]] = -1
        # A patch tells of its middle; there only sound tells anything.
        gain = np.maximum(gain, _LEAST_GAIN)
        gain[~spoken[_PATCH // 2 : _PATCH // 2 + len(gain)]] = 0
        found = np.full(len(spoken), np.nan)
        found[_PATCH // 2 : _PATCH // 2 + len(gain)] = _track(gain, steps) * FRAME_MS
        known = found[_PATCH // 2 : _PATCH // 2 + 1]
        found[: _PATCH // 2] = known if len(known) else np.nan
        found[_PATCH // 2 + len(gain) :] = found[_PATCH // 2 + len(gain) - 1] if len(gain) else 0
        return found

    def natural_silence_ms(self, position_ms: int) -> int:
        """How long the sentence itself is silent about here; a lag is not exact to a frame."""
        first = max(0, (position_ms - _ABOUT_MS) // FRAME_MS)
        last = (position_ms + _ABOUT_MS) // FRAME_MS
        silent = np.flatnonzero(~self.spoken[first:last])
        if not len(silent):
            return 0
        rest = self.spoken[first + silent[0] :]
        voiced = np.flatnonzero(rest)
        return int(voiced[0] if len(voiced) else len(rest)) * FRAME_MS


def _track(gain: Matrix, steps: NDArray[np.int_]) -> NDArray[np.float64]:
    """The likeliest lag at each frame (Viterbi), NaN for other words.

    The lag drifts a little at any time (a worker that was busy), and jumps only where a longer
    stretch at the new lag makes up for it: so other words that resemble some of the sentence's,
    here and there, are not taken for it.
    """
    count, lags = gain.shape
    other = lags
    back = np.zeros((count, lags + 1), np.int32)
    score = np.full(lags + 1, -np.inf)
    score[:lags][np.abs(steps) * FRAME_MS <= _EARLY_MS] = 0
    score[other] = 0
    index = np.arange(lags)
    for at in range(count):
        best = score[:lags].copy()
        origin = index.copy()
        for drift in (-2, -1, 1, 2):
            moved = np.full(lags, -np.inf)
            moved[max(0, drift) : lags + min(0, drift)] = score[
                max(0, -drift) : lags - max(0, drift)
            ] - _DRIFT_COST * abs(drift)
            better = moved > best
            best[better], origin[better] = moved[better], (index - drift)[better]
        jump = score[other] - _JUMP_COST
        origin[jump > best] = other
        best = np.maximum(best, jump)
        leave = int(score[:lags].argmax())
        back[at, :lags] = origin
        back[at, other] = other if score[other] >= score[leave] else leave
        score = np.append(best + gain[at], max(score[other], score[leave]))
    path = np.empty(count)
    state = int(score.argmax())
    for at in range(count - 1, -1, -1):
        path[at] = np.nan if state == other else steps[state]
        state = int(back[at, state])
    return path


def judge(reference: Reference, heard: bytes, sound_start_ms: int, sound_end_ms: int) -> Verdict:
    """``heard`` begins with the sentence's first sound; the other times count from there."""
    lags = reference.lags(heard, sound_start_ms)
    pieces = _pieces(heard, lags, sound_start_ms)
    while pieces and pieces[-1][2] is None:
        pieces.pop()
    if not pieces:
        return Verdict("stop", 0, 0)
    pause_ms = 0
    for (_, end_ms, lag_ms), (start_ms, _, _) in itertools.pairwise(pieces):
        if start_ms < sound_start_ms:
            continue
        natural_ms = 0 if lag_ms is None else reference.natural_silence_ms(end_ms - lag_ms)
        pause_ms = max(pause_ms, start_ms - end_ms - natural_ms)
    _, last_ms, lag_ms = pieces[-1]
    assert lag_ms is not None
    finished = last_ms - lag_ms >= reference.duration_ms - _NEAR_END_MS
    if finished or last_ms >= sound_end_ms + GOES_ON_MS:
        return Verdict("continue", None, pause_ms if pause_ms > _EDGE_MS else 0)
    return Verdict("stop", max(0, last_ms - sound_start_ms), 0)


def _pieces(
    heard: bytes, lags: NDArray[np.float64], sound_start_ms: int
) -> list[tuple[int, int, int | None]]:
    """What was heard of the sentence: (start_ms, end_ms, lag_ms at its end).

    The lag of what is too short to tell is None: it breaks a silence, and says no more.
    """
    pieces: list[tuple[int, int, int | None]] = []
    other_ms = 0
    for start_ms, end_ms in speech_segments(heard, hangover_ms=_EDGE_MS):
        inside = lags[start_ms // FRAME_MS : end_ms // FRAME_MS]
        found = inside[~np.isnan(inside)]
        if len(found) * 2 > len(inside):
            pieces.append((start_ms, end_ms, int(found[-1])))
            other_ms = 0
        elif start_ms > sound_start_ms:
            other_ms += end_ms - start_ms
            if other_ms > _OTHER_WORDS_MS:
                break
            if len(inside) < _PATCH:
                pieces.append((start_ms, end_ms, None))
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
