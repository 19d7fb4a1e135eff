"""What a language is to the product: its sentences, and the words that mean something to it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from agents.languages.answers import Answers, Wishes
from agents.languages.turns import TurnWords


@dataclass(frozen=True, slots=True, kw_only=True)
class Language:
    """``sentences``: the product's English sentences and templates, and each in this language.

    ``code`` is the ISO 639-1 code; "" for a language that the product does not speak. ``wishes``
    None: English ones are understood (agents/frustration).
    """

    code: str
    sentences: Mapping[str, str]
    turns: TurnWords
    answers: Answers
    wishes: Wishes | None

    @property
    def is_known(self) -> bool:
        return bool(self.code)

    @property
    def is_english(self) -> bool:
        return self.code == "en"

    def say(self, text: str, **values: object) -> str:
        """A fixed sentence in this language, ``values`` filled in; any other text as it is."""
        said = self.sentences.get(text, text)
        return said.format(**values) if values else said
