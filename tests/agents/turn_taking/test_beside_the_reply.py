"""What is said just before or after the agent's own words: more of a turn, or our own voice."""

from __future__ import annotations

import pytest

from tests.agents.turn_taking.floor_rig import Rig


def taken(text: str) -> Rig:
    """The caller has said this, and is owed a reply."""
    rig = Rig()
    rig.speak(900)
    rig.quiet(140)
    rig.words(text)
    rig.silence_until_taken()
    return rig


def replied_to(text: str) -> Rig:
    """The reply has just begun to play."""
    rig = taken(text)
    rig.hands.agent_playing, rig.hands.agent_owes = True, False
    return rig


def test_who_goes_on_before_the_reply_is_heard_goes_on_with_the_same_turn() -> None:
    rig = taken("No, thank you.")
    first = rig.hands.taken[0]
    rig.speak(600)
    rig.quiet(140)
    rig.words("Goodbye.")
    assert "interrupt" in rig.hands.did
    rig.quiet(140)
    rig.words("No, thank you. Goodbye.")
    rig.quiet(400)
    assert rig.hands.taken == [first, first]
    assert first.text == "No, thank you. Goodbye."


@pytest.mark.parametrize(("played_ms", "same"), [(200, True), (360, False)])
def test_who_speaks_in_the_reply_s_first_moments_does_not_react_to_it(
    played_ms: int, same: bool
) -> None:
    """ "Yes, [taken for the end, and a first word of the reply] please do that."."""
    rig = replied_to("Yeah.")
    rig.quiet(played_ms - 60)
    rig.speak(600)
    rig.quiet(140)
    rig.words("Please do that.")
    assert "interrupt" in rig.hands.did
    rig.quiet(140)
    rig.words("Yes, please do that." if same else "Please do that.")
    rig.quiet(400)
    assert len(rig.hands.taken) == 2
    assert (rig.hands.taken[0] is rig.hands.taken[1]) is same


def test_a_reply_shorter_than_a_reaction_answers_all_the_same() -> None:
    rig = replied_to("Are you open?")
    rig.quiet(200)
    rig.hands.agent_playing = False
    rig.quiet(20)
    assert rig.floor.turns.unanswered is None


@pytest.mark.parametrize("known_after_ms", [120, 380])
def test_our_own_voice_that_is_known_late_is_no_turn(known_after_ms: int) -> None:
    """The last words of a greeting come back when it has ended, and began like anybody's."""
    rig = Rig()
    rig.speak(known_after_ms)
    rig.hands.echo = True
    rig.speak(500 - known_after_ms)
    rig.quiet(1200)
    assert rig.hands.taken == []
    assert rig.hands.sent_ms == 0


def test_a_caller_who_has_paused_is_not_taken_for_our_own_voice() -> None:
    rig = Rig()
    rig.speak(100)
    rig.quiet(140)
    rig.hands.echo = True
    rig.speak(500)
    rig.quiet(140)
    rig.words("I would like a tent.")
    rig.silence_until_taken()
