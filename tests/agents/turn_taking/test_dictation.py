"""Which words that end with digits may go on with more of them."""

from __future__ import annotations

import pytest

from agents.turn_taking.dictation import dictated


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("My number is four", "4"),
        ("my number is four two", "42"),
        ("It's account 42", "42"),
        ("The code is 42.", "42"),
        ("four two", "42"),
        ("555 0199", "5550199"),
        ("4-2-7", "427"),
        ("Where is my order 4271?", "4271"),
        ("It is 42718", "42718"),
    ],
)
def test_a_number_that_may_go_on(text: str, digits: str) -> None:
    assert dictated(text, asked=False) == digits


@pytest.mark.parametrize(
    "text",
    [
        "At two.",
        "At 10:30",
        "It costs 240.",
        "I paid $24.50.",
        "There are 12",
        "I bought it in 2024.",
        "On March 21.",
        "from two to four",
        "The second one.",
        "Four.",
        "one",
        "That was all.",
        "",
    ],
)
def test_a_time_a_price_or_a_count_is_whole(text: str) -> None:
    assert dictated(text, asked=False) == ""


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("Four.", "4"),
        ("one", "1"),
        ("It is one", "1"),
        ("42", "42"),
        ("I do not have one.", ""),
        ("The green one.", ""),
        ("I cannot find it.", ""),
    ],
)
def test_asked_for_a_number_every_digit_counts(text: str, digits: str) -> None:
    assert dictated(text, asked=True) == digits
