"""The model's server takes the turns (``realtime_llm``): watched and measured like any other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from agents.fixed_phrases import SAY_AGAIN
from telephony.enums import EventKind, TurnDetection

if TYPE_CHECKING:
    from tests.agents.conftest import Providers, Studio


async def test_a_turn_that_the_server_took_is_measured_and_keys_are_none_of_its_turns(
    studio: Studio,
) -> None:
    await studio.start(turn_detection=TurnDetection.REALTIME_LLM)
    await studio.agent_turns(1)
    for key in "4271#":
        studio.parts._keypad.pressed(key)
    await studio.agent_turns(2)
    await studio.speak("Wait a moment.")
    await studio.until(lambda: ("agent", "Of course.") in studio.store.said)
    await asyncio.sleep(0.5)  # for whatever else would be told
    callers = [turn for turn in studio.store.turns if turn.speaker.value == "caller"]
    assert [turn.text for turn in callers] == ["Typed on the keypad: 4271.", "Wait a moment."]
    reply = next(turn for turn in studio.store.turns if turn.text == "Of course.")
    metric = next(m for m in studio.store.metrics if m.turn_key == reply.key)
    assert metric.first_token_ms is not None
    assert callers[0].end_ms <= callers[1].start_ms < callers[1].end_ms <= reply.start_ms


async def test_a_reply_that_the_server_is_late_with_is_bridged(
    studio: Studio, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.behaviors.silence.BRIDGE_AFTER_S", 1.0)
    await studio.start(turn_detection=TurnDetection.REALTIME_LLM)
    await studio.agent_turns(1)
    providers.set(first_token_delay_ms=3_000)
    await studio.speak("Wait a moment.")
    await studio.until(lambda: ("agent", "Of course.") in studio.store.said)
    assert studio.store.events(EventKind.SILENCE_BRIDGED)


async def test_a_connection_that_goes_while_they_speak_with_a_human_is_not_asked_about(
    studio: Studio,
) -> None:
    call = await studio.start(turn_detection=TurnDetection.REALTIME_LLM)
    await studio.agent_turns(1)
    call.hold()
    studio.parts._unheard()
    await asyncio.sleep(0.5)
    assert call.session.current_speech is None
    call.release()
    studio.parts._unheard()
    await studio.until(lambda: ("agent", SAY_AGAIN) in studio.store.said)
