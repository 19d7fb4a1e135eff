"""Whole conversations, from the caller's voice to the stored turns."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web

from telephony.contracts import ToolSpec, WebhookSpec
from telephony.enums import (
    BuiltinTool,
    EndingReason,
    EventKind,
    Speaker,
    ToolKind,
    ToolOutcome,
    TurnDetection,
)
from tests.support.chains import DEFAULT, EVERY_CHAIN, EVERY_CHAIN_IN_FULL, Chain

if TYPE_CHECKING:
    from tests.agents.conftest import Providers, Studio

END_CALL = ToolSpec(
    name="end_call",
    description="Says goodbye and hangs up.",
    parameters={"type": "object", "properties": {}},
    kind=ToolKind.BUILTIN,
    builtin=BuiltinTool.END_CALL,
    timeout_ms=20_000,
)


async def test_the_greeting_is_said_and_heard(studio: Studio) -> None:
    await studio.start(greeting="Good day 🎉 from **Nordwind**.")
    await studio.agent_turns(1)
    (turn,) = studio.store.turns
    assert (turn.speaker, turn.text) == (Speaker.AGENT, "Good day from Nordwind.")
    (heard,) = studio.store.events(EventKind.GREETING_HEARD)
    assert 0 <= heard.at_ms < 1_000
    assert turn.end_ms > turn.start_ms + 100


@EVERY_CHAIN
async def test_a_question_is_answered_with_a_tools_data(
    studio: Studio, providers: Providers, chain: Chain
) -> None:
    """Also: leaked tokens and markup reach nobody, and a late transcription keeps its place."""
    words_come_late = chain == DEFAULT  # a cascade answers nothing before it has them
    providers.set(transcription_delay_ms=3_000 if words_come_late else 150)
    providers.set(realtime_leak_control_tokens="always")
    order = web.Application()
    asked: list[Any] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(await request.json())
        return web.json_response({"status": "shipped"})

    order.router.add_post("/", answer)
    runner = web.AppRunner(order)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host = f"127.0.0.1:{runner.addresses[0][1]}"
    studio.config = dataclasses.replace(studio.config, webhook_allowed_http_hosts=frozenset({host}))
    tool = ToolSpec(
        name="order_status",
        description="Looks an order up.",
        parameters={
            "type": "object",
            "properties": {"order_number": {"type": "string"}},
            "required": ["order_number"],
        },
        kind=ToolKind.WEBHOOK,
        webhook=WebhookSpec(url=f"http://{host}/"),
    )
    try:
        await studio.start(tool)
        await studio.agent_turns(1)
        await studio.speak("Where is my order one two three four?")
        await studio.agent_turns(2)
        assert (studio.store.turns[1].text == "") is words_come_late
        await studio.until(lambda: all(turn.text for turn in studio.store.turns))
    finally:
        await runner.cleanup()
    assert asked == [{"order_number": "1234"}]
    (call,) = studio.store.tools
    assert (call.outcome, call.result) == (ToolOutcome.OK, {"status": "shipped", "ok": True})
    said = studio.store.said
    assert [speaker for speaker, _ in said] == ["agent", "caller", "agent"]
    assert said[2] == ("agent", "It is shipped. Anything else?")
    assert "1234" in said[1][1]
    assert "<|" not in studio.subtitles.text
    assert "*" not in studio.subtitles.text
    (metric,) = studio.store.metrics
    waits = (metric.endpointing_ms, metric.first_audio_ms, metric.on_wire_ms, metric.framework_ms)
    assert all(wait is not None and wait >= 0 for wait in waits), metric
    assert metric.first_token_ms is not None  # negative where the reply was begun early
    assert metric.turn_key == studio.store.turns[2].key


@EVERY_CHAIN
async def test_an_interrupted_turn_keeps_only_what_was_heard(studio: Studio, chain: Chain) -> None:
    await studio.start(playback_speed=1)
    await studio.agent_turns(1)
    await studio.speak("Tell me about your tents.")
    await studio.until(lambda: "three kinds" in studio.heard)
    await studio.speak("Wait a moment.")
    await studio.agent_turns(3)
    tents = next(turn for turn in studio.store.turns if "three kinds" in turn.text)
    assert tents.interrupted
    assert "ten minutes" not in tents.text
    callers = [turn for turn in studio.store.turns if turn.speaker is Speaker.CALLER]
    told = chain == DEFAULT  # how sure the ears are of the words
    assert all((turn.confidence is not None) is told for turn in callers)
    assert studio.store.events(EventKind.INTERRUPTED)[0].detail == {"turn": tents.key}
    assert studio.store.said[-1] == ("agent", "Of course.")
    assert not studio.store.turns[-1].interrupted


@EVERY_CHAIN_IN_FULL
async def test_the_agents_goodbye_is_heard_before_it_hangs_up(studio: Studio) -> None:
    await studio.start(END_CALL)
    await studio.agent_turns(1)
    await studio.speak("Goodbye.")
    ended = await studio.over()
    assert ended.reason is EndingReason.AGENT_GOODBYE
    goodbye = studio.store.turns[-1]
    assert (goodbye.text, goodbye.interrupted) == ("Thank you. Goodbye.", False)
    assert studio.line.hung_up_at is not None
    assert studio.line.hung_up_at >= studio.call.clock.zero + goodbye.end_ms / 1000 - 0.05
    assert [call.name for call in studio.store.tools] == ["end_call"]
    assert len(studio.store.events(EventKind.HANGUP_BY_AGENT)) == 1


@EVERY_CHAIN_IN_FULL
async def test_a_model_that_says_nothing_still_says_goodbye(studio: Studio) -> None:
    await studio.start(END_CALL)
    await studio.agent_turns(1)
    await studio.speak("That is all.")
    ended = await studio.over()
    assert ended.reason is EndingReason.AGENT_GOODBYE
    assert studio.store.said[-1] == ("agent", "Thank you for calling. Goodbye.")


async def test_the_longest_duration_is_told_and_ends_the_call(studio: Studio) -> None:
    await studio.start(max_duration_s=1)
    ended = await studio.over()
    assert ended.reason is EndingReason.MAX_DURATION
    assert "longest time" in studio.store.turns[-1].text
    assert len(studio.store.events(EventKind.MAX_DURATION_REACHED)) == 1


@pytest.mark.parametrize("gone", ["say", "interrupt"])
async def test_the_longest_duration_has_its_name_when_the_session_is_closing(
    studio: Studio, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    call = await studio.start(max_duration_s=2)
    await studio.agent_turns(1)
    monkeypatch.setattr(call.session, gone, closing)
    ended = await studio.over()
    assert ended.reason is EndingReason.MAX_DURATION
    assert "longest time" in studio.store.turns[-1].text


def closing(*_: object, **__: object) -> None:
    raise RuntimeError("AgentSession is closing")


async def test_the_time_with_a_human_is_not_the_agents(studio: Studio) -> None:
    call = await studio.start(max_duration_s=2)
    call.hold()
    await asyncio.sleep(3)
    call.release()
    await asyncio.sleep(0.5)
    assert not studio.store.events(EventKind.MAX_DURATION_REACHED), "they are back just now"
    assert (await studio.over()).reason is EndingReason.MAX_DURATION


async def test_a_stopped_worker_says_so_and_names_the_ending(studio: Studio) -> None:
    await studio.start()
    await studio.agent_turns(1)
    ended = await studio.finish()
    assert ended.reason is EndingReason.WORKER_SHUTDOWN
    assert studio.line.played_s > 1
    assert studio.line.hung_up_at is not None
    assert len(studio.store.events(EventKind.WORKER_SHUTDOWN)) == 1
    assert studio.store.closed


@EVERY_CHAIN_IN_FULL
async def test_turn_taking_by_the_models_server_is_selectable(studio: Studio) -> None:
    await studio.start(turn_detection=TurnDetection.REALTIME_LLM)
    await studio.agent_turns(1)
    await studio.speak("Wait a moment.")
    await studio.until(lambda: ("agent", "Of course.") in studio.store.said)
    speakers = [speaker for speaker, _ in studio.store.said]
    assert speakers == ["agent", "caller", "agent"]
    await studio.until(lambda: "Wait a moment" in studio.store.turns[1].text)


async def test_a_slow_reply_does_not_begin_over_a_caller_who_goes_on(
    studio: Studio, providers: Providers
) -> None:
    providers.set(first_token_delay_ms=700)
    await studio.start()
    await studio.agent_turns(1)
    await studio.speak("Wait a moment.")
    await studio.until(lambda: len(studio.store.turns) == 2)  # it was taken for the whole turn
    states: list[str] = []
    studio.call.session.on("agent_state_changed", lambda event: states.append(event.new_state))
    await studio.speak("Tell me about your tents.")
    assert "speaking" not in states
    await studio.until(lambda: "three kinds" in studio.store.said[-1][1])
    assert [speaker for speaker, _ in studio.store.said] == ["agent", "caller", "agent"]
    assert studio.store.said[1][1] == "Wait a moment. Tell me about your tents."
    kept = studio.call.agent.realtime_llm_session.chat_ctx.messages()
    told = [(item.role, item.text_content) for item in kept]
    assert [role for role, _ in told] == ["assistant", "user", "assistant"], told


async def test_an_agent_that_paused_for_a_caller_who_was_muted_goes_on(studio: Studio) -> None:
    call = await studio.start(
        greeting="Good day, this is a rather long greeting of the test reception.",
        playback_speed=1,
    )
    await studio.until(lambda: call.session.agent_state == "speaking")
    studio.mouth.speak("Tell me about your tents.")
    await studio.until(lambda: studio.playout.paused)
    call.session.input.audio = None  # no frame comes any more
    await studio.agent_turns(1, timeout_s=10)
    assert studio.store.turns[0].text.endswith("test reception.")
    assert not studio.store.turns[0].interrupted


async def test_who_is_muted_before_their_turn_is_over_is_answered(studio: Studio) -> None:
    call = await studio.start(min_endpointing_ms=1_000)
    await studio.agent_turns(1)
    await studio.speak("Wait a moment.")
    await studio.until(lambda: studio.parts._conductor.turn_open())  # type: ignore[union-attr]
    call.session.input.audio = None  # no frame comes any more
    await studio.until(lambda: ("agent", "Of course.") in studio.store.said)
    assert not studio.store.events(EventKind.SILENCE_BRIDGED)


async def test_after_a_hold_the_line_is_known_as_before(studio: Studio) -> None:
    call = await studio.start()
    await studio.until(lambda: studio.store.events(EventKind.LINE_NOISE))
    call.hold()
    call.release()
    await asyncio.sleep(1.5)  # a line that is not known yet is told after a second
    assert len(studio.store.events(EventKind.LINE_NOISE)) == 1
