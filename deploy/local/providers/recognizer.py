"""The ears' decoder: renderings of the phrases, and a grammar for those that hold digits."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from deploy.local.providers import fillers
from deploy.local.providers.explaining import Piece, explain, is_said, parts
from deploy.local.providers.grammar import GrammarDecoder
from deploy.local.providers.line_audio import FRAME, to_line
from deploy.local.providers.matching import Bank, Match
from deploy.local.providers.phrases import Heard, Phrase, parse
from deploy.local.providers.templates import Templates

# Renderings are kept here from one process to the next; the folder may be deleted at any time.
_RENDERINGS = Path(__file__).resolve().parents[3] / ".local" / "ears"
# A logistic fit to 642 utterances of held-out voices (README): of what it is 90 % sure, 9 in 10
# are right.
_SURE = (-3.4, 11.5, 19.5)
_LARGEST_MARGIN = 0.3
_LEAD_OVER_DIGITS = 0.25
# Other words beside the phrases, long enough for a digit or two: it may be a phrase with digits.
_SHORTEST_NUMBER_FRAMES = 30
_SHORTEST_WITH_DIGITS_FRAMES = 80
_AROUND_FRAMES = 25
_CONFIDENCE_IN_DIGITS = 0.9


NOTHING = Heard("", 0.0)


class Recognizer:
    """Hears one utterance at a time. Not thread-safe."""

    def __init__(self, renderings: Path = _RENDERINGS) -> None:
        self._decoder = GrammarDecoder()
        self._templates = Templates(renderings)
        self._bank = Bank([], [])
        self._with_digits: list[Phrase] = []

    def load(self, phrases: list[Phrase]) -> None:
        """Hear these phrases from now on, and no others.

        Raises PronunciationError naming a word without pronunciation; then the old ones stay.
        """
        self._decoder.load(phrases)
        plain = [phrase for phrase in phrases if not phrase.has_slot]
        self._with_digits = [phrase for phrase in phrases if phrase.has_slot]
        self._bank = Bank(
            [self._templates.of(phrase) for phrase in plain],
            [*(self._templates.of(parse(words)) for words in fillers.WORDS), *fillers.noises()],
        )

    def hear(self, pcm: bytes) -> Heard:
        """What is said in PCM s16le 24 kHz mono; nothing for silence, noise and other words."""
        line = to_line(pcm)
        if not len(line):
            return NOTHING
        plain = explain(self._bank, line)
        sure = plain.lead >= _LEAD_OVER_DIGITS and plain.left_out < _SHORTEST_NUMBER_FRAMES
        if not self._with_digits or sure:
            return _joined(plain.pieces)
        heard, digits = [], False
        for start, end in parts(line):
            part = line[max(0, start - _AROUND_FRAMES) * FRAME : (end + _AROUND_FRAMES) * FRAME]
            spoken = self._hear_digits(part)
            digits = digits or bool(spoken)
            heard.append(Heard(spoken, _CONFIDENCE_IN_DIGITS) if spoken else self._hear_plain(part))
        if not digits:
            return _joined(plain.pieces)
        words = [one.words for one in heard if one.words]
        return Heard(" ".join(words), min(one.confidence for one in heard if one.words))

    def _hear_plain(self, line: NDArray[np.float32]) -> Heard:
        return _joined(explain(self._bank, line).pieces)

    def _hear_digits(self, line: NDArray[np.float32]) -> str:
        """A phrase with digits: what the grammar finds, if it then also sounds like that."""
        found = parts(line)
        if not found or found[-1][1] - found[0][0] < _SHORTEST_WITH_DIGITS_FRAMES:
            return ""
        spoken = self._decoder.hear(line)
        if not any(phrase.matches_whole(spoken) for phrase in self._with_digits):
            return ""
        stretch = (found[0][0], found[-1][1])
        return spoken if is_said(self._bank, line, stretch, self._templates.once(spoken)) else ""


def _joined(pieces: list[Piece]) -> Heard:
    if not pieces:
        return NOTHING
    words = " ".join(piece.match.words for piece in pieces)
    return Heard(words, min(_confidence(piece.match) for piece in pieces))


def _confidence(match: Match) -> float:
    margin = min(_LARGEST_MARGIN, match.lead - match.second_lead)
    constant, of_lead, of_margin = _SURE
    return 1 / (1 + math.exp(-(constant + of_lead * match.lead + of_margin * margin)))
