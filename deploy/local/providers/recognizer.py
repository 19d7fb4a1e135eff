"""The ears' decoder: renderings of the phrases, and a grammar for those that hold digits."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from deploy.local.providers.explaining import FILLERS, Piece, explain
from deploy.local.providers.grammar import GrammarDecoder
from deploy.local.providers.line_audio import loud_s, to_line
from deploy.local.providers.matching import Bank
from deploy.local.providers.phrases import Phrase, parse
from deploy.local.providers.templates import Templates

# Renderings are kept here from one process to the next; the folder may be deleted at any time.
_RENDERINGS = Path(__file__).resolve().parents[3] / ".local" / "ears"
# From the held-out voices: half of what leads by this little is right, and nearly all above.
_EVEN_LEAD, _SURE_LEAD = 0.2, 0.4
_LEAD_OVER_DIGITS = 0.35
_SHORTEST_WITH_DIGITS_S = 0.8


@dataclass(frozen=True)
class Heard:
    """Lower-case words, digits as words, "" for none; ``confidence`` 0..1 that they are right."""

    words: str
    confidence: float


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
            [self._templates.of(parse(filler)) for filler in FILLERS],
        )

    def hear(self, pcm: bytes) -> Heard:
        """What is said in PCM s16le 24 kHz mono; nothing for silence, noise and other words."""
        line = to_line(pcm)
        if not len(line):
            return NOTHING
        pieces = explain(self._bank, line)
        plain = _joined(pieces)
        weak = min((piece.match.lead for piece in pieces), default=0) < _LEAD_OVER_DIGITS
        if self._with_digits and weak and loud_s(line) >= _SHORTEST_WITH_DIGITS_S:
            spoken = self._decoder.hear(line)
            if any(phrase.matches_whole(spoken) for phrase in self._with_digits):
                return Heard(spoken, 0.9)
        return plain


def _joined(pieces: list[Piece]) -> Heard:
    if not pieces:
        return NOTHING
    lead = min(piece.match.lead for piece in pieces)
    confidence = 0.5 + 0.5 * (lead - _EVEN_LEAD) / (_SURE_LEAD - _EVEN_LEAD)
    return Heard(" ".join(piece.match.words for piece in pieces), min(0.99, max(0.1, confidence)))
