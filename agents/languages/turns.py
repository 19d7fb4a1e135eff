"""The words by which turn taking tells listening from speaking, and half a sentence from a whole.

Patterns are searched in lower-case words with one space between them, unless a field says else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


def word_set(words: str) -> frozenset[str]:
    return frozenset(words.split())


def digit_words(words: str) -> dict[str, str]:
    """``words`` are those from 0 to 9, in order, ``/`` between two of the same digit."""
    return {
        word: str(digit) for digit, both in enumerate(words.split()) for word in both.split("/")
    }


@dataclass(frozen=True, slots=True)
class Spelling:
    """How words are found in a lower-case text."""

    word: re.Pattern[str]
    hyphen: re.Pattern[str]  # within a word; both halves are one word
    group: re.Pattern[str]  # a number written in one, or a word


def _spelling(letter: str) -> Spelling:
    return Spelling(
        word=re.compile(rf"(?:{letter}|[0-9])+(?:'{letter}+)?"),
        hyphen=re.compile(rf"(?<={letter})-(?={letter})"),
        group=re.compile(rf"\d(?:[\d.,:/]*\d)?|{letter}+"),
    )


ASCII = _spelling("[a-z]")
ANY_SCRIPT = _spelling(r"[^\W\d_]")


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnWords:
    """``listening``: words, and phrases, of which an utterance that is only listening is made;
    ``hesitation``: sounds that are no words yet. A sentence does not end on ``open_ends``, nor
    with what ``announces`` something.

    ``dictation``: what a number is called; ``request``: that something is asked for (both searched
    in the lower-case text). ``leads_in``: words between that name and the number; a number after
    ``before_a_count`` is a time, a price or a place; ``one``: 1, where it may mean "that one".
    """

    listening: frozenset[str]
    listening_phrases: re.Pattern[str]
    hesitation: frozenset[str]
    open_ends: frozenset[str]
    announces: re.Pattern[str]
    dictation: re.Pattern[str]
    request: re.Pattern[str]
    digits: Mapping[str, str]
    leads_in: frozenset[str]
    before_a_count: re.Pattern[str]
    one: str
    spelling: Spelling = ANY_SCRIPT
