"""Digits typed on the keypad: each group is answered, whatever is being said meanwhile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from livekit.agents import llm

from agents.fixed_phrases import NUDGES

if TYPE_CHECKING:
    from agents.call import LiveCall
    from tests.agents.conftest import Providers, Studio

LONG = "Hello. You have called the reception of the test, which has something to say to you first."


def type_keys(studio: Studio, keys: str) -> None:
    for key in keys:
        studio.parts._keypad.pressed(key)


async def typed_into_a_greeting(studio: Studio, providers: Providers, *groups: str) -> LiveCall:
    """One that may not be stopped; until the groups were answered."""
    providers.set(tts_realtime_factor=50)
    call = await studio.start(greeting=LONG, interruptible_greeting=False, playback_speed=2.0)
    await studio.until(lambda: call.session.agent_state == "speaking")
    for group in groups:
        type_keys(studio, group)
    await studio.agent_turns(2)
    return call


async def test_digits_typed_into_a_greeting_that_may_not_be_stopped_are_answered_after_it(
    studio: Studio, providers: Providers
) -> None:
    await typed_into_a_greeting(studio, providers, "4271#")
    agent = [turn for turn in studio.store.turns if turn.speaker.value == "agent"]
    assert [(turn.text, turn.interrupted) for turn in agent] == [(LONG, False), ("Pardon?", False)]
    assert ("caller", "Typed on the keypad: 4271.") in studio.store.said


async def test_two_groups_typed_into_such_a_greeting_are_told_together(
    studio: Studio, providers: Providers
) -> None:
    call = await typed_into_a_greeting(studio, providers, "4271#", "99#")
    given = [
        item.text_content
        for item in call.session.history.items
        if isinstance(item, llm.ChatMessage) and item.role == "user"
    ]
    assert given == ["Typed on the keypad: 4271. Typed on the keypad: 99."]


async def test_the_wait_for_an_answer_to_keys_is_not_counted_from_what_was_last_spoken(
    studio: Studio,
) -> None:
    await studio.start()
    await studio.agent_turns(1)
    await studio.speak("Where is my order four two seven one?")
    await studio.agent_turns(2)
    type_keys(studio, "4271#")
    await studio.agent_turns(3)
    spoken, typed = studio.store.metrics
    assert spoken.endpointing_ms is not None
    assert spoken.framework_ms is not None
    assert (typed.endpointing_ms, typed.framework_ms) == (None, None)
    assert typed.first_token_ms is not None


async def test_the_setting_of_the_greeting_holds_for_the_products_own_notices(
    studio: Studio,
) -> None:
    call = await studio.start(interruptible_greeting=False)
    await studio.agent_turns(1)
    studio.parts._nudges._nudge()
    await studio.until(lambda: call.session.current_speech is not None)
    speech = call.session.current_speech
    assert speech is not None
    assert not speech.allow_interruptions
    await studio.until(lambda: ("agent", NUDGES[0]) in studio.store.said)
