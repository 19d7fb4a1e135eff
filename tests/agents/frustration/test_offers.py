"""A yes hands the caller over only when a human was offered."""

from __future__ import annotations

import pytest

from agents.frustration import Reason, Scorer, Speaker, Turn


def hands_over(offer: str, answer: str) -> bool:
    scorer = Scorer()
    scorer.add(Turn(speaker=Speaker.AGENT, text=offer))
    scorer.add(Turn(speaker=Speaker.CALLER, text=answer))
    return Reason.ASKS_FOR_PERSON in {each.reason for each in scorer.contributions}


@pytest.mark.parametrize(
    "offer",
    [
        "Do you want to speak to a person?",
        "Shall I connect you with a colleague?",
        "Would you like to be transferred?",
        "I can put you through to a colleague.",
    ],
)
def test_a_yes_to_the_offer_of_a_human_asks_for_one(offer: str) -> None:
    assert hands_over(offer, "Yes, please.")


@pytest.mark.parametrize(
    "said",
    [
        "I'm sorry, I can't transfer you right now.",
        "Is your router connected to the wall socket?",
        "Has the money been transferred?",
        "Did you speak with a colleague about it?",
        "Was it handed to a person at the door?",
    ],
)
def test_a_yes_to_anything_else_does_not(said: str) -> None:
    assert not hands_over(said, "Yes, okay.")


def test_a_wish_that_begins_like_a_yes_is_none() -> None:
    assert not hands_over(
        "Shall I connect you with a colleague?", "If you can just tell me my balance."
    )
