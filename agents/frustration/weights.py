"""How much each reason counts; a persona may have its own."""

from __future__ import annotations

from dataclasses import dataclass

from agents.frustration.reasons import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class FrustrationWeights:
    """One field for each reason, from 0 (ignored) to 1 (enough alone), and how they add up.

    A contribution ``w`` moves the score ``s`` to ``1 - (1 - s)(1 - w)``; each caller turn begins
    with ``s`` times ``decay``.
    """

    threshold: float = 0.37
    decay: float = 0.88
    raised_db: float = 6.0
    shouting_db: float = 10.0

    asks_for_person: float = 0.95
    asks_for_callback: float = 0.45
    says_frustrated: float = 0.5
    complaint: float = 0.5
    swearing: float = 0.4
    sarcasm: float = 0.45
    giving_up: float = 0.45
    threatens_to_leave: float = 0.5
    not_understood: float = 0.45
    says_it_again: float = 0.46
    asks_again: float = 0.25
    correction: float = 0.16
    corrections_in_a_row: float = 0.25
    exasperation: float = 0.32
    negative_sentiment: float = 0.25
    impatient_words: float = 0.12
    shouted_words: float = 0.2
    content: float = 0.5
    raised_level: float = 0.24
    interruptions: float = 0.2
    overlaps: float = 0.04
    tool_failure: float = 0.2
    misheard_digits: float = 0.2
    agent_did_not_understand: float = 0.12
    agent_repeated_itself: float = 0.36

    def of(self, reason: Reason) -> float:
        weight: float = getattr(self, reason.value)
        return weight
