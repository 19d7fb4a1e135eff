"""Spoken words made comparable: one spelling of contractions, sentences, stems, digits."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache

_QUOTES = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"'})
_CONTRACTIONS = [
    (re.compile(pattern), full)
    for pattern, full in (
        (r"\bcan'?t\b|\bcannot\b", "can not"),
        (r"\bwon'?t\b(?! be long)", "will not"),
        (r"\bain't\b", "is not"),
        (r"\b(do|does|did|is|are|was|were|has|have|had|would|could|should)n'?t\b", r"\1 not"),
        (r"\b(i)'?m\b", r"\1 am"),
        (r"\b(you|they)'?re\b", r"\1 are"),
        (r"\b(we)'re\b", r"\1 are"),
        (r"\b(i|you|we|they)'?ve\b", r"\1 have"),
        (r"\b(that|what|where|who|how)s\b", r"\1 is"),
        (r"\b(\w+)'ll\b", r"\1 will"),
        (r"\b(i|you|we|they|he|she)'d\b", r"\1 would"),
        (
            r"\b(it|that|this|what|where|who|here|there|how|he|she|nothing|nobody|when|whoever)'s\b",
            r"\1 is",
        ),
        (r"\blet's\b", "let us"),
        (r"\bgonna\b", "going to"),
        (r"\bwanna\b", "want to"),
        (r"\bgotta\b", "got to"),
        (r"\bno one\b|\bno-one\b", "nobody"),
        (r"\bsome ?body\b", "someone"),
        (r"\bany ?body\b", "anyone"),
    )
]
OFTEN = 3
_SENTENCE = re.compile(r"[^.!?;\n]+[.!?;]*")
_WORD = re.compile(r"[a-z0-9']+")
DIGITS = {
    **{word: str(n) for n, word in enumerate(
        ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
    )},
    "oh": "0", "o": "0", "nought": "0",
}  # fmt: skip
_STOP_WORDS = """
a an the and or but so to of in on at for from with by as is are was were be been am do does did
have has had will would can could may might shall should i you he she it we they me my your our
his her its their this that these those there here what which who when where why how not no yes
please thanks thank hello hi hey ok okay well just really um uh er oh sorry now then again said
say told tell asking ask asked mean meant want like need know get got go let us if about up out
still even already too very right good morning afternoon nope nah yep yeah yup
"""
_STOP = frozenset(_STOP_WORDS.split())
# Each sentence of a reply is compared with each of the last replies: some hundred of them a turn.
_REMEMBERED = 4096


def normalise(text: str) -> str:
    """Lower case, straight quotes, no contractions; punctuation stays."""
    text = text.translate(_QUOTES).lower()
    for pattern, full in _CONTRACTIONS:
        text = pattern.sub(full, text)
    return " ".join(text.split())


def sentences(normalised: str) -> list[str]:
    return [found.strip() for found in _SENTENCE.findall(normalised) if found.strip()]


def words(text: str) -> list[str]:
    return _WORD.findall(text)


@lru_cache(_REMEMBERED)
def content(text: str) -> frozenset[str]:
    """Stems of the words that say what it is about, without digits."""
    return frozenset(
        _stem(word)
        for word in words(text)
        if len(word) > 1 and word not in _STOP and word not in DIGITS and not word.isdigit()
    )


@lru_cache(_REMEMBERED)
def subject(text: str) -> frozenset[str]:
    """As ``content``, with the digits: what makes two replies the same reply."""
    return content(text) | {word for word in words(text) if word in DIGITS or word.isdigit()}


def often_the_same(text: str) -> bool:
    """A word of the matter three times in one turn: "it was wrong in March, wrong in April ..." """
    stems = [
        _stem(word) for word in words(text) if len(word) > 2 and word not in _STOP | DIGITS.keys()
    ]
    return any(count >= OFTEN for count in Counter(stems).values())


def digits(text: str) -> str:
    """The spoken or written digits of a normalised text, in order."""
    spoken = (DIGITS.get(word, word if word.isdigit() else "") for word in words(text))
    return "".join(spoken)


def _stem(word: str) -> str:
    word = word.removesuffix("'s")
    for ending in ("ing", "ed", "es", "s"):
        if len(word) > len(ending) + 3 and word.endswith(ending):
            return word.removesuffix(ending)
    return word


def alike(one: frozenset[str], other: frozenset[str]) -> float:
    """How much of the shorter is in the longer, 0 to 1; a word or two must be all of it."""
    if not one or not other:
        return 0.0
    shared = len(one & other)
    smaller, larger = sorted((len(one), len(other)))
    if smaller < 2:
        return 1.0 if one == other else 0.0
    return shared / smaller if larger <= 3 * smaller else shared / larger
