"""How a word sounds, in the phones of the CMU dictionary, for words the dictionary lacks.

In order: the parts of a hyphenated word; two dictionary words run together ("nordwind" is "nord"
and "wind"); letter rules, rough but enough for a grammar of few phrases. A word that is none of
these (no vowel, no letters) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable

MAX_WORD_LENGTH = 40
_MIN_PART = 3

# Longest first; consumed from the left. English spelling at its most regular.
_LETTERS: tuple[tuple[str, str], ...] = (
    ("tion", "SH AH N"), ("igh", "AY"), ("sch", "SH"), ("tch", "CH"), ("ch", "CH"), ("sh", "SH"),
    ("th", "TH"), ("ph", "F"), ("ck", "K"), ("qu", "K W"), ("ng", "NG"), ("wh", "W"), ("ee", "IY"),
    ("ea", "IY"), ("oo", "UW"), ("ou", "AW"), ("ow", "OW"), ("oi", "OY"), ("oy", "OY"),
    ("ai", "EY"), ("ay", "EY"), ("au", "AO"), ("aw", "AO"), ("ie", "IY"), ("ei", "AY"),
    ("er", "ER"), ("ir", "ER"), ("ur", "ER"), ("ar", "AA R"), ("or", "AO R"), ("a", "AE"),
    ("b", "B"), ("c", "K"), ("d", "D"), ("e", "EH"), ("f", "F"), ("g", "G"), ("h", "HH"),
    ("i", "IH"), ("j", "JH"), ("k", "K"), ("l", "L"), ("m", "M"), ("n", "N"), ("o", "AA"),
    ("p", "P"), ("q", "K"), ("r", "R"), ("s", "S"), ("t", "T"), ("u", "AH"), ("v", "V"),
    ("w", "W"), ("x", "K S"), ("y", "IY"), ("z", "Z"),
)  # fmt: skip


class PronunciationError(ValueError):
    """A word that no rule can pronounce; the message names it."""


def pronounce(word: str, lookup: Callable[[str], str | None]) -> str:
    """Phones of ``word``, separated by spaces. ``lookup`` asks the dictionary.

    Raises PronunciationError naming the word.
    """
    known = lookup(word)
    if known:
        return known
    if len(word) > MAX_WORD_LENGTH or re.fullmatch(r"[a-z]+(?:['-][a-z]+)*", word) is None:
        raise PronunciationError(f"the word {word!r} cannot be pronounced")
    if "-" in word:
        return " ".join(pronounce(part, lookup) for part in word.split("-"))
    for cut in range(_MIN_PART, len(word) - _MIN_PART + 1):
        first, second = lookup(word[:cut]), lookup(word[cut:])
        if first and second:
            return f"{first} {second}"
    if re.search("[aeiouy]", word) is None:
        raise PronunciationError(f"the word {word!r} is unknown and has no vowel")
    return _by_letters(word.replace("'", ""))


def variants(phones: str) -> list[str]:
    """Other ways the same word reaches the ears, without ``phones`` itself.

    The line: G.711 ends below 4 kHz, where an S keeps nothing that tells it from an F; a model
    trained on 16 kHz hears "seven" as "two" without that second pronunciation. The accent: the
    dictionary is American, and a British "your order" has no R in it.
    """
    others: list[str] = []
    for spoken in (phones, _without_r(phones)):
        for heard in (spoken, _narrow(spoken)):
            if heard != phones and heard not in others:
                others.append(heard)
    return others


def _narrow(phones: str) -> str:
    return " ".join("F" if sound == "S" else sound for sound in phones.split())


def _without_r(phones: str) -> str:
    """The R is silent where no vowel follows (non-rhotic English)."""
    sounds = phones.split()
    kept = [
        sound
        for sound, following in zip(sounds, [*sounds[1:], ""], strict=True)
        if sound != "R" or following.startswith(tuple("AEIOU"))
    ]
    return " ".join(kept)


def _by_letters(word: str) -> str:
    phones: list[str] = []
    # A final e is silent after a consonant ("tente"), but is the vowel of short words ("be").
    rest = word[:-1] if len(word) > 3 and word[-1] == "e" and word[-2] not in "aeiou" else word
    while rest:
        spelling, sound = next(pair for pair in _LETTERS if rest.startswith(pair[0]))
        if not phones or phones[-1] != sound:  # a doubled letter sounds once
            phones.append(sound)
        rest = rest[len(spelling) :]
    return " ".join(phones)
