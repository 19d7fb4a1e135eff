"""A turn is taken when it is over, by how it sounds, what it says and what was asked."""

from __future__ import annotations

import pytest

from tests.agents.turn_taking.floor_rig import Rig


def test_a_finished_sentence_is_drafted_early_and_taken_after_the_shortest_wait() -> None:
    rig = Rig()
    rig.speak(900)
    rig.quiet(140)
    assert rig.hands.did == ["started", "stopped", "commit", "listen", "draft"]
    rig.words("When are you open?")
    waited = rig.silence_until_taken()
    assert 280 <= 140 + waited <= 340
    assert "discard" not in rig.hands.did


def test_waits_are_kept_to_the_frame() -> None:
    rig = Rig()
    rig.speak(900)
    rig.quiet(60)
    assert "commit" not in rig.hands.did
    rig.quiet(20)
    assert rig.hands.did[-1] == "draft"
    rig.words("When are you open?")
    assert 80 + rig.silence_until_taken() == rig.spec.min_endpointing_ms


def test_who_goes_on_after_a_pause_is_heard_as_one_and_the_draft_has_never_been() -> None:
    rig = Rig()
    rig.speak(600)
    rig.quiet(200)
    rig.speak(600)
    assert rig.hands.did[4:] == ["draft", "discard", "forget", "started"]
    rig.quiet(140)
    rig.words("When are you open on Sundays?")
    rig.silence_until_taken()
    (turn,) = rig.hands.taken
    assert turn.text == "When are you open on Sundays?"
    assert len(turn.parts) == 1
    assert rig.hands.did.count("draft") == 2


def test_a_turn_is_not_taken_while_the_caller_begins_again() -> None:
    rig = Rig()
    rig.speak(900)
    rig.quiet(140)
    rig.words("When are you open?")
    rig.quiet(rig.spec.min_endpointing_ms - 140 - 20)
    rig.speak(300)
    assert not rig.hands.taken


def test_half_a_sentence_waits_longer_and_its_draft_is_thrown_away() -> None:
    rig = Rig(max_endpointing_ms=1500)
    rig.speak(800)
    rig.quiet(140)
    rig.words("I would like to come in and")
    assert rig.hands.did[-1] == "discard"
    assert 140 + rig.silence_until_taken() >= 1480


def test_an_announced_number_waits_for_its_digits() -> None:
    rig = Rig(digit_endpointing_ms=1200)
    rig.speak(800)
    rig.quiet(140)
    rig.words("My order number is")
    rig.quiet(700)
    assert "take" not in rig.hands.did


@pytest.mark.parametrize(
    ("words", "whole"), [("four two seven one", True), ("four two", False), ("4 2 7 1", True)]
)
def test_dictated_digits_wait_for_the_whole_group(words: str, whole: bool) -> None:
    rig = Rig(lengths=(range(4, 5),), digit_endpointing_ms=1200)
    rig.floor.turns.dictating = True
    rig.speak(900)
    rig.quiet(140)
    assert "draft" not in rig.hands.did
    rig.words(words)
    waited = 140 + rig.silence_until_taken()
    assert (waited < 400) is whole


@pytest.mark.parametrize(
    ("lengths", "asked_for_long", "words"),
    [
        ((range(4, 5), range(16, 17)), False, "four two seven one"),
        ((range(4, 5),), True, "four two seven one"),
        ((range(4, 5),), False, "My phone number is four two seven one"),
    ],
    ids=["a tool takes longer ones", "the agent asked for a long one", "the caller says so"],
)
def test_a_group_of_a_longer_number_is_not_taken_for_a_short_one(
    lengths: tuple[range, ...], asked_for_long: bool, words: str
) -> None:
    rig = Rig(lengths=lengths, digit_endpointing_ms=1200)
    rig.floor.turns.dictating, rig.floor.turns.long_number = True, asked_for_long
    rig.speak(900)
    rig.quiet(140)
    rig.words(words)
    assert 140 + rig.silence_until_taken() >= 1180


def test_the_keypads_own_tool_makes_no_number_longer() -> None:
    rig = Rig(lengths=(range(4, 5), range(1, 21)))
    rig.floor.turns.dictating = True
    rig.speak(900)
    rig.quiet(140)
    rig.words("four two seven one")
    assert 140 + rig.silence_until_taken() < 400


def test_music_without_a_pause_is_the_lines_noise() -> None:
    rig = Rig()
    rig.speak(20_200)
    assert rig.hands.did == ["started", "commit"]
    rig.words("")
    assert rig.hands.did == ["started", "commit", "forget", "stopped"]
    rig.speak(2000)
    assert rig.hands.did[4:] == [], "it is not taken for speech again"


def test_a_caller_who_speaks_without_a_pause_goes_on_and_is_looked_at_again() -> None:
    rig = Rig()
    rig.speak(20_200)
    rig.words("It all began with a tent")
    rig.speak(20_000)
    assert rig.hands.did == ["started", "commit", "commit"]
    rig.words("that was delivered in the rain.")
    rig.speak(1000)
    rig.quiet(140)
    rig.words("Can you help me?")
    rig.silence_until_taken()
    (turn,) = rig.hands.taken
    assert turn.text == "It all began with a tent that was delivered in the rain. Can you help me?"


@pytest.mark.parametrize("first", ["My number is", "My number is four two", "555 0199"])
@pytest.mark.parametrize("words_are_late", [False, True])
def test_once_a_number_is_begun_no_pause_in_it_is_drafted_for(
    first: str, words_are_late: bool
) -> None:
    rig = Rig(digit_endpointing_ms=1200)
    rig.speak(900)
    rig.quiet(200)
    part = rig.hands.parts[-1]
    if words_are_late:  # the caller has gone on, and the whole will be heard again
        rig.speak(300)
    part.heard(first, None)
    rig.floor.words_known(part, rig.at)
    drafts = rig.hands.did.count("draft")
    for _ in range(3):
        rig.speak(500)
        rig.quiet(300)
    assert rig.hands.did.count("draft") == drafts == 1
    rig.words("My number is four two seven one, thank you.")
    assert rig.hands.did[-1] == "draft", "the words are whole"


def test_a_number_taken_too_early_goes_on_as_one_being_dictated() -> None:
    rig = Rig(digit_endpointing_ms=1200)
    rig.floor.turns.dictating = True
    rig.speak(900)
    rig.quiet(140)
    rig.words("four two")
    rig.silence_until_taken()
    assert not rig.floor.turns.dictating
    rig.speak(600)
    rig.quiet(140)
    rig.words("seven")
    assert rig.floor.turns.dictating


@pytest.mark.parametrize(
    ("words", "whole"), [("My number is four", False), ("At two.", True), ("At 2:30", True)]
)
def test_only_a_number_that_may_go_on_is_waited_for(words: str, whole: bool) -> None:
    rig = Rig(digit_endpointing_ms=1200)
    rig.speak(900)
    rig.quiet(140)
    rig.words(words)
    assert (140 + rig.silence_until_taken() < 400) is whole


@pytest.mark.parametrize("words", ["four two seven one", "I do not have it here."])
def test_asked_for_a_number_a_reply_is_drafted_once_the_words_are_whole(words: str) -> None:
    rig = Rig(lengths=(range(4, 5),))
    rig.floor.turns.dictating = True
    rig.speak(900)
    rig.quiet(220)
    assert "draft" not in rig.hands.did
    rig.words(words)
    assert rig.hands.did[-1] == "draft"
    assert 220 + rig.silence_until_taken() == rig.spec.min_endpointing_ms


def test_without_words_the_audio_model_decides() -> None:
    rig = Rig(max_endpointing_ms=1500)
    rig.speak(900)
    rig.quiet(140)
    (turn,) = [rig.floor.turns.turn]
    assert turn is not None
    rig.floor.heard_end(turn, 0.9)
    assert 140 + rig.silence_until_taken() <= 340


def test_without_words_and_sure_of_nothing_it_waits_the_longest() -> None:
    rig = Rig(max_endpointing_ms=1500)
    rig.speak(900)
    assert rig.silence_until_taken() >= 1480


def test_a_short_answer_is_a_turn_as_soon_as_it_has_words() -> None:
    rig = Rig()
    rig.speak(240)
    rig.quiet(140)
    rig.words("Yes.")
    assert 140 + rig.silence_until_taken() <= 340


def test_without_speculation_nothing_is_asked_for_before_the_end() -> None:
    rig = Rig(speculation=False)
    rig.speak(900)
    rig.quiet(200)
    assert "draft" not in rig.hands.did
    rig.words("When are you open?")
    rig.silence_until_taken()
