"""The caller has finished: whatever fails, something is heard soon, and nothing is said twice."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import time
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from agents.fixed_phrases import ALL, BRIDGES, FILLERS, NO_MODEL, NUDGE_GOODBYE, NUDGES
from telephony.contracts import ToolSpec, WebhookSpec
from telephony.enums import EndingReason, EventKind, ToolKind
from tests.support.chains import EVERY_CHAIN_IN_FULL

if TYPE_CHECKING:
    from tests.agents.conftest import Providers, Studio

TENTS = (
    "We have three kinds of tents. The light one weighs less than two kilos and is made for "
    "hiking in summer. The family tent sleeps five people and stands in ten minutes."
)


async def greeted(studio: Studio, providers: Providers, **options: object) -> None:
    providers.set(tts_realtime_factor=50)
    call = await studio.start(**options)  # type: ignore[arg-type]
    await studio.agent_turns(1)
    await studio.until(lambda: call.phrases.ready(ALL[-1]))


async def asked_of_a_model_that_stands_still(
    studio: Studio, providers: Providers, times: str
) -> None:
    """In the middle of its replies, so many of them."""
    await greeted(studio, providers)
    providers.set(realtime_stall=times, realtime_stall_moment="mid_response")
    await studio.speak("Tell me about your tents.")


async def test_a_late_reply_is_bridged_and_then_heard(studio: Studio, providers: Providers) -> None:
    await greeted(studio, providers)
    providers.set(first_token_delay_ms=5_000)
    await studio.speak("Wait a moment.")
    await studio.until(lambda: ("agent", "Of course.") in studio.store.said)
    (bridged,) = studio.store.events(EventKind.SILENCE_BRIDGED)
    caller = studio.store.turns[1]
    assert 3_500 <= bridged.at_ms - caller.end_ms <= 5_000
    assert [text for _, text in studio.store.said if text == BRIDGES[0]] == []
    assert BRIDGES[0] in studio.subtitles.text
    context = studio.call.session.history
    assert BRIDGES[0] not in str(context.to_dict())


async def test_a_model_that_is_to_open_the_call_and_stalls_is_asked_again(
    studio: Studio, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.behaviors.silence.BRIDGE_AFTER_S", 1.0)
    monkeypatch.setattr("agents.behaviors.silence.ASK_AGAIN_AFTER_S", 1.5)
    providers.set(realtime_stall="next 1")
    await studio.start(greeting="")
    await studio.agent_turns(1)
    assert studio.store.events(EventKind.SILENCE_BRIDGED)
    assert studio.store.turns[0].end_ms < 5_000  # the model's own deadline is later


@pytest.mark.full
@EVERY_CHAIN_IN_FULL
async def test_a_model_that_stalls_is_asked_again(studio: Studio, providers: Providers) -> None:
    await greeted(studio, providers)
    providers.set(realtime_stall="next 1")
    await studio.speak("Wait a moment.")
    await studio.until(lambda: ("agent", "Of course.") in studio.store.said)
    assert studio.call.ending is None
    assert len(studio.store.events(EventKind.SILENCE_BRIDGED)) == 1


@EVERY_CHAIN_IN_FULL
async def test_a_reply_that_stands_still_in_the_middle_is_asked_for_again(
    studio: Studio, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.behaviors.silence.BRIDGE_AFTER_S", 1.0)
    await asked_of_a_model_that_stands_still(studio, providers, "next 1")
    await studio.until(lambda: studio.store.said[-1] == ("agent", TENTS))
    (bridged,) = studio.store.events(EventKind.SILENCE_BRIDGED)
    assert bridged.detail["text"] == BRIDGES[0]
    kept = studio.call.agent.realtime_llm_session.chat_ctx.messages()
    assert [item.text_content for item in kept if item.role == "assistant"] == ["Hello.", TENTS]


async def test_replies_that_all_stand_still_end_the_call_by_name(
    studio: Studio, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.behaviors.silence.BRIDGE_AFTER_S", 1.0)
    await asked_of_a_model_that_stands_still(studio, providers, "always")
    ended = await studio.over(timeout_s=30)
    assert ended.reason is EndingReason.MODEL_UNAVAILABLE
    asked = studio.store.said.index(("caller", "Tell me about your tents."))
    said = [text for _, text in studio.store.said[asked + 1 :]]
    said.remove(NO_MODEL)
    assert len(said) == 2  # asked for anew once: more would take longer than 12 s
    assert all(TENTS.startswith(scrap) for scrap in said)


@pytest.mark.full
async def test_a_model_that_stays_silent_is_not_waited_for_for_ever(
    studio: Studio, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("BRIDGE_AFTER_S", 1.0),
        ("ASK_AGAIN_AFTER_S", 2.0),
        ("REPLY_TIMEOUT_S", 5.0),
    ):
        monkeypatch.setattr(f"agents.behaviors.silence.{name}", value)
    await greeted(studio, providers)
    providers.set(realtime_stall="always")
    await studio.speak("Wait a moment.")
    ended = await studio.over(timeout_s=30)
    assert ended.reason is EndingReason.MODEL_UNAVAILABLE
    assert studio.store.said[-1] == ("agent", NO_MODEL)
    bridged = [event.detail["text"] for event in studio.store.events(EventKind.SILENCE_BRIDGED)]
    assert bridged[:2] == list(BRIDGES)


@pytest.mark.full
@pytest.mark.parametrize("fault", ["tts_silence", "tts_stall"])
async def test_a_voice_without_sound_is_left_before_the_caller_wonders(
    studio: Studio, providers: Providers, fault: str
) -> None:
    await greeted(studio, providers)
    providers.set(**{fault: "next 1"})
    await studio.speak("Wait a moment.")
    asked = time.monotonic()
    await studio.until(lambda: studio.call.session.agent_state == "speaking")
    assert time.monotonic() - asked < 5.0
    await studio.until(lambda: ("agent", "Of course.") in studio.store.said)
    assert [text for _, text in studio.store.said].count("Of course.") == 1


@EVERY_CHAIN_IN_FULL
@pytest.mark.full
async def test_a_voice_that_breaks_off_goes_on_with_the_words_not_heard_yet(
    studio: Studio, providers: Providers
) -> None:
    await greeted(studio, providers)
    providers.set(tts_drop_socket="next 1")
    await studio.speak("Tell me about your tents.")
    await studio.until(lambda: studio.store.said[-1][1].endswith("ten minutes."))
    assert studio.store.said[-1] == ("agent", TENTS)


@pytest.mark.full
async def test_a_caller_who_says_nothing_is_asked_twice_and_then_let_go(
    studio: Studio, providers: Providers
) -> None:
    await greeted(studio, providers, nudge_after_s=1)
    ended = await studio.over(timeout_s=30)
    assert ended.reason is EndingReason.USER_DROPPED_AFTER_NUDGES
    assert [text for _, text in studio.store.said] == ["Hello.", *NUDGES, NUDGE_GOODBYE]
    assert [e.detail["count"] for e in studio.store.events(EventKind.NUDGE)] == [1, 2]


@pytest.mark.full
async def test_a_caller_who_answers_a_nudge_is_counted_anew(studio: Studio) -> None:
    await studio.start(nudge_after_s=3)
    await studio.until(lambda: studio.store.events(EventKind.NUDGE))
    await studio.speak("Wait a moment.")
    await studio.until(lambda: ("agent", "Of course.") in studio.store.said)
    await studio.until(lambda: len(studio.store.events(EventKind.NUDGE)) == 2)
    assert [e.detail["count"] for e in studio.store.events(EventKind.NUDGE)] == [1, 1]


async def test_who_says_yes_yes_into_the_goodbye_is_not_hung_up_on(
    studio: Studio, providers: Providers
) -> None:
    providers.hear("Yes, yes.")
    await studio.start(nudge_after_s=2, max_nudges=0)
    await studio.agent_turns(1)
    await studio.until(lambda: studio.call.session.agent_state == "speaking", 10)
    await studio.speak("Yes, yes.")
    await studio.until(lambda: studio.store.events(EventKind.BACKCHANNEL))
    await studio.until(lambda: studio.store.said[-1] == ("agent", NUDGE_GOODBYE), 15)
    await asyncio.sleep(1.5)
    assert studio.call.ending is None


async def test_noise_that_comes_to_nothing_puts_no_nudge_off(studio: Studio) -> None:
    call = await studio.start(nudge_after_s=4)
    await studio.agent_turns(1)
    for _ in range(36):
        call.caller.started(call.clock.now())
        await asyncio.sleep(0.1)
        call.caller.stopped(call.clock.now())
        await asyncio.sleep(1.0)
        if len(nudges := studio.store.events(EventKind.NUDGE)) == 2:
            break
    assert [event.detail["count"] for event in nudges] == [1, 2]


@pytest.fixture
async def slow_orders() -> AsyncIterator[str]:
    """An order system that takes three seconds; gives its ``host:port``."""

    async def answer(request: web.Request) -> web.Response:
        await asyncio.sleep(3.0)
        return web.json_response({"status": "shipped"})

    orders = web.Application()
    orders.router.add_post("/", answer)
    runner = web.AppRunner(orders)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@pytest.mark.full
async def test_a_slow_tool_is_talked_over_and_its_answer_is_not_late(
    studio: Studio, slow_orders: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.behaviors.fillers.AGAIN_AFTER_S", 1.0)
    studio.config = dataclasses.replace(
        studio.config, webhook_allowed_http_hosts=frozenset({slow_orders})
    )
    tool = ToolSpec(
        name="order_status",
        description="Looks an order up.",
        parameters={
            "type": "object",
            "properties": {"order_number": {"type": "string"}},
            "required": ["order_number"],
        },
        kind=ToolKind.WEBHOOK,
        webhook=WebhookSpec(url=f"http://{slow_orders}/"),
    )
    call = await studio.start(tool, filler_after_ms=500)
    await studio.agent_turns(1)
    await studio.until(lambda: call.phrases.ready(FILLERS[1]))
    await studio.speak("Where is my order one two three four?")
    await studio.agent_turns(2, timeout_s=15)
    fillers = [event.detail["text"] for event in studio.store.events(EventKind.FILLER)]
    assert fillers[:2] == list(FILLERS[:2])
    assert all(one != other for one, other in itertools.pairwise(fillers))
    assert studio.store.said[-1] == ("agent", "It is shipped. Anything else?")
    assert not any(text in FILLERS for _, text in studio.store.said)
    assert not any(text in str(call.session.history.to_dict()) for text in FILLERS)
    (record,) = studio.store.tools
    reply = studio.store.turns[-1]
    assert reply.start_ms - (record.start_ms + record.duration_ms) < 2_500


async def test_a_blocked_event_loop_is_kept_as_an_event(
    studio: Studio, providers: Providers
) -> None:
    await greeted(studio, providers)
    await asyncio.sleep(0.1)
    time.sleep(0.4)  # noqa: ASYNC251 - what is tested
    await studio.until(lambda: studio.store.events(EventKind.LOOP_BLOCKED))
    assert studio.store.events(EventKind.LOOP_BLOCKED)[-1].detail["blocked_ms"] >= 300
