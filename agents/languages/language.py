"""What a language is to the product: its sentences, and the words that mean something to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """``sentences``: the product's English sentences and templates, and each in this language.

    ``code`` is the ISO 639-1 code; "" for a language that the product does not speak.
    """

    code: str
    sentences: Mapping[str, str]

    @property
    def is_english(self) -> bool:
        return self.code == "en"

    def say(self, text: str, **values: object) -> str:
        """A fixed sentence in this language, ``values`` filled in; any other text as it is."""
        said = self.sentences.get(text, text)
        return said.format(**values) if values else said
