"""Which phrase a stretch of audio is: its spectra against renderings of every phrase.

Dynamic time warping with the noise of the line added to the renderings, not taken off the audio:
what the noise covers then counts for nothing on either side. The score of a match is not its
distance, which grows with noise and strange voices, but by how much it beats other phrases.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from deploy.local.providers.templates import Template

Spectra = NDArray[np.float32]

MARGIN = 12  # frames of 10 ms on both sides of a stretch, where the phrase may begin and end
_STEP = 2  # frames taken together
_CEPSTRA = 13
_CHANGE_WEIGHT = 1.0
_LEVEL_WEIGHT = 0.5
_FLOOR = 1e-4  # of the loud parts' level
_OUTSIDE_COST = 5.0  # of a frame in the margin that the phrase leaves out
_FIRST_VOICES = 3
_SECOND_ROUND = 12  # phrases
_COHORT = slice(3, 9)  # ranks of the other phrases that a match must beat; the next may sound alike
_FAR = np.float32(1e9)
_SLACK_SHORT, _SLACK_LONG = 0.6, 1.35


@dataclass(frozen=True)
class Match:
    """The best phrase. ``lead`` 0..1: how much nearer it is than the others."""

    words: str
    distance: float
    lead: float
    second: str
    second_lead: float


class Bank:
    """All renderings, ready to be matched. ``fillers`` can win, but are never heard."""

    def __init__(self, phrases: list[list[Template]], fillers: list[list[Template]]) -> None:
        self._spectra: list[Spectra] = []
        self._words: list[str] = []
        self._voices: list[int] = []
        self._numbers: NDArray[np.intp] = np.zeros(0, np.intp)
        self._count = 0
        for heard, group in ((True, phrases), (False, fillers)):
            for templates in group:
                self._add(templates, heard=heard)
        self._index()

    def plus(self, templates: list[Template]) -> Bank:
        """This bank and one more phrase; this one stays as it is."""
        other = copy.copy(self)
        other._spectra, other._words = list(self._spectra), list(self._words)
        other._voices = list(self._voices)
        other._add(templates, heard=True)
        other._index()
        return other

    def _add(self, templates: list[Template], *, heard: bool) -> None:
        for voice, template in enumerate(templates):
            self._spectra.append(_normalised(_steps(template.energies)))
            self._words.append(template.words if heard else "")
            self._voices.append(voice)
        self._numbers = np.append(self._numbers, np.full(len(templates), self._count))
        self._count += 1

    def _index(self) -> None:
        self._first = np.array(self._voices) < _FIRST_VOICES
        self._lengths = np.array([len(one) for one in self._spectra])

    def match(self, audio: Spectra, noise: Spectra, core_frames: int) -> Match | None:
        """``audio``: frames of a stretch and its margins; ``noise``: one row, the line around it.

        None when no phrase has a fitting length, or a filler is nearest.
        """
        steps = _steps(audio)
        loud = np.maximum(steps - noise, 0).sum(axis=1)
        if not loud.any():
            return None
        level = np.float32(np.percentile(loud[loud > 0.02 * loud.max()], 85))
        quiet = (noise / level + _FLOOR).astype(np.float32)
        heard = (np.maximum(steps, noise) / level + _FLOOR).astype(np.float32)
        core = core_frames // _STEP
        longest = (core + 2 * (MARGIN // _STEP)) * _SLACK_LONG
        fits = (self._lengths >= core * _SLACK_SHORT - 1) & (self._lengths <= longest)
        near = self._distances(heard, quiet, np.flatnonzero(fits & self._first))
        best = sorted(near, key=lambda number: near[number])[:_SECOND_ROUND]
        again = fits & ~self._first & np.isin(self._numbers, best)
        for number, distance in self._distances(heard, quiet, np.flatnonzero(again)).items():
            near[number] = min(near[number], distance)
        return self._judge({number: near[number] for number in best})

    def _judge(self, near: dict[int, float]) -> Match | None:
        ranked = sorted(near, key=lambda number: near[number])
        if len(ranked) < 2:
            return None
        distances = np.array([near[number] for number in ranked])
        others = float(np.mean(distances[_COHORT] if len(ranked) > 4 else distances[-1:]))
        words = [self._words[int(np.argmax(self._numbers == number))] for number in ranked[:2]]
        if not words[0]:
            return None
        lead, second_lead = ((others - float(d)) / (others + 0.5) for d in distances[:2])
        return Match(words[0], float(distances[0]), lead, words[1], second_lead)

    def _distances(
        self, heard: Spectra, quiet: Spectra, chosen: NDArray[np.intp]
    ) -> dict[int, float]:
        """The nearest rendering's distance for each phrase number, a mean over the frames."""
        if not len(chosen):
            return {}
        # All renderings in one row, two columns that cannot be passed before each.
        lengths = self._lengths[chosen]
        starts = np.cumsum(np.concatenate([[0], lengths[:-1] + 2])) + 2
        ends = starts + lengths - 1
        columns = np.zeros((int(ends[-1]) + 1, heard.shape[1]), np.float32)
        wall = np.ones(len(columns), bool)
        for index, start, length in zip(chosen, starts, lengths, strict=True):
            columns[start : start + length] = self._spectra[index]
            wall[start : start + length] = False
        said = _features(heard)
        rendered = _features(columns + quiet)
        squares = (said**2).sum(axis=1)[:, None] + (rendered**2).sum(axis=1)[None]
        cost = np.sqrt(np.maximum(squares - 2 * said @ rendered.T, 0))
        cost[:, wall] = _FAR
        silence = _features(np.stack([quiet] * 3))[1]
        outside = np.minimum(np.sqrt(((said - silence) ** 2).sum(axis=1)), _OUTSIDE_COST)
        paths = _warp(cost, outside, starts, ends)
        found: dict[int, float] = {}
        for number, distance in zip(self._numbers[chosen], paths / len(said), strict=True):
            found[int(number)] = min(found.get(int(number), np.inf), float(distance))
        return found


def _warp(
    cost: Spectra, outside: Spectra, starts: NDArray[np.intp], ends: NDArray[np.intp]
) -> NDArray[np.float32]:
    """The cheapest path through each rendering: it stays, moves by one, or skips one."""
    count = len(cost)
    margin = MARGIN // _STEP + 2
    before = np.concatenate([[0], np.cumsum(outside)]).astype(np.float32)
    path = np.full(cost.shape[1], _FAR)
    path[starts] = cost[0, starts]
    best = np.full(len(ends), _FAR)
    for at in range(1, count):
        step = path.copy()
        np.minimum(step[1:], path[:-1], out=step[1:])
        np.minimum(step[2:], path[:-2], out=step[2:])
        if at <= margin:
            step[starts] = np.minimum(step[starts], before[at])
        path = step + cost[at]
        if at >= count - margin - 1:
            rest = before[count] - before[at + 1]
            np.minimum(best, np.minimum(path[ends], path[ends - 1]) + rest, out=best)
    return best


def _steps(energies: Spectra) -> Spectra:
    rest = -len(energies) % _STEP
    whole = np.concatenate([energies, np.repeat(energies[-1:], rest, axis=0)])
    means: Spectra = whole.reshape(-1, _STEP, energies.shape[1]).mean(axis=1)
    return means


def _normalised(energies: Spectra) -> Spectra:
    loud: Spectra = energies / np.float32(np.percentile(energies.sum(axis=1), 90))
    return loud


def _features(energies: Spectra) -> Spectra:
    """Cepstra of each frame and how they change, in a scale where frames can be compared."""
    cepstra = np.log(energies) @ _COSINES
    around = np.concatenate([cepstra[:1], cepstra, cepstra[-1:]])
    change = (around[2:] - around[:-2]) * np.float32(_CHANGE_WEIGHT)
    return np.concatenate([cepstra, change], axis=1).astype(np.float32)


def _cosines(bands: int) -> Spectra:
    at = np.pi * (np.arange(bands) + 0.5) / bands
    rows = [np.cos(order * at) for order in range(_CEPSTRA)]
    rows[0] = rows[0] * _LEVEL_WEIGHT
    table: Spectra = (np.stack(rows, axis=1) * np.sqrt(2 / bands)).astype(np.float32)
    return table


_COSINES = _cosines(22)
