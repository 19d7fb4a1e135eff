"""The score in a language whose moods are not read: what goes wrong, and the wish for a person."""

from __future__ import annotations

from agents.frustration import person
from agents.frustration.reasons import Reason
from agents.frustration.scorer import Scorer
from agents.frustration.speech import LONGEST
from agents.frustration.turns import Turn
from agents.frustration.weights import FrustrationWeights
from agents.frustration.words import normalise
from agents.languages import Language
from agents.transfer.sentences import OFFERS


def scorer_for(language: Language, weights: FrustrationWeights) -> Scorer:
    """The scorer of a call in ``language``."""
    return Scorer(weights) if language.is_english else WishScorer(weights, language)


class WishScorer(Scorer):
    """Of the caller's words only the plain wish for a person counts, and a yes to the offer of one.

    In a language that the product does not know, the wish is understood in English.
    """

    def __init__(self, weights: FrustrationWeights, language: Language) -> None:
        super().__init__(weights)
        self._understands = language.wishes or person
        self._plain = str if language.wishes else normalise
        self._own_offers = frozenset(language.say(offer) for offer in OFFERS)

    def _caller(self, turn: Turn) -> None:
        text = self._plain(turn.text[:LONGEST])
        agreed = self._offered and self._understands.says_yes(text)
        self._offered = False
        if agreed or self._understands.asks_for_person(text):
            self._count(Reason.ASKS_FOR_PERSON)

    def _read_reply(self, said: str) -> None:
        offers = self._understands.offers_person
        self._offered = said.strip() in self._own_offers or offers(self._plain(said))
