"""Cartesia says that it tells words' times, and for some languages it tells none."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import aiohttp
import pytest
from livekit import rtc
from livekit.agents.types import USERDATA_TIMED_TRANSCRIPT, TimedString

from agents.config import WorkerConfig
from agents.providers import cartesia
from agents.spoken_words import Script, WordTimes
from agents.steady_voice import SteadyVoice
from telephony.enums import TurnDetection
from tests.support.studio import Studio, persona

if TYPE_CHECKING:
    from tests.agents.conftest import Providers

LONG = "Your order has left our house and is on its way. "
SHORT = "One moment. "
REST = "It comes tomorrow."
TENTS = "We have three kinds of tents. The light one weighs less than two kilos and is made for"


@pytest.fixture(autouse=True)
def untimed(providers: Providers) -> None:
    providers.set(tts_word_times="off")


@pytest.mark.parametrize("first", [SHORT, LONG])
async def test_a_pause_of_the_model_repeats_no_words(config: WorkerConfig, first: str) -> None:
    """Longer than what was said by then and what a voice is waited for."""
    failures: list[str] = []
    heard: list[tuple[float, str]] = []

    async def paused() -> AsyncIterator[str]:
        for word in first.split():
            yield f"{word} "
        await asyncio.sleep(3.5 if first == SHORT else 6.0)
        yield REST

    async with aiohttp.ClientSession() as http:
        voice = cartesia.build(persona("", (), TurnDetection.CLIENT), config, http)
        steady = SteadyVoice([voice])
        steady.on_failure = lambda _, code: failures.append(code)
        async for frame in steady.speak(paused()):
            words = frame.userdata.get(USERDATA_TIMED_TRANSCRIPT, [])
            heard.append((frame.duration, "".join(words)))
        await voice.aclose()
    assert failures == []
    assert "".join(words for _, words in heard) == first + REST
    assert sum(duration for duration, _ in heard) < len(first + REST) / 10


async def test_a_reply_broken_off_stores_about_the_words_that_were_heard(
    studio: Studio, providers: Providers
) -> None:
    providers.set(tts_realtime_factor=1.5)  # it is still being made
    await studio.start(playback_speed=1.0)
    await studio.agent_turns(1)
    await studio.speak("Tell me about your tents.")
    await studio.until(lambda: studio.playout.position_s > 3.0)
    await studio.speak("Wait a moment.")
    await studio.agent_turns(2)
    tents = studio.store.turns[2]
    assert tents.interrupted
    assert "tents. The" in tents.text
    assert TENTS.startswith(tents.text.strip())
    kept = studio.call.agent.realtime_llm_session.chat_ctx.messages()
    said = [item.text_content for item in kept if item.role == "assistant"]
    assert (said[1] or "").strip() == tents.text.strip()


def test_times_that_come_late_after_all_are_taken_and_no_word_is_told_twice() -> None:
    script = Script()
    script.text = LONG
    words = WordTimes(script, first=0, base_s=0.0, aligned=True)
    late = [
        TimedString(word, start_time=0.4 * index, end_time=0.4 * index)
        for index, word in enumerate(script.words())
    ]
    told: list[tuple[int, str]] = []
    for tenth in range(1, 46):
        frame = rtc.AudioFrame(bytes(4_800), 24_000, 1, 2_400)
        if tenth == 11:
            frame.userdata[USERDATA_TIMED_TRANSCRIPT] = late
        words.attach(frame)
        told += [(tenth, word) for word in frame.userdata.get(USERDATA_TIMED_TRANSCRIPT, [])]
    assert "".join(word for _, word in told) == LONG
    assert told[0][0] in (10, 11), "for about a second they are waited for"
    assert [tenth for tenth, word in told if word in ("left ", "way. ")] == [
        pytest.approx(12, abs=1),
        pytest.approx(40, abs=1),
    ]
