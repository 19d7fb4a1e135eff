"""Half an hour of talk changes neither how soon the agent answers nor blocks the worker."""

from __future__ import annotations

import asyncio
import statistics
import time
from datetime import UTC, datetime

import pytest

from telephony.contracts import ResumedCall, SaidTurn
from telephony.enums import EventKind, Speaker
from tests.support.studio import Studio

# Ten exchanges a minute for half an hour.
TURNS = 600
MORE_MS = 100


def half_an_hour() -> ResumedCall:
    speakers = (Speaker.CALLER, Speaker.AGENT)
    said = [
        SaidTurn(speaker=speakers[i % 2], text=f"Sentence {i} of a talk that took half an hour.")
        for i in range(TURNS)
    ]
    return ResumedCall(takeover=1, answered_at=datetime.now(UTC), said=tuple(said))


async def reply_ms(studio: Studio, resumed: ResumedCall | None) -> list[float]:
    """From the end of the caller's turn to the first word of each reply."""
    call = await studio.start(resumed=resumed)
    await studio.agent_turns(1)
    begun: list[float] = []
    call.agent.on_sound.append(lambda: begun.append(time.time()))
    took = []
    for turn in range(4):
        begun.clear()
        await studio.speak("Wait a moment.")
        await studio.until(lambda: begun)
        took.append((begun[0] - (call.caller.last_stop or 0.0)) * 1000)
        await studio.agent_turns(turn + 2)
        await asyncio.sleep(0.3)
    return took


@pytest.mark.full
async def test_a_reply_is_as_soon_after_half_an_hour(studio: Studio) -> None:
    fresh = Studio(studio.config)
    try:
        soon = statistics.median(await reply_ms(fresh, None))
    finally:
        await fresh.aclose()
    late = statistics.median(await reply_ms(studio, half_an_hour()))
    assert late <= soon + MORE_MS
    # The model is told all of it at once, while the greeting is said; from then on nothing blocks.
    greeted_ms = studio.store.turns[0].end_ms
    blocked = studio.store.events(EventKind.LOOP_BLOCKED)
    assert [event for event in blocked if event.at_ms > greeted_ms] == []
    known = studio.call.agent.realtime_llm_session.chat_ctx.items
    assert len(known) >= TURNS, "the model goes on from all of it"
