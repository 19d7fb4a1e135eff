"""Speech over the agent's is a question first."""

from __future__ import annotations

import pytest

from agents.turn_taking.hearing import Sound
from agents.turn_taking.words import Overlap
from telephony.enums import OverlapEars
from tests.agents.turn_taking.floor_rig import PERHAPS, SPEECH, Rig, talking


def test_a_backchannel_pauses_and_the_agent_goes_on() -> None:
    rig = talking()
    rig.speak(500)
    rig.quiet(140)
    assert rig.hands.did == ["pause", "commit"]
    rig.words("Mm-hmm.")
    rig.quiet(600)
    assert rig.hands.did == ["pause", "commit", "resume", "forget"]
    assert rig.hands.notes == [Overlap.BACKCHANNEL]


@pytest.mark.parametrize(
    "words", ["Stop.", "Wait a moment.", "No, I meant the other one.", "What does it cost?"]
)
def test_words_that_want_the_floor_stop_the_agent_and_become_a_turn(words: str) -> None:
    rig = talking()
    rig.speak(500)
    rig.quiet(140)
    rig.words(words)
    assert "interrupt" in rig.hands.did
    rig.silence_until_taken()
    assert rig.hands.taken[0].text == words
    assert "resume" not in rig.hands.did


@pytest.mark.parametrize(("sound", "ms"), [(SPEECH, 60), (PERHAPS, 100)])
def test_the_agent_pauses_as_soon_as_it_surely_is_speech(sound: Sound, ms: int) -> None:
    rig = talking()
    rig.play(sound, ms - 20)
    assert rig.hands.did == []
    rig.play(sound, 20)
    assert rig.hands.did == ["pause"]


@pytest.mark.parametrize(("sound", "ms"), [(SPEECH, 40), (PERHAPS, 80)])
def test_a_click_does_not_even_pause(sound: Sound, ms: int) -> None:
    rig = talking()
    rig.play(sound, ms)
    rig.quiet(400)
    assert rig.hands.did == []


def test_a_sound_too_short_for_words_is_a_short_pause() -> None:
    rig = talking()
    rig.speak(80)
    rig.quiet(140)
    assert rig.hands.did == ["pause", "resume"]


def test_a_cough_has_no_words_and_the_agent_goes_on() -> None:
    rig = talking()
    rig.speak(300)
    rig.quiet(140)
    rig.words("")
    assert rig.hands.did == ["pause", "commit", "resume", "forget"]
    assert rig.hands.notes == [Overlap.NOTHING]


def test_speech_that_just_goes_on_stops_the_agent_without_waiting_for_words() -> None:
    rig = talking()
    rig.speak(1000)
    assert rig.hands.did[:3] == ["pause", "commit", "interrupt"]


def test_the_agent_does_not_wait_for_the_end_of_long_listening() -> None:
    rig = talking()
    rig.speak(620)
    assert rig.hands.did == ["pause", "commit"]
    rig.words("Right, okay.")
    rig.speak(280)
    assert rig.hands.did == ["pause", "commit"]
    rig.speak(200)
    assert rig.hands.did == ["pause", "commit", "resume"]
    rig.quiet(140)
    rig.words("Right, okay, I see.")
    assert "interrupt" not in rig.hands.did
    assert rig.hands.notes == [Overlap.BACKCHANNEL]


def test_listening_with_a_pause_in_it_is_not_waited_for_either() -> None:
    rig = talking()
    rig.speak(400)
    rig.quiet(140)
    rig.speak(40)
    rig.words("I see.")
    rig.speak(400)
    assert rig.hands.did == ["pause", "commit", "resume"]


def test_who_begins_with_listening_and_goes_on_to_a_question_stops_the_agent() -> None:
    rig = talking()
    rig.speak(620)
    rig.words("Yeah, right.")
    rig.speak(600)
    assert "interrupt" not in rig.hands.did
    rig.words("Yeah, right, but what")
    rig.speak(20)
    assert "interrupt" in rig.hands.did


def test_listening_that_never_ends_is_none() -> None:
    rig = talking()
    rig.speak(620)
    rig.words("Yeah.")
    rig.speak(1400)
    assert "interrupt" in rig.hands.did


def test_half_a_word_does_not_stop_the_agent() -> None:
    rig = talking()
    rig.speak(640)
    rig.words("That makes")
    rig.speak(100)
    assert "interrupt" not in rig.hands.did
    rig.quiet(140)
    rig.words("That makes sense.")
    assert rig.hands.notes == [Overlap.BACKCHANNEL]


@pytest.mark.parametrize(
    ("sound", "ms", "stopped"), [(SPEECH, 500, True), (SPEECH, 400, False), (PERHAPS, 800, False)]
)
def test_what_is_long_and_surely_speech_stops_the_agent_though_no_words_were_heard(
    sound: Sound, ms: int, stopped: bool
) -> None:
    rig = talking(min_interruption_ms=500)
    rig.play(sound, ms)
    rig.quiet(140)
    rig.words("")
    assert ("interrupt" in rig.hands.did) is stopped


def test_um_and_then_wait_is_heard_as_one() -> None:
    rig = talking()
    rig.speak(300)
    rig.quiet(140)
    rig.words("Um.")
    assert "interrupt" not in rig.hands.did
    rig.quiet(200)
    rig.speak(400)
    rig.quiet(140)
    rig.words("Um, wait.")
    assert "interrupt" in rig.hands.did


def test_a_yes_to_the_question_being_asked_is_an_answer_when_the_agent_has_finished() -> None:
    rig = talking()
    rig.hands.left_s = 0.5
    rig.speak(300)
    rig.quiet(140)
    rig.words("Yes.")
    assert "interrupt" not in rig.hands.did
    rig.hands.agent_playing = False
    rig.silence_until_taken()
    assert rig.hands.taken[0].text == "Yes."


def test_our_own_voice_coming_back_is_nobody() -> None:
    rig = talking()
    rig.hands.echo = True
    rig.speak(2000)
    rig.quiet(500)
    assert rig.hands.did == []
    assert rig.hands.notes == []


def test_our_own_voice_coming_back_after_its_end_is_nobody_either() -> None:
    rig = talking()
    rig.hands.agent_playing, rig.hands.echo = False, True
    rig.speak(300)
    rig.quiet(500)
    assert rig.hands.did == []
    rig.speak(100)
    rig.hands.echo = False  # the caller, over the rest of it
    rig.speak(300)
    rig.quiet(140)
    rig.words("Yes.")
    rig.silence_until_taken()
    assert rig.hands.taken[0].text == "Yes."


def test_what_is_said_over_a_notice_is_kept_until_it_has_been_said() -> None:
    rig = talking()
    rig.hands.interruptible = False
    rig.speak(600)
    rig.quiet(140)
    rig.words("I want to complain.")
    assert rig.hands.did == ["commit"]
    rig.hands.agent_playing = False
    rig.silence_until_taken()
    assert rig.hands.taken[0].text == "I want to complain."


def test_without_ears_only_the_length_counts() -> None:
    for spoken_ms, stopped in ((300, False), (800, True)):
        rig = talking(overlap_ears=OverlapEars.NONE, min_interruption_ms=500)
        rig.speak(spoken_ms)
        rig.quiet(200)
        assert ("interrupt" in rig.hands.did) is stopped
        assert stopped or "commit" not in rig.hands.did


def test_a_reply_that_is_owed_does_not_begin_over_a_caller_who_goes_on() -> None:
    rig = Rig()
    rig.hands.agent_owes = True
    rig.speak(500)
    assert rig.hands.did == ["pause"]
    rig.quiet(140)
    rig.words("Mm-hmm.")
    assert rig.hands.did == ["pause", "commit", "resume", "forget"]


@pytest.mark.parametrize(("sound_ms", "goes_on"), [(600, True), (200, False)])
def test_half_a_sentence_before_the_reply_is_heard_goes_on_with_the_turn(
    sound_ms: int, goes_on: bool
) -> None:
    """Alone it may make no words: "Can I change [taken for the end] the address?"."""
    rig = Rig()
    rig.speak(600)
    rig.quiet(100)
    rig.words("Can I change that?")
    rig.silence_until_taken()
    rig.speak(sound_ms)
    rig.quiet(140)
    rig.words("")
    assert ("interrupt" in rig.hands.did) is goes_on
    if not goes_on:
        return
    rig.quiet(100)
    rig.words("Can I change the address?")
    rig.quiet(400)
    assert [turn.text for turn in rig.hands.taken] == ["Can I change the address?"] * 2
    assert rig.hands.taken[0] is rig.hands.taken[1]


def test_a_reply_held_back_that_never_comes_leaves_the_voice_free_for_the_next() -> None:
    rig = Rig()
    rig.hands.agent_owes = True
    rig.speak(500)
    rig.hands.agent_owes = False
    rig.speak(100)
    assert rig.hands.did[:2] == ["pause", "resume"]
    rig.silence_until_taken()
    assert len(rig.hands.taken) == 1


def test_a_reply_that_is_owed_waits_for_who_says_okay_and_goes_on() -> None:
    rig = Rig()
    rig.speak(900)
    rig.quiet(140)
    rig.words("My kettle is broken.")
    rig.silence_until_taken()
    rig.speak(700)
    rig.words("Yes, that's right, okay")
    rig.speak(700)
    assert "resume" not in rig.hands.did
    rig.quiet(140)
    rig.words("Yes, that's right, okay, and one more thing.")
    assert "interrupt" in rig.hands.did


def test_a_sound_that_goes_on_beyond_the_agents_end_is_as_long_as_all_of_it() -> None:
    rig = talking()
    rig.speak(300)
    rig.hands.agent_playing = False
    rig.speak(300)
    rig.quiet(140)
    rig.words("")
    rig.silence_until_taken()
    assert rig.hands.taken[0].longest_ms >= 580


def test_a_fit_of_coughing_does_not_stop_the_agent() -> None:
    """A second and more without a word, and mostly no sure speech."""
    rig = talking()
    rig.play(PERHAPS, 640)
    rig.words("")
    rig.play(PERHAPS, 700)
    rig.quiet(140)
    rig.words("")
    assert "interrupt" not in rig.hands.did
    assert rig.hands.notes == [Overlap.NOTHING]
