"""Words of an overlap that come late, or never."""

from __future__ import annotations

import pytest

from tests.agents.turn_taking.floor_rig import talking


def test_words_that_do_not_come_leave_the_length_to_decide() -> None:
    for spoken_ms, stopped in ((300, False), (800, True)):
        rig = talking(min_interruption_ms=500)
        rig.speak(spoken_ms)
        rig.quiet(1200)
        assert ("interrupt" in rig.hands.did) is stopped


def test_with_slow_words_the_agent_goes_on_meanwhile_and_can_still_be_stopped() -> None:
    rig = talking(min_interruption_ms=5000)
    rig.speak(500)
    rig.quiet(600)
    assert rig.hands.did == ["pause", "commit", "resume"]
    rig.words("Stop.")
    assert rig.hands.did[3:4] == ["interrupt"]


@pytest.mark.parametrize("words_after_ms", [1000, 1500, 2500])
@pytest.mark.parametrize("agent_speaks_on", [True, False])
def test_a_short_stop_stops_the_agent_however_late_its_words_are(
    words_after_ms: int, agent_speaks_on: bool
) -> None:
    rig = talking(min_interruption_ms=500)
    rig.speak(360)
    rig.quiet(900)
    assert rig.hands.did == ["pause", "commit", "resume"], "the agent does not wait so long"
    rig.hands.agent_playing = agent_speaks_on
    rig.quiet(words_after_ms - 900)
    rig.words("Stop.")
    assert "interrupt" in rig.hands.did
    assert "forget" not in rig.hands.did
    rig.silence_until_taken()
    assert [turn.text for turn in rig.hands.taken] == ["Stop."]


@pytest.mark.parametrize(("words", "after_ms"), [("Mm-hmm.", 1500), ("", 1500), ("Stop.", 4000)])
def test_late_words_that_are_none_leave_the_agent_speaking(words: str, after_ms: int) -> None:
    rig = talking()
    rig.speak(360)
    rig.quiet(after_ms)
    rig.words(words)
    rig.quiet(200)
    assert rig.hands.did == ["pause", "commit", "resume", "forget"]


def test_stop_said_again_before_the_words_of_the_first_are_known_is_one_with_it() -> None:
    rig = talking()
    rig.speak(360)
    rig.quiet(1000)
    first = rig.hands.parts[-1]
    rig.speak(360)
    first.heard("Stop.", None)
    rig.floor.words_known(first, rig.at)
    assert rig.hands.did.count("interrupt") == 1
    rig.quiet(140)
    rig.words("Stop. Stop.")
    rig.silence_until_taken()
    assert [turn.text for turn in rig.hands.taken] == ["Stop. Stop."]


def test_late_words_belong_to_the_turn_that_followed_them() -> None:
    rig = talking()
    rig.speak(360)
    rig.quiet(1000)
    first = rig.hands.parts[-1]
    rig.hands.agent_playing = False
    rig.speak(800)
    first.heard("Wait.", None)
    rig.floor.words_known(first, rig.at)
    assert "forget" not in rig.hands.did
    rig.quiet(140)
    rig.words("What does it cost?")
    rig.silence_until_taken()
    assert rig.hands.taken[0].text == "Wait. What does it cost?"
