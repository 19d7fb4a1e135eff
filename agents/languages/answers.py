"""The short answers that the product understands without a model, and the wish for a person."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NO_LETTERS = re.compile(r"[^\w' ]|[\d_]")
_SENTENCE = re.compile(r"[^.!?;\n]+[.!?;]*")
_LETTERS = re.compile(r"[^\W\d_]+")
MOST_WORDS_ALONE = 10


def bare(said: str) -> str:
    """Lower-case words with one space between them: no punctuation, no digits."""
    return " ".join(_NO_LETTERS.sub(" ", _straight(said)).split())


def whole(before: str, said: str, after: str) -> re.Pattern[str]:
    """An utterance of ``bare`` words that is one of ``said``, with polite words around it."""
    return re.compile(rf"^(?:(?:{before}) )*(?:{said})(?: (?:{after}))*$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """Matched with the whole of a ``bare`` utterance: a human takes a call, or does not; a caller
    on hold waits, stops, or leaves a message."""

    accepts: re.Pattern[str]
    declines: re.Pattern[str]
    go_on: re.Pattern[str]
    stop: re.Pattern[str]
    message: re.Pattern[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """The plain wish for a person. ``asks`` and ``not_meant`` are searched in one lower-case
    sentence; what is not meant ("I have talked to a colleague") is taken out of it first.

    ``nouns``: who is asked for when nothing but such words and those ``around`` them are said.
    ``offers``: the agent's question whether to connect the caller; ``agrees``: a yes to it.
    """

    nouns: frozenset[str]
    around: frozenset[str]
    asks: re.Pattern[str]
    not_meant: re.Pattern[str]
    offers: re.Pattern[str]
    agrees: re.Pattern[str]

    def asks_for_person(self, said: str) -> bool:
        return any(self._asks(sentence) for sentence in _SENTENCE.findall(_straight(said)))

    def offers_person(self, said: str) -> bool:
        return any(
            self.offers.search(sentence) is not None
            for sentence in _SENTENCE.findall(_straight(said))
        )

    def says_yes(self, said: str) -> bool:
        return self.agrees.search(_straight(said).strip()) is not None

    def _asks(self, sentence: str) -> bool:
        words = _LETTERS.findall(sentence)
        if self.nouns & set(words) and set(words) <= (self.nouns | self.around):
            return len(words) <= MOST_WORDS_ALONE
        return self.asks.search(self.not_meant.sub(" ", sentence)) is not None


def _straight(text: str) -> str:
    return text.lower().replace("\u2019", "'")
