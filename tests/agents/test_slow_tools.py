"""A tool takes its time, and the caller does not keep silent meanwhile."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest
from aiohttp import web

from agents.fixed_phrases import BRIDGES
from telephony.contracts import ToolSpec, WebhookSpec
from telephony.enums import EventKind, ToolKind, ToolOutcome
from tests.support.chains import EVERY_CHAIN_IN_FULL

if TYPE_CHECKING:
    from tests.agents.conftest import Providers, Studio


class Orders:
    """An order system that takes its time."""

    def __init__(self) -> None:
        self.host = ""
        self.takes_s = 5.0
        self.asked = 0
        self.answered = 0

    async def answer(self, request: web.Request) -> web.Response:
        del request
        self.asked += 1
        await asyncio.sleep(self.takes_s)
        self.answered += 1
        return web.json_response({"status": "shipped"})

    @property
    def tool(self) -> ToolSpec:
        return ToolSpec(
            name="order_status",
            description="Looks an order up.",
            parameters={
                "type": "object",
                "properties": {"order_number": {"type": "string"}},
                "required": ["order_number"],
            },
            kind=ToolKind.WEBHOOK,
            timeout_ms=20_000,
            webhook=WebhookSpec(url=f"http://{self.host}/"),
        )


@pytest.fixture
async def orders(studio: Studio) -> AsyncIterator[Orders]:
    orders = Orders()
    app = web.Application()
    app.router.add_post("/", orders.answer)
    runner = web.AppRunner(app, handler_cancellation=True)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    orders.host = f"127.0.0.1:{runner.addresses[0][1]}"
    studio.config = dataclasses.replace(
        studio.config, webhook_allowed_http_hosts=frozenset({orders.host})
    )
    yield orders
    await runner.cleanup()


@pytest.mark.parametrize("filler_after_ms", [0, 1_000], ids=["bridge", "filler"])
async def test_who_cannot_be_told_to_wait_is_not_hung_up_on(
    studio: Studio, orders: Orders, monkeypatch: pytest.MonkeyPatch, filler_after_ms: int
) -> None:
    monkeypatch.setattr("agents.behaviors.fillers.BRIDGE_AFTER_S", 1.0)
    orders.takes_s = 3.0
    call = await studio.start(orders.tool, filler_after_ms=filler_after_ms)
    await studio.agent_turns(1)
    monkeypatch.setattr(call.session, "say", closing)
    await studio.speak("Where is my order one two three four?")
    await studio.until(lambda: ("agent", "It is shipped. Anything else?") in studio.store.said)
    assert studio.store.events(EventKind.FILLER if filler_after_ms else EventKind.SILENCE_BRIDGED)
    assert call.ending is None


def closing(*_: object, **__: object) -> None:
    raise RuntimeError("AgentSession is closing")


@EVERY_CHAIN_IN_FULL
async def test_speech_during_a_tool_neither_stops_it_nor_has_it_run_twice(
    studio: Studio, providers: Providers, orders: Orders
) -> None:
    providers.set(tts_realtime_factor=50)
    await studio.start(orders.tool, filler_after_ms=0)
    await studio.agent_turns(1)
    await studio.speak("Where is my order one two three four?")
    await studio.until(lambda: orders.asked)
    await studio.speak("Wait a moment.")
    await studio.until(lambda: ("agent", "It is shipped. Anything else?") in studio.store.said)
    assert (orders.asked, orders.answered) == (1, 1)
    assert [tool.outcome for tool in studio.store.tools] == [ToolOutcome.OK]
    said = [text for who, text in studio.store.said if who == "agent"]
    assert said == ["Hello.", "Of course.", "It is shipped. Anything else?"]
    assert ("caller", "Wait a moment.") in studio.store.said


async def test_a_tools_answer_is_not_spoken_into_a_callers_words(
    studio: Studio, providers: Providers, orders: Orders
) -> None:
    """They come first, and the reply to them knows the answer."""
    orders.takes_s = 2.0
    await studio.start(orders.tool, filler_after_ms=0, playback_speed=1.0)
    await studio.agent_turns(1)
    await studio.speak("Where is my order one two three four?")
    await studio.until(lambda: orders.asked)
    await asyncio.sleep(0.8)
    studio.mouth.speak("Tell me about your tents tell me about your tents tell me about your tents")
    into_them: list[bool] = []
    while not studio.mouth.said.is_set():
        into_them.append(bool(orders.answered) and studio.playout.playing)
        await asyncio.sleep(0.02)
    assert orders.answered, "the answer came while they spoke"
    assert not any(into_them)
    await studio.until(lambda: studio.playout.playing)
    await studio.agent_turns(2)
    assert not any(text.startswith("It is shipped") for _, text in studio.store.said)
    kept = studio.call.agent.realtime_llm_session.chat_ctx.items
    assert [item.output for item in kept if item.type == "function_call_output"]


async def test_nobody_is_nudged_while_a_tool_is_at_work(studio: Studio, orders: Orders) -> None:
    orders.takes_s = 3.0
    await studio.start(orders.tool, filler_after_ms=0, nudge_after_s=1)
    await studio.agent_turns(1)
    await studio.speak("Where is my order one two three four?")
    await studio.until(lambda: orders.asked)
    before = len(studio.store.events(EventKind.NUDGE))
    await studio.until(lambda: orders.answered)
    assert len(studio.store.events(EventKind.NUDGE)) == before


async def test_a_tool_without_fillers_is_no_silence_either(
    studio: Studio, orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.behaviors.fillers.BRIDGE_AFTER_S", 1.0)
    orders.takes_s = 3.0
    await studio.start(orders.tool, filler_after_ms=0)
    await studio.agent_turns(1)
    await studio.speak("Where is my order one two three four?")
    await studio.until(lambda: orders.answered)
    (bridged,) = studio.store.events(EventKind.SILENCE_BRIDGED)
    assert bridged.detail["text"] == BRIDGES[0]
    assert not studio.store.events(EventKind.FILLER)


async def test_a_filler_that_the_voice_has_to_say_is_not_taken_for_the_reply(
    studio: Studio, orders: Orders, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = await studio.start(orders.tool, filler_after_ms=300)
    await studio.agent_turns(1)
    monkeypatch.setattr(call.phrases, "frames", lambda _text: None)  # none is kept yet
    orders.takes_s = 3.0
    await studio.speak("Where is my order one two three four?")
    await studio.agent_turns(2)
    assert studio.store.events(EventKind.FILLER)
    (metric,) = studio.store.metrics
    assert metric.turn_key == studio.store.turns[2].key
    assert (metric.first_token_ms or 0) > 2_500, "the tool took its time"
    assert (metric.on_wire_ms or 0) < 500
