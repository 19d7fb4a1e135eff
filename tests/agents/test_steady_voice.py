"""What a voice sends, and what of it goes to the line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import aiohttp
import numpy as np
import pytest
from livekit import rtc
from livekit.agents import APIConnectOptions, tts
from livekit.agents.types import USERDATA_TIMED_TRANSCRIPT

from agents.config import WorkerConfig
from agents.loudness import is_audible
from agents.providers import cartesia
from agents.steady_voice import SteadyVoice, unspoken
from telephony.enums import TurnDetection
from tests.support.studio import persona

if TYPE_CHECKING:
    from tests.agents.conftest import Providers

RATE = 24_000
TEXT = "Your order is on its way."


class LateVoice(tts.TTS[Any]):
    """Begins with so much silence, then says a tone of half a second. Knows no words' times."""

    def __init__(self, silence_ms: int) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False), sample_rate=RATE, num_channels=1
        )
        self.silence_ms = silence_ms

    def synthesize(self, text: str, *, conn_options: APIConnectOptions = ...) -> Any:  # type: ignore[assignment]
        return _LateChunks(tts=self, input_text=text, conn_options=conn_options)


class _LateChunks(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        assert isinstance(self._tts, LateVoice)
        output_emitter.initialize(
            request_id="1", sample_rate=RATE, num_channels=1, mime_type="audio/pcm"
        )
        tone = 8_000 * np.sin(np.arange(RATE // 2) / 9)
        silence = np.zeros(RATE * self._tts.silence_ms // 1000)
        output_emitter.push(np.concatenate([silence, tone]).astype(np.int16).tobytes())
        output_emitter.flush()


async def text(words: str) -> AsyncIterator[str]:
    yield words


async def spoken(voice: tts.TTS[Any]) -> list[rtc.AudioFrame]:
    return [frame async for frame in SteadyVoice([voice]).speak(text(TEXT))]


def told(frames: list[rtc.AudioFrame]) -> str:
    return "".join(
        word for frame in frames for word in frame.userdata.get(USERDATA_TIMED_TRANSCRIPT, [])
    )


async def test_the_silence_a_voice_begins_with_is_not_waited_for() -> None:
    frames = await spoken(LateVoice(300))
    said_s = sum(frame.duration for frame in frames)
    assert 0.5 <= said_s <= 0.55
    assert told(frames) == TEXT


async def test_words_keep_their_place_when_the_beginning_is_cut(config: WorkerConfig) -> None:
    async with aiohttp.ClientSession() as http:
        voice = cartesia.build(persona("", (), TurnDetection.CLIENT), config, http)
        frames = await spoken(voice)
        await voice.aclose()
    assert is_audible(rtc.AudioFrame(frames[0].data[: RATE // 100], RATE, 1, RATE // 100))
    words = [w for f in frames for w in f.userdata.get(USERDATA_TIMED_TRANSCRIPT, [])]
    assert "".join(words).split() == TEXT.split()
    assert words[0].start_time == 0.0 < words[1].start_time


@pytest.mark.parametrize("fault", ["tts_error", "tts_silence"])
async def test_an_opening_that_failed_is_said_again_whatever_comes_after_it(
    config: WorkerConfig, providers: Providers, fault: str
) -> None:
    """The voice gets the first two words before the rest is written, and fails with them alone."""
    providers.set(**{fault: "next 1"})
    failures: list[str] = []

    async def as_written() -> AsyncIterator[str]:
        for word in TEXT.split():
            yield f"{word} "
            await asyncio.sleep(0.15)

    async with aiohttp.ClientSession() as http:
        voice = cartesia.build(persona("", (), TurnDetection.CLIENT), config, http)
        steady = SteadyVoice([voice])
        steady.on_failure = lambda _, code: failures.append(code)
        frames = [frame async for frame in steady.speak(as_written())]
        await voice.aclose()
    assert failures == ["APIError" if fault == "tts_error" else "silent"]
    assert told(frames).replace(" ", "") == TEXT.replace(" ", "")
    sound_s = sum(frame.duration for frame in frames if is_audible(frame))
    assert sound_s > 1.0, "and all of it was heard"


async def test_after_a_sentence_that_was_cut_short_another_connection_is_ready(
    config: WorkerConfig, providers: Providers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next sentence waits neither for a new one nor for the farewell of the old one."""

    def opened() -> int:
        return sum(session["kind"] == "tts" for session in providers.sessions())

    close = aiohttp.ClientWebSocketResponse.close

    async def slow_farewell(socket: aiohttp.ClientWebSocketResponse, **how: Any) -> bool:
        await asyncio.sleep(1.0)
        return await close(socket, **how)

    monkeypatch.setattr(aiohttp.ClientWebSocketResponse, "close", slow_farewell)
    async with aiohttp.ClientSession() as http:
        voice = cartesia.build(persona("", (), TurnDetection.CLIENT), config, http)
        steady = SteadyVoice([voice])
        dropped = steady.speak(text(TEXT))
        await anext(dropped)
        before = opened()
        await dropped.aclose()
        await asyncio.sleep(0.3)
        assert opened() == before + 1, "made while nobody waits for it"
        began = asyncio.get_running_loop().time()
        await anext(again := steady.speak(text(TEXT)))
        assert asyncio.get_running_loop().time() - began < 0.8
        assert opened() == before + 1
        await again.aclose()
        await voice.aclose()


async def test_a_voice_that_has_just_failed_twice_is_waited_for_once() -> None:
    voice = LateVoice(silence_ms=3_000)
    steady = SteadyVoice([voice])
    failures: list[str] = []
    steady.on_failure = lambda _, code: failures.append(code)
    for tries in (2, 3):
        frames = [frame async for frame in steady.speak(text(TEXT))]
        assert [unspoken(frame) for frame in frames] == [TEXT]
        assert failures == ["silent"] * tries
    voice.silence_ms = 0
    assert told([frame async for frame in steady.speak(text(TEXT))]) == TEXT
