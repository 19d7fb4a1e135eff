"""Where somebody may be speaking in a turn: several answers, for the matcher to choose from.

Nothing here knows speech from noise. A stretch stands out from what the line sounded like around
it; how far it must stand out differs with what is behind it (a street, music, an echo), so each
turn is cut at several levels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Spectra = NDArray[np.float32]
Stretch = tuple[int, int]  # frames of 10 ms: first, and one past the last

_LEVELS_DB = (-8, -12, -18, -26)  # below the loudest
_PAUSE_FRAMES = 25
_LONG_PAUSE_FRAMES = 60  # a comma in a slow voice
_MERGED_BELOW_DB = -17
_SHORTEST_FRAMES = 10
_FLOOR_WINDOW = 75
_FLOOR_STEP = 25
_FLOOR_QUANTILE = 0.2
_ABOVE_FLOOR = 2.5
_QUIETEST = 3.0  # what mu-law leaves of silence
_CLICK_FRAMES = 7


def floor(energies: Spectra) -> Spectra:
    """What the line sounds like without speech, for each frame and band: it may change slowly."""
    count = len(energies)
    at = [*range(0, count, _FLOOR_STEP), count - 1]
    quiet = np.stack(
        [
            np.quantile(
                energies[max(0, t - _FLOOR_WINDOW) : t + _FLOOR_WINDOW + 1], _FLOOR_QUANTILE, axis=0
            )
            for t in at
        ]
    )
    frames = np.arange(count)
    bands = [np.interp(frames, at, quiet[:, band]) for band in range(energies.shape[1])]
    return np.stack(bands, axis=1).astype(np.float32)


@dataclass(frozen=True)
class Cuts:
    """``ways`` to cut a turn, each a list of stretches in order; none when nothing stands out.

    ``loud``: the frames that are nearly as loud as the loudest, and no clicks.
    """

    ways: list[list[Stretch]]
    loud: NDArray[np.bool_]


def possible_cuts(energies: Spectra, quiet: Spectra) -> Cuts:
    """Cut a turn at several levels."""
    nothing = Cuts([], np.zeros(len(energies), bool))
    if len(energies) < _SHORTEST_FRAMES:
        return nothing
    excess = np.maximum(energies - _ABOVE_FLOOR * quiet - _QUIETEST, 0).sum(axis=1)
    excess = np.convolve(excess, [0.25, 0.5, 0.25], "same")
    lasting = _without_clicks(excess)
    loudest = float(np.sort(lasting)[-3])
    if loudest <= max(float(np.median(quiet.sum(axis=1))), 100 * _QUIETEST):
        return nothing
    ways: list[list[Stretch]] = []
    for level_db in _LEVELS_DB:
        for loudness in (excess, lasting):
            loud = loudness > loudest * 10 ** (level_db / 10)
            ways.append(_stretches(loud, _PAUSE_FRAMES))
            if level_db < _MERGED_BELOW_DB:
                ways.append(_stretches(loud, _LONG_PAUSE_FRAMES))
    different = [way for index, way in enumerate(ways) if way and way not in ways[:index]]
    return Cuts(different, lasting > loudest * 10 ** (_LEVELS_DB[0] / 10))


def _without_clicks(loudness: NDArray[np.float32]) -> NDArray[np.float32]:
    """Only what lasts: keys and crackle are shorter than any word."""
    before, after = _CLICK_FRAMES // 2, _CLICK_FRAMES - 1 - _CLICK_FRAMES // 2
    view = np.lib.stride_tricks.sliding_window_view
    worn = view(np.pad(loudness, (before, after), mode="edge"), _CLICK_FRAMES).min(axis=1)
    grown: NDArray[np.float32] = view(
        np.pad(worn, (after, before), mode="edge"), _CLICK_FRAMES
    ).max(axis=1)
    return grown


def _stretches(loud: NDArray[np.bool_], pause_frames: int) -> list[Stretch]:
    frames = np.flatnonzero(loud)
    if not len(frames):
        return []
    pauses = np.flatnonzero(np.diff(frames) > pause_frames)
    starts = [int(frames[0]), *(int(frames[index + 1]) for index in pauses)]
    ends = [*(int(frames[index]) + 1 for index in pauses), int(frames[-1]) + 1]
    return [
        (start, end)
        for start, end in zip(starts, ends, strict=True)
        if np.count_nonzero(loud[start:end]) >= _SHORTEST_FRAMES
    ]
