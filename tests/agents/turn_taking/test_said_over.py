"""What was said over the agent and wants it is never lost, whatever the agent is saying."""

from __future__ import annotations

import pytest

from telephony.enums import OverlapEars
from tests.agents.turn_taking.floor_rig import Rig, talking


def test_a_correction_over_a_preamble_is_taken_while_its_tool_is_at_work() -> None:
    rig = talking()
    rig.hands.interruptible = False
    rig.speak(600)
    rig.quiet(140)
    rig.words("No, make it Tuesday.")
    rig.quiet(500)
    assert "interrupt" not in rig.hands.did
    rig.hands.agent_playing, rig.hands.agent_owes, rig.hands.interruptible = False, True, True
    rig.silence_until_taken(600)
    assert rig.hands.taken[0].text == "No, make it Tuesday."


@pytest.mark.parametrize(
    ("words", "confidence", "options"),
    [
        ("Tak.", None, {"language": "pl"}),
        ("Tuesday.", 0.2, {}),
        (None, None, {"overlap_ears": OverlapEars.NONE}),
    ],
)
@pytest.mark.parametrize("over_a_notice", [False, True])
def test_a_short_answer_into_the_last_second_is_kept_where_the_words_do_not_decide(
    words: str | None, confidence: float | None, options: dict[str, object], over_a_notice: bool
) -> None:
    rig = talking(**options)
    rig.hands.interruptible = not over_a_notice
    rig.hands.left_s = 3.0 if over_a_notice else 0.6
    rig.speak(340)
    rig.quiet(140)
    if words is not None:
        rig.words(words, confidence)
    rig.quiet(400)
    assert "interrupt" not in rig.hands.did
    rig.hands.agent_playing = False
    rig.quiet(100)
    if words is None:
        rig.words("Yes.")
    rig.silence_until_taken()
    assert rig.hands.taken[0].text == (words or "Yes.")


def test_a_yes_before_the_reply_is_heard_goes_on_with_the_turn() -> None:
    rig = Rig()
    rig.speak(600)
    rig.quiet(140)
    rig.words("I think so.")
    rig.silence_until_taken()
    rig.quiet(200)
    rig.speak(400)
    rig.quiet(140)
    rig.words("Yes.")
    rig.quiet(140)
    rig.words("I think so. Yes.")
    rig.silence_until_taken()
    rig.quiet(500)
    assert [turn.text for turn in rig.hands.taken][-1] == "I think so. Yes."


def test_noise_that_begins_while_the_caller_speaks_ends_their_turn() -> None:
    rig = Rig()
    rig.speak(20_200)
    rig.words("One moment please.")
    rig.speak(20_000)  # a vacuum cleaner
    rig.words("")
    rig.speak(2_000)
    assert [turn.text for turn in rig.hands.taken] == ["One moment please."]


def test_the_next_group_of_a_number_is_waited_for_while_its_words_are_on_their_way() -> None:
    rig = Rig(digit_endpointing_ms=1200)
    rig.speak(900)
    rig.quiet(200)
    rig.words("My account number is")
    rig.speak(500)
    rig.quiet(100)
    rig.floor.heard_end(rig.floor.turns.turn, 0.6)  # type: ignore[arg-type]
    rig.quiet(700)
    assert rig.hands.taken == []
    rig.words("My account number is four two")
    rig.speak(500)
    rig.quiet(100)
    rig.words("My account number is four two seven one.")
    rig.silence_until_taken()
    assert rig.hands.taken[0].text == "My account number is four two seven one."
