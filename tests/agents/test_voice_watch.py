"""A voice that makes whole sentences is ahead of what the caller hears, and quiet in between."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, tts
from livekit.agents.types import USERDATA_TIMED_TRANSCRIPT

from agents.steady_voice import SteadyVoice

RATE = 24_000
TEXT = "Your order is on its way. It comes tomorrow."
NEVER = 60.0


@dataclass(frozen=True)
class Made:
    """What becomes of one sentence: all of its audio at once, or an error."""

    after_s: float = 0.0
    lasts_s: float = 0.5
    fails: bool = False


class SentenceVoice(tts.TTS[Any]):
    """Makes its sentences as told, one after the other."""

    def __init__(self, *made: Made) -> None:
        super().__init__(
            capabilities=tts.TTSCapabilities(streaming=False), sample_rate=RATE, num_channels=1
        )
        self.made = list(made)

    def synthesize(self, text: str, *, conn_options: APIConnectOptions = ...) -> Any:  # type: ignore[assignment]
        return _Sentence(tts=self, input_text=text, conn_options=conn_options)


class _Sentence(tts.ChunkedStream):
    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        assert isinstance(self._tts, SentenceVoice)
        made = self._tts.made.pop(0)
        await asyncio.sleep(made.after_s)
        if made.fails:
            raise APIConnectionError
        output_emitter.initialize(
            request_id="1", sample_rate=RATE, num_channels=1, mime_type="audio/pcm"
        )
        tone = 8_000 * np.sin(np.arange(round(RATE * made.lasts_s)) / 9)
        output_emitter.push(tone.astype(np.int16).tobytes())
        output_emitter.flush()


class Heard:
    """What came of TEXT, and when the voice failed, in seconds from the first sound."""

    def __init__(self) -> None:
        self.frames: list[rtc.AudioFrame] = []
        self.failures: list[str] = []
        self.failed_s: list[float] = []
        self._first_at = 0.0

    async def of(self, *made: Made) -> Heard:
        steady = SteadyVoice([SentenceVoice(*made)])
        steady.on_failure = self._failed
        async for frame in steady.speak(_text()):
            self._first_at = self._first_at or time.monotonic()
            self.frames.append(frame)
        return self

    def _failed(self, _voice: str, code: str) -> None:
        self.failures.append(code)
        self.failed_s.append(time.monotonic() - self._first_at)

    @property
    def words(self) -> str:
        return "".join(
            word
            for frame in self.frames
            for word in frame.userdata.get(USERDATA_TIMED_TRANSCRIPT, [])
        )


async def _text() -> AsyncIterator[str]:
    yield TEXT


async def test_a_voice_is_waited_for_while_its_audio_is_playing() -> None:
    heard = await Heard().of(Made(lasts_s=3.5), Made(after_s=3.2))
    assert heard.failures == []
    assert heard.words == TEXT
    assert sum(frame.duration for frame in heard.frames) == pytest.approx(4.0, abs=0.1)


async def test_a_second_chance_is_waited_for_while_the_first_one_is_still_heard() -> None:
    heard = await Heard().of(Made(lasts_s=4.0), Made(fails=True), Made(after_s=3.5))
    assert heard.failures == ["APIConnectionError"]
    assert heard.words == TEXT


@pytest.mark.parametrize("lasts_s", [0.2, 1.5])
async def test_a_voice_that_stands_still_is_left_two_seconds_after_its_last_sound(
    lasts_s: float,
) -> None:
    heard = await Heard().of(Made(lasts_s=lasts_s), Made(after_s=NEVER), Made(), Made())
    assert heard.failures == ["stalled"]
    assert lasts_s + 1.9 <= heard.failed_s[0] <= lasts_s + 2.5
    assert heard.words.endswith("It comes tomorrow.")
