"""How bad a sentence sounds, by VADER's lexicon and rules (Hutto and Gilbert, 2014)."""

from __future__ import annotations

from functools import cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer


def compound(text: str) -> float:
    """From -1 (bad) to 1 (good)."""
    value: float = _analyzer().polarity_scores(text)["compound"]
    return value


@cache
def _analyzer() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()
