"""What a caller's words say of their matter: without the wish for a person, and without complaints.

It is for the human who takes the call: that the caller wants one, and their mood, is told already.
"""

from __future__ import annotations

import re

from agents.frustration import person
from agents.frustration.reasons import Reason
from agents.frustration.speech import LONGEST, read
from agents.frustration.words import content, digits, normalise
from agents.languages import Language

_SENTENCE = re.compile(r"[^.!?;\n]+[.!?;]*")
_CLAUSE = re.compile(r"[,:;.!?\n]+|\b(?:and|but|because|so)\b", re.IGNORECASE)
# "I would like to speak to somebody about my invoice": a wish for a person, and for what.
_ABOUT = re.compile(
    r"\b(?:about|regarding|concerning|wegen|über|bezüglich|à propos|au sujet|concernant|sobre"
    r"|acerca|por (?:mi|un|una)|riguardo|sulla|sul|per (?:il|la|un|una)|over|vanwege)"
    r" (?!this|that|it|you|your)\w+",
    re.IGNORECASE,
)
_NO_MATTER = frozenset(
    {
        Reason.ASKS_FOR_PERSON,
        Reason.SAYS_FRUSTRATED,
        Reason.SWEARING,
        Reason.SARCASM,
        Reason.GIVING_UP,
        Reason.THREATENS_TO_LEAVE,
        Reason.NOT_UNDERSTOOD,
        Reason.SAYS_IT_AGAIN,
        Reason.CORRECTION,
    }
)
# What went wrong ("you charged me twice") is a complaint as well, and a milder one.
_ONLY_COMPLAINS = 1.0


def matter(said: str, language: Language) -> str:
    """The sentences of a turn, or else their parts, that are of the matter; empty: none is.

    Moods are read in English alone; elsewhere only the wish for a person is left out.
    """
    text = said[:LONGEST]
    whole = [part.strip() for part in _SENTENCE.findall(text)]
    for parts in (whole, _CLAUSE.split(text)):
        if kept := [part.strip() for part in parts if _is_matter(part, language)]:
            return " ".join(kept)
    return next((part for part in whole if _ABOUT.search(part)), "")


def _is_matter(part: str, language: Language) -> bool:
    if language.wishes is not None:
        return bool(part.strip()) and not language.wishes.asks_for_person(part)
    plain = normalise(part)
    if not language.is_known:
        return bool(plain) and not person.asks_for_person(plain)
    if not content(plain) and not digits(plain):
        return False  # "yes, please"
    shares = read(part, trouble=False).shares
    return not shares.keys() & _NO_MATTER and shares.get(Reason.COMPLAINT, 0.0) < _ONLY_COMPLAINS
