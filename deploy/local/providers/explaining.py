"""What a turn says: the cut and the phrases that explain most of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from deploy.local.providers.line_audio import FRAME, band_energies, is_speech_like
from deploy.local.providers.matching import MARGIN, Bank, Match
from deploy.local.providers.stretches import Stretch, floor, possible_cuts
from deploy.local.providers.templates import Template

Spectra = NDArray[np.float32]

_LEAD_AT_LEAST = 0.18
_LEAD_OF_CHANCE = 0.12  # of the best of many phrases over noise
_FAR_AWAY_DB = 10.0  # quieter than the loudest phrase by this: another voice, or the line's echo
_UNEXPLAINED = 0.1  # evidence against, a frame
_AROUND_FRAMES = 40
_EDGE_FRAMES = 5
_ENOUGH_AROUND = 10
_LONGEST_FRAMES = 1200


@dataclass(frozen=True)
class Piece:
    """A phrase and where it lies, in frames of 10 ms."""

    match: Match
    start: int
    end: int
    level_db: float

    @property
    def evidence(self) -> float:
        """How much of the turn it explains, and how well."""
        return (self.match.lead - _LEAD_OF_CHANCE) ** 2 * (self.end - self.start)


class Explained(NamedTuple):
    """The phrases in a turn, in order, and how many frames as loud as they are no part of them."""

    pieces: list[Piece]
    left_out: int

    @property
    def lead(self) -> float:
        """Of the phrase that is least sure; 0 without any."""
        return min((piece.match.lead for piece in self.pieces), default=0.0)


def explain(bank: Bank, line: NDArray[np.float32]) -> Explained:
    """The phrases in a turn (8 kHz); no pieces when it holds none."""
    energies = band_energies(line)
    quiet = floor(energies) if len(energies) else energies
    known: dict[Stretch, Piece | None] = {}
    best = Explained([], 0)
    most = 0.0
    cuts = possible_cuts(energies, quiet)
    for way in cuts.ways:
        pieces = [
            piece for stretch in way if (piece := _piece(bank, energies, quiet, stretch, known))
        ]
        pieces = [piece for piece in pieces if _is_voiced(line, piece)]
        if not pieces:
            continue
        loudest = max(piece.level_db for piece in pieces)
        pieces = [piece for piece in pieces if piece.level_db > loudest - _FAR_AWAY_DB]
        evidence = sum(piece.evidence for piece in pieces)
        left_out = _left_out(cuts.loud, pieces)
        evidence -= _UNEXPLAINED * left_out
        if evidence > most:
            best, most = Explained(pieces, left_out), evidence
    return best


def parts(line: NDArray[np.float32]) -> list[Stretch]:
    """What may be speech, apart by long pauses."""
    energies = band_energies(line)
    cuts = possible_cuts(energies, floor(energies) if len(energies) else energies)
    return cuts.ways[-1] if cuts.ways else []


def is_said(
    bank: Bank, line: NDArray[np.float32], stretch: Stretch, templates: list[Template]
) -> bool:
    """Whether a stretch is this sentence rather than any phrase of the bank."""
    energies = band_energies(line)
    match = _match(bank.plus(templates), energies, floor(energies), stretch)
    return match is not None and match.words == templates[0].words and match.lead >= _LEAD_OF_CHANCE


def _left_out(loud: NDArray[np.bool_], pieces: list[Piece]) -> int:
    """Frames as loud as the phrases that none of them covers: there were other words."""
    left = loud.copy()
    for piece in pieces:
        left[max(0, piece.start - MARGIN) : piece.end + MARGIN] = False
    return int(np.count_nonzero(left))


def _is_voiced(line: NDArray[np.float32], piece: Piece) -> bool:
    return is_speech_like(line[piece.start * FRAME : piece.end * FRAME])


def _piece(
    bank: Bank,
    energies: Spectra,
    quiet: Spectra,
    stretch: Stretch,
    known: dict[Stretch, Piece | None],
) -> Piece | None:
    start, end = stretch
    near = (start // 4, end // 4)  # cuts that differ by less are one
    if near not in known:
        known[near] = None
        match = _match(bank, energies, quiet, stretch)
        if match is not None and match.lead >= _LEAD_AT_LEAST:
            loud = float(np.percentile(energies[start:end].sum(axis=1), 90))
            known[near] = Piece(match, start, end, 10 * float(np.log10(loud + 1)))
    return known[near]


def _match(bank: Bank, energies: Spectra, quiet: Spectra, stretch: Stretch) -> Match | None:
    start, end = stretch
    if end - start > _LONGEST_FRAMES:
        return None
    first, last = max(0, start - MARGIN), end + MARGIN
    around = np.concatenate(
        [
            energies[max(0, start - _AROUND_FRAMES) : max(0, start - _EDGE_FRAMES)],
            energies[end + _EDGE_FRAMES : end + _AROUND_FRAMES],
        ]
    )
    noise = quiet[start:end].mean(axis=0)
    if len(around) >= _ENOUGH_AROUND:
        noise = np.maximum(noise, around.mean(axis=0))
    return bank.match(energies[first:last], noise + 1, end - start)
