"""Words that whoever heard them does not vouch for are asked for again, and never acted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agents import fixed_phrases
from agents.turn_taking import part
from agents.turn_taking.words import Overlap
from telephony.enums import EventKind, Speaker
from tests.agents.turn_taking.floor_rig import Rig
from tests.agents.turn_taking.test_drafts import END_CALL

if TYPE_CHECKING:
    from tests.agents.conftest import Providers, Studio


@pytest.mark.parametrize("late", [False, True], ids=["in time", "late"])
async def test_unsure_words_are_asked_for_again_and_then_the_keypad_is_offered(
    studio: Studio, providers: Providers, monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    """Late: the turn was taken before its words came, and its reply is on the way."""
    if late:
        providers.set(transcription_delay_ms=1_500, first_token_delay_ms=5_000)
    monkeypatch.setattr(part, "LEAST_CONFIDENCE", 1.01)
    await studio.start(min_endpointing_ms=300 if late else 1_000)
    await studio.agent_turns(1)
    turns = studio.parts._conductor.floor.turns  # type: ignore[union-attr]
    turns.dictating = True
    await studio.speak("Wait a moment.")
    await studio.until(lambda: studio.store.said[-1] == ("agent", fixed_phrases.SAY_AGAIN))
    assert turns.dictating, "what was asked for is asked for still"
    await studio.speak("Wait a moment.")
    await studio.until(lambda: studio.store.said[-1] == ("agent", fixed_phrases.KEYPAD_OFFER))
    agent = [turn.text for turn in studio.store.turns if turn.speaker is Speaker.AGENT]
    assert agent[1:] == [fixed_phrases.SAY_AGAIN, fixed_phrases.KEYPAD_OFFER]
    assert len(studio.store.events(EventKind.LOW_CONFIDENCE)) == 2
    monkeypatch.undo()
    providers.set(transcription_delay_ms=150, first_token_delay_ms=100)
    await studio.speak("Wait a moment.")
    await studio.until(lambda: studio.store.said[-1] == ("agent", "Of course."))
    kept = studio.call.agent.realtime_llm_session.chat_ctx.messages()
    assert [item.role for item in kept].count("user") == 1, "what was misheard is with the model"


async def test_no_tool_acts_on_words_before_it_is_known_how_sure_they_are(
    studio: Studio, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    providers.set(transcription_delay_ms=900, first_token_delay_ms=50)
    monkeypatch.setattr(part, "LEAST_CONFIDENCE", 1.01)
    await studio.start(END_CALL)
    await studio.agent_turns(1)
    await studio.speak("That is all.")
    await studio.until(lambda: studio.store.said[-1] == ("agent", fixed_phrases.SAY_AGAIN))
    assert studio.store.events(EventKind.LOW_CONFIDENCE)
    assert studio.store.tools == []
    assert studio.call.ending is None


@pytest.mark.parametrize(("spoken_ms", "stopped"), [(300, False), (800, True)])
def test_words_made_of_a_cough_do_not_stop_the_agent(spoken_ms: int, stopped: bool) -> None:
    rig = Rig(min_interruption_ms=500)
    rig.hands.agent_playing = True
    rig.speak(spoken_ms)
    rig.quiet(140)
    rig.words("Thank you for watching.", confidence=0.1)
    assert ("interrupt" in rig.hands.did) is stopped
    assert rig.hands.notes == ([] if stopped else [Overlap.NOTHING])
