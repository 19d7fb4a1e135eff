"""What a human is told before they take a call."""

from __future__ import annotations

import pytest

from agents.frustration.matter import matter
from agents.languages import language_of
from agents.transfer.briefing import MOST_WORDS, Notes
from agents.transfer.sentences import ANNOYED, PRESS
from telephony.contracts import ToolCallRecord, TurnRecord
from telephony.enums import Speaker, ToolOutcome, TransferCause

PERSON = "I would like to speak to a real person, please."
WHO = "Caller with number ending 0 1 9 9."


def notes(*turns: str) -> Notes:
    made = Notes("+15550199")
    for index, text in enumerate(turns):
        made.on_record(
            TurnRecord(
                key=f"caller:{index}",
                speaker=Speaker.CALLER,
                text=text,
                start_ms=index,
                end_ms=index + 1,
            )
        )
    return made


def tried(told: Notes) -> None:
    told.on_record(
        ToolCallRecord(
            key="tool:1",
            name="order_status",
            arguments={},
            outcome=ToolOutcome.TIMEOUT,
            result={},
            start_ms=1,
            duration_ms=1,
        )
    )


def test_a_briefing_says_who_why_what_was_tried_what_is_wanted_and_the_mood() -> None:
    told = notes("Where is my order?", "It was to come on Monday.", PERSON)
    tried(told)
    told.mood = ANNOYED
    assert told.briefing(TransferCause.CALLER_ASKED, f"they said: {PERSON}") == (
        f"{WHO} They asked for a person. Tried: order status failed. "
        "They said: It was to come on Monday. They are annoyed."
    )


@pytest.mark.parametrize(
    ("turns", "wish"),
    [
        (("My parcel is lost.", PERSON), "My parcel is lost."),
        (("My parcel is lost. " + PERSON,), "My parcel is lost."),
        (
            (
                "Where is my order 4711?",
                "I have told you that three times already.",
                "This is ridiculous, you are not helping me at all",
                "Yes, please.",
            ),
            "Where is my order 4711?",
        ),
        (
            ("I have been waiting three weeks for my parcel and I am fed up!",),
            "I have been waiting three weeks for my parcel.",
        ),
        (
            ("I want to speak to a person about my invoice.",),
            "I want to speak to a person about my invoice.",
        ),
        (("You charged me twice.", PERSON), "You charged me twice."),
        ((PERSON, "You are useless.", "Yes."), ""),
    ],
)
def test_the_callers_matter_is_told_and_not_that_they_ask_or_complain(
    turns: tuple[str, ...], wish: str
) -> None:
    told = notes(*turns).briefing(TransferCause.CALLER_ASKED)
    said = f" They said: {wish}" if wish else ""
    assert told == f"{WHO} They asked for a person.{said}"


@pytest.mark.parametrize(
    ("code", "said", "wish"),
    [
        ("de", "Mein Paket ist weg. Einen Menschen bitte.", "Mein Paket ist weg."),
        ("fr", "Je voudrais parler à un conseiller.", ""),
        ("es", "Necesito una persona real.", ""),
        ("pl", "Operator, please.", "please"),
    ],
)
def test_the_wish_for_a_person_is_no_matter_in_any_language(
    code: str, said: str, wish: str
) -> None:
    assert matter(said, language_of(code)) == wish


def test_the_agents_own_words_say_what_is_wanted_and_what_was_tried_is_told_too() -> None:
    why = (
        "The caller was charged twice for order 4711 and wants the second payment back on their "
        "card today, which I cannot do."
    )
    told = notes("You charged me twice.")
    tried(told)
    assert told.briefing(TransferCause.AGENT_DECIDED, why) == (
        "The caller was charged twice for order 4711 and wants the second payment back on their "
        "card today. Tried: order status failed."
    )


@pytest.mark.parametrize("cause", TransferCause)
@pytest.mark.parametrize("code", ["", "123456"])
def test_with_all_that_follows_it_stays_under_fifteen_seconds(
    cause: TransferCause, code: str
) -> None:
    told = notes("parcel lamp " * 100)
    tried(told)
    told.mood = "They are very frustrated."
    said = [told.briefing(cause, "reason " * 200, code), PRESS]
    if code:
        said.append("The code is 1, 2, 3, 4, 5, 6.")
    assert len(" ".join(said).split()) <= MOST_WORDS
