"""What words tell about a turn."""

from __future__ import annotations

import pytest

from agents.turn_taking import words
from agents.turn_taking.end_of_turn import number_lengths
from agents.turn_taking.words import Overlap, is_long_number, last_sentence


@pytest.mark.parametrize(
    "text",
    ["Mm-hmm.", "Uh-huh.", "Yeah.", "Okay, yeah.", "I see.", "Right, right.", "Um.", "Got it.",
     "Oh, that makes sense.", "Sure.", "Hm.", "Oh nice.", "Ha ha ha.", "Haha, okay.",
     "Interesting.", "That's really good.", "Okay then.", "Please go on.", "Fair enough.",
     "Thank you very much.", "(laughs) Yeah."],
)  # fmt: skip
def test_listening(text: str) -> None:
    assert words.overlap_kind(text) is Overlap.BACKCHANNEL


@pytest.mark.parametrize(
    "text",
    ["Stop.", "Wait.", "No.", "Yeah, but when?", "Okay, stop.", "Excuse me.", "Um, wait.",
     "No, I meant Tuesday.", "Hold on.", "And the number is 4217.", "I know that already.",
     "That's not right.", "How much?", "(coughs) Stop.", "Right, then let me ask something."],
)  # fmt: skip
def test_wanting_the_floor(text: str) -> None:
    assert words.overlap_kind(text) is Overlap.INTERRUPTION


def test_nothing_heard() -> None:
    assert words.overlap_kind(" ...") is Overlap.NOTHING
    assert words.overlap_kind("[coughing]") is Overlap.NOTHING


@pytest.mark.parametrize(
    ("text", "is_open"),
    [
        ("I would like to come and", True),
        ("My order number is", True),
        ("I need a, um", True),
        ("I want to know where my order is.", False),
        ("Tell me about your tents.", False),
        ("Hold on.", False),
        ("Yes, please.", False),
        ("Who am I speaking with?", False),
        ("Where is, um?", True),
    ],
)
def test_a_sentence_that_stops_in_the_middle(text: str, is_open: bool) -> None:
    assert words.is_open(text) is is_open


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("Where is my order 4271?", "4271"),
        ("it is four two oh one", "4201"),
        ("four two seven one please", ""),
        ("Hello.", ""),
    ],
)
def test_digits_at_the_end(text: str, digits: str) -> None:
    assert words.digits_at_end(text) == digits


def test_only_a_question_asks_for_digits() -> None:
    assert words.asks_for_digits("I can look that up. What is your order number?")
    assert not words.asks_for_digits("Your order number 4271 is on its way. Anything else?")


@pytest.mark.parametrize(
    ("text", "long"),
    [
        ("What is your phone number?", True),
        ("Could you tell me the number on your card?", True),
        ("Wie lautet Ihre Telefonnummer?", True),
        ("Wie lautet Ihre Bestellnummer?", False),
        ("Quel est votre numéro de téléphone ?", True),
        ("What is your order number?", False),
        ("Your card is on its way. What is your order number?", False),
    ],
)
def test_some_numbers_come_in_several_groups(text: str, long: bool) -> None:
    assert is_long_number(last_sentence(text)) is long


def test_number_lengths_come_from_the_tools_schemas() -> None:
    schemas = [
        {"properties": {"a": {"pattern": "^[0-9]{4}$"}, "b": {"pattern": r"^\d{3,10}$"}}},
        {"properties": {"c": {"pattern": "^[a-z]+$"}}},
    ]
    assert number_lengths(schemas) == [range(4, 5), range(3, 11)]


@pytest.mark.parametrize("text", ["[inaudible]", "(speaking in foreign language)"])
def test_speech_that_was_not_understood_is_no_noise(text: str) -> None:
    assert words.overlap_kind(text) is Overlap.INTERRUPTION


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(coughs) Stop.", "Stop."),
        ("Yes (laughs), please.", "Yes, please."),
        ("[inaudible] on Monday", "[inaudible] on Monday"),
        ("(555) 123-4567", "(555) 123-4567"),
    ],
)
def test_sounds_in_brackets_are_taken_out_and_numbers_are_not(text: str, said: str) -> None:
    assert words.without_sounds(text) == said
