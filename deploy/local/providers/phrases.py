"""Phrases as a scenario writes them, with slots: matching heard words and writing transcripts.

A phrase is plain words and slots: ``Where is my order <digits>?``. ``<digits>`` stands for one or
more spoken digits, ``<digits:4>`` for exactly four (the ears are surer of those).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

DIGIT_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
MAX_DIGITS = 16
_SLOT = re.compile(r"<digits(?::(\d{1,2}))?>")
_TOKEN = re.compile(r"<[^>]*>|[a-z0-9]+(?:['-][a-z0-9]+)*")
_DIGIT = "|".join(DIGIT_WORDS)


class PhraseError(ValueError):
    """A phrase that cannot be heard; the message quotes it."""


@dataclass(frozen=True)
class Heard:
    """Lower-case words, digits as words, "" for none; ``confidence`` 0..1 that they are right."""

    words: str
    confidence: float


@dataclass(frozen=True)
class Match:
    """Where a phrase lies in what was heard; ``digits`` is the slot's value or empty."""

    start: int
    end: int
    digits: str

    @property
    def length(self) -> int:
        """Characters of the heard text that the phrase covers."""
        return self.end - self.start


@dataclass(frozen=True)
class Phrase:
    """One phrase: as written, and its tokens (lower-case words and slots)."""

    written: str
    tokens: tuple[str, ...]
    pattern: re.Pattern[str]

    @property
    def words(self) -> frozenset[str]:
        """The plain words, which the ears need a pronunciation for."""
        return frozenset(token for token in self.tokens if not token.startswith("<"))

    @property
    def has_slot(self) -> bool:
        """Whether digits belong in it."""
        return any(token.startswith("<") for token in self.tokens)

    def matches_whole(self, heard: str) -> bool:
        """Whether normalized text is this phrase and no more."""
        return self.pattern.fullmatch(heard) is not None

    def match(self, heard: str) -> Match | None:
        """Find the phrase in normalized text (see ``normalize``)."""
        found = self.pattern.search(heard)
        if found is None:
            return None
        spoken = found.groupdict().get("digits") or ""
        return Match(found.start(), found.end(), digits_of(spoken))

    def transcript(self, digits: str) -> str:
        """The phrase as a transcript writes it, with its digits as figures."""
        return _SLOT.sub(lambda _: digits, self.written)


def parse(written: str) -> Phrase:
    """Read one phrase. Raises PhraseError when it has no words or an unknown slot."""
    tokens: list[str] = []
    for word in written.split():
        if any(letter.isalpha() and not letter.isascii() for letter in word):
            raise PhraseError(f"the word {word!r} has letters that the ears do not know")
    for token in _TOKEN.findall(written.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")):
        if token.startswith("<"):
            _check_slot(token, written)
            tokens.append(token)
        else:
            tokens.extend(_spelled(token))
    if not tokens:
        raise PhraseError(f"the phrase {written!r} has no words")
    if sum(token.startswith("<") for token in tokens) > 1:
        raise PhraseError(f"the phrase {written!r} has more than one slot")
    expression = " ".join(_expression(token) for token in tokens)
    return Phrase(written.strip(), tuple(tokens), re.compile(rf"(?<!\S){expression}(?!\S)"))


def normalize(text: str) -> str:
    """Lower-case words without punctuation, figures spelled out ("42" is "four two")."""
    lowered = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    words = (word for token in re.findall(r"[a-z0-9'-]+", lowered) for word in _spelled(token))
    return " ".join(word for word in words if word.strip("'-"))


def digits_of(spoken: str) -> str:
    """Figures of spoken digits: "four two" is "42"."""
    return "".join(str(DIGIT_WORDS.index(word)) for word in spoken.split())


def write_transcript(heard: str, phrases: list[Phrase]) -> str:
    """Heard words as a person would write them: each known phrase in its written form."""
    rest = heard
    written: list[str] = []
    while rest:
        matches = [(phrase, match) for phrase in phrases if (match := phrase.match(rest))]
        starting = [pair for pair in matches if pair[1].start == 0]
        if not starting:
            written.append(rest[0].upper() + rest[1:])
            break
        phrase, match = max(starting, key=lambda pair: pair[1].length)
        written.append(phrase.transcript(match.digits))
        rest = rest[match.end :].strip()
    return " ".join(written)


def _spelled(token: str) -> list[str]:
    if not any(letter.isdigit() for letter in token):
        return [token]
    parts = re.findall(r"\d|[a-z']+", token)
    return [DIGIT_WORDS[int(part)] if part.isdigit() else part for part in parts]


def _check_slot(token: str, written: str) -> None:
    slot = _SLOT.fullmatch(token)
    if slot is None:
        raise PhraseError(f"unknown slot {token} in {written!r}; there is <digits> and <digits:N>")
    if slot[1] is not None and not 1 <= int(slot[1]) <= MAX_DIGITS:
        raise PhraseError(f"{token} in {written!r}: from 1 to {MAX_DIGITS} digits")


def _expression(token: str) -> str:
    slot = _SLOT.fullmatch(token)
    if slot is None:
        return re.escape(token)
    times = f"{{{int(slot[1]) - 1}}}" if slot[1] else f"{{0,{MAX_DIGITS - 1}}}"
    return rf"(?P<digits>(?:{_DIGIT})(?: (?:{_DIGIT})){times})"
