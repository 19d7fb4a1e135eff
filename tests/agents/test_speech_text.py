"""Nothing but plain spoken text reaches the voice, however the model's text was cut into chunks."""

from __future__ import annotations

import pytest

from agents.speech_text import SpeechText, plain


def in_chunks(text: str, size: int) -> str:
    speech = SpeechText()
    chunks = [text[i : i + size] for i in range(0, len(text), size)]
    return ("".join(speech.feed(chunk) for chunk in chunks) + speech.flush()).strip()


CASES = {
    "Hello<|audio_text|> there": "Hello there",
    "<|audio_text|>Your order has shipped.<|end|>": "Your order has shipped.",
    "Good <|audio": "Good",
    "It is **very** important, and `today` too.": "It is very important, and today too.",
    "_Please_ hold ~~on~~.": "Please hold on.",
    "# Opening hours\nWe open at nine.": "Opening hours, We open at nine.",
    "We have\n- apples\n- pears\n* plums": "We have, apples, pears, plums",
    "Spaces at the end \nof a line": "Spaces at the end, of a line",
    "Choose:\n1. Delivery\n2. Pickup": "Choose: Delivery, Pickup",
    "3. That is how many are left.": "3. That is how many are left.",
    "Great 🎉👍🏽 news 😀!": "Great news!",
    "See [our help page](https://example.com/a_b) please.": "See our help page please.",
    "Go to https://www.example.com/help?id=1.": "Go to example dot com slash help.",
    "Write to help@example.com, please.": "Write to help at example dot com, please.",
    "It is 20°C and costs $5.": "It is 20°C and costs $5.",
    "Zero\u200bwidth and \x07bell": "Zerowidth and bell",
    "Is 3 < 4? Yes.": "Is 3 < 4? Yes.",
    "one | two": "one, two",
    "A [note] in brackets": "A [note] in brackets",
}


@pytest.mark.parametrize(("written", "spoken"), CASES.items())
def test_markup_tokens_and_pictures_are_not_spoken(written: str, spoken: str) -> None:
    assert plain(written) == spoken


@pytest.mark.parametrize("written", CASES)
@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_chunk_borders_change_nothing(written: str, size: int) -> None:
    assert in_chunks(written, size) == plain(written)


def test_a_control_token_split_over_chunks_never_leaves() -> None:
    speech = SpeechText()
    said = [speech.feed(chunk) for chunk in ("Hi ", "<", "|audio", "_text", "|", ">", "you ")]
    assert "".join(said) == "Hi you"


def test_complete_words_leave_at_once() -> None:
    speech = SpeechText()
    assert speech.feed("Your order ") == "Your order"
    assert speech.feed("has") == ""
    assert speech.feed(" shipped") == " has"


def test_an_opened_token_that_never_closes_does_not_hold_speech_for_ever() -> None:
    speech = SpeechText()
    said = speech.feed("<|" + "word " * 40)
    assert "word" in said


def test_a_long_answer_keeps_every_word() -> None:
    text = " ".join(f"word{number}" for number in range(500))
    assert in_chunks(text, 11) == text
