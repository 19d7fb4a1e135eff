"""Sounds in which nothing is understood: no turn, unless they are the first of more."""

from __future__ import annotations

from agents.turn_taking.words import Overlap
from tests.agents.turn_taking.floor_rig import Rig


def test_a_cough_is_no_turn_and_leaves_nothing_with_the_model() -> None:
    rig = Rig()
    rig.speak(200)
    rig.quiet(140)
    rig.words("")
    rig.quiet(1000)
    assert "take" not in rig.hands.did
    assert rig.hands.did[-2:] == ["discard", "forget"]


def test_a_first_word_that_was_not_understood_alone_is_heard_with_the_rest() -> None:
    rig = Rig()
    rig.speak(200)
    rig.quiet(280)
    rig.words("")
    assert rig.hands.did[-1] == "discard"
    rig.speak(900)
    rig.quiet(140)
    rig.words("No, thank you.")
    assert 140 + rig.silence_until_taken() <= 340
    (turn,) = rig.hands.taken
    assert turn.voiced_ms >= 1_050
    assert turn.text == "No, thank you."


def test_one_sound_after_another_without_words_is_no_turn_for_ever() -> None:
    rig = Rig()
    for _ in range(20):
        rig.speak(100)
        rig.quiet(200)
        rig.words("")
        rig.quiet(60)
        if rig.hands.notes:
            break
    assert rig.hands.notes == [Overlap.NOTHING]
    assert "take" not in rig.hands.did


def test_a_line_that_gives_nothing_any_more_ends_the_turn() -> None:
    rig = Rig()
    rig.speak(600)
    rig.floor.quiet(0.6)
    rig.words("Wait a moment.")
    rig.floor.quiet(0.6)
    assert rig.hands.did[-1] == "take"


def test_a_click_before_it_gave_nothing_is_no_turn() -> None:
    rig = Rig()
    rig.speak(100)
    rig.floor.quiet(0.6)
    rig.words("")
    rig.floor.quiet(0.6)
    assert "take" not in rig.hands.did
    assert rig.hands.notes == [Overlap.NOTHING]


def test_two_coughs_are_no_turn_either() -> None:
    rig = Rig()
    for _ in range(2):
        rig.speak(300)
        rig.quiet(300)
        rig.words("")
    rig.quiet(1000)
    assert "take" not in rig.hands.did


def test_half_a_sentence_that_makes_no_words_yet_is_not_lost() -> None:
    rig = Rig()
    rig.speak(840)
    rig.quiet(140)
    rig.words("")
    rig.quiet(100)
    rig.speak(900)
    rig.quiet(140)
    rig.words("This is ridiculous, you are not helping me at all.")
    rig.silence_until_taken()
    (turn,) = rig.hands.taken
    assert turn.voiced_ms >= 1_700
    assert turn.text == "This is ridiculous, you are not helping me at all."
