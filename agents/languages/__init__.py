"""The languages that the product itself speaks and understands; see README.md."""

from __future__ import annotations

from agents.languages.de import GERMAN
from agents.languages.en import ENGLISH, UNKNOWN
from agents.languages.es import SPANISH
from agents.languages.fr import FRENCH
from agents.languages.it import ITALIAN
from agents.languages.language import Language
from agents.languages.nl import DUTCH
from agents.languages.turns import TurnWords

LANGUAGES = {
    language.code: language for language in (ENGLISH, GERMAN, FRENCH, SPANISH, ITALIAN, DUTCH)
}

__all__ = ["ENGLISH", "LANGUAGES", "Language", "TurnWords", "language_of"]


def language_of(tag: str) -> Language:
    """Of a persona's language tag (BCP 47): ``de`` and ``de-CH`` are German; else ``UNKNOWN``."""
    return LANGUAGES.get(tag.strip().lower().replace("_", "-").split("-")[0], UNKNOWN)
