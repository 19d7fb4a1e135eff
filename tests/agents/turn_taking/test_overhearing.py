"""Ears beside the model only decide sooner; the committed audio decides where they do not."""

from __future__ import annotations

import pytest

from agents.turn_taking.words import Overlap
from telephony.enums import OverlapEars
from tests.agents.turn_taking.floor_rig import PERHAPS, NotingEars, Rig


def talking(*, connected: bool = True, **spec: object) -> Rig:
    rig = Rig(overlap_ears=OverlapEars.STREAMING, **spec)
    rig.hands.agent_playing = True
    rig.hands.ears = NotingEars() if connected else None
    return rig


def heard(rig: Rig) -> list[int | str]:
    assert rig.hands.ears is not None
    return rig.hands.ears.heard


def test_stop_stops_the_agent_while_it_is_still_being_said() -> None:
    rig = talking()
    rig.speak(300)
    rig.floor.overheard("Stop", whole=False)
    assert "interrupt" not in rig.hands.did, "half a word, or of a phrase, may look like another"
    rig.floor.overheard("Stop it", whole=False)
    assert rig.hands.did[:2] == ["pause", "interrupt"]
    rig.speak(200)
    rig.quiet(100)
    rig.words("Stop it now.")
    rig.silence_until_taken()
    assert [turn.text for turn in rig.hands.taken] == ["Stop it now."], "the words are the model's"


def test_stop_alone_stops_the_agent_at_its_end() -> None:
    rig = talking()
    rig.speak(300)
    rig.quiet(140)
    rig.floor.overheard("Stop.", whole=True)
    assert rig.hands.did[:3] == ["pause", "commit", "interrupt"]


@pytest.mark.parametrize(
    "deltas", [("I", "I see."), ("got", "got it, right"), ("Abs", "Absolutely, yes")]
)
def test_half_of_what_is_only_listening_stops_nobody(deltas: tuple[str, str]) -> None:
    rig = talking()
    rig.speak(300)
    for text in deltas:
        rig.floor.overheard(text, whole=False)
    rig.quiet(140)
    rig.floor.overheard(deltas[-1], whole=True)
    assert "interrupt" not in rig.hands.did
    assert rig.hands.did[-2:] == ["resume", "forget"]


def test_long_listening_is_not_waited_for_with_these_ears_either() -> None:
    rig = talking()
    rig.speak(700)
    rig.floor.overheard("Right, okay, I see", whole=False)
    rig.speak(700)
    assert "interrupt" not in rig.hands.did
    assert "resume" in rig.hands.did


def test_what_is_joined_with_something_before_it_is_judged_as_a_whole() -> None:
    rig = talking()
    rig.speak(300)
    rig.quiet(140)
    rig.words("")
    rig.quiet(300)
    rig.speak(400)
    rig.quiet(140)
    rig.floor.overheard("Thanks.", whole=True)
    assert rig.hands.did[-1] == "commit", "the whole is asked for"
    rig.words("No, thanks.")
    assert "interrupt" in rig.hands.did


def test_mm_hmm_alone_leaves_the_agent_speaking_as_soon_as_it_is_known_to_be_all() -> None:
    rig = talking()
    rig.speak(400)
    rig.floor.overheard("Mm-hmm.", whole=False)
    assert rig.hands.did == ["pause"], "more may come"
    rig.quiet(140)
    rig.floor.overheard("Mm-hmm.", whole=True)
    assert rig.hands.did == ["pause", "commit", "resume", "forget"]
    assert rig.hands.notes == [Overlap.BACKCHANNEL]
    rig.words("Mm-hmm.")
    rig.quiet(600)
    assert rig.hands.did == ["pause", "commit", "resume", "forget"], "late words change nothing"
    assert len(rig.hands.notes) == 1


def test_mm_hmm_and_then_stop_stops_the_agent() -> None:
    rig = talking()
    rig.speak(400)
    rig.floor.overheard("Mm-hmm.", whole=False)
    rig.speak(200)
    rig.floor.overheard("Mm-hmm. Stop it", whole=False)
    assert "interrupt" in rig.hands.did


@pytest.mark.parametrize("connected", [True, False])
@pytest.mark.parametrize(("words", "stops"), [("Stop.", True), ("Mm-hmm.", False)])
def test_without_words_of_theirs_the_committed_audio_decides(
    connected: bool, words: str, stops: bool
) -> None:
    rig = talking(connected=connected)
    rig.speak(400)
    rig.quiet(140)
    rig.words(words)
    assert rig.hands.did[:2] == ["pause", "commit"]
    assert ("interrupt" in rig.hands.did) is stops


def test_nothing_heard_by_them_is_left_to_the_committed_audio() -> None:
    rig = talking()
    rig.speak(400)
    rig.quiet(140)
    rig.floor.overheard("", whole=True)
    assert rig.hands.did == ["pause", "commit"]
    rig.words("Stop.")
    assert "interrupt" in rig.hands.did


def test_our_own_voice_coming_back_has_no_words() -> None:
    rig = talking()
    rig.speak(100)
    rig.hands.echo = True
    rig.floor.overheard("Stop it", whole=False)
    assert "interrupt" not in rig.hands.did
    rig.speak(200)
    rig.floor.overheard("Stop it", whole=False)
    assert rig.hands.did == ["pause", "resume"]
    assert heard(rig)[-1] == "stop"


def test_a_click_that_was_heard_as_a_word_is_a_click() -> None:
    rig = talking()
    rig.play(PERHAPS, 60)
    rig.floor.overheard("Stop it", whole=False)
    rig.quiet(400)
    assert rig.hands.did == []


def test_words_that_come_after_the_decision_decide_nothing() -> None:
    rig = talking()
    rig.speak(400)
    rig.quiet(140)
    rig.words("Mm-hmm.")
    rig.floor.overheard("No no", whole=False)
    rig.quiet(400)
    rig.floor.overheard("No", whole=True)
    assert rig.hands.did == ["pause", "commit", "resume", "forget"]


def test_they_are_given_an_overlap_with_what_came_before_it_and_no_silence() -> None:
    rig = talking()
    rig.quiet(2000)
    assert heard(rig) == []
    rig.speak(400)
    rig.quiet(140)
    assert heard(rig) == [260 + 400 + 120, "pause"]
    rig.quiet(300)
    assert len(heard(rig)) == 2, "the pause is not sent"
    rig.speak(200)
    assert heard(rig)[2:] == [280 + 200], "but what came just before they went on"
    rig.floor.overheard("Mm-hmm. Wait a", whole=False)
    rig.speak(1000)
    assert heard(rig)[3:] == ["stop"], "the turn is the model's alone"


def test_a_turn_is_not_theirs_to_hear_nor_what_may_not_be_interrupted() -> None:
    rig = talking()
    rig.hands.interruptible = False
    rig.speak(400)
    rig.quiet(200)
    rig.hands.agent_playing = False
    rig.speak(400)
    assert heard(rig) == []


def test_ears_of_another_kind_are_given_nothing() -> None:
    rig = Rig()
    rig.hands.agent_playing, rig.hands.ears = True, NotingEars()
    rig.speak(400)
    rig.floor.overheard("Stop it", whole=False)
    assert rig.hands.ears.heard == []
    assert rig.hands.did == ["pause"]
