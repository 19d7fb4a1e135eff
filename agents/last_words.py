"""What a caller hears when the session itself can no longer speak: a sentence, else a tone.

A caller must never be left in silence, so each step is bounded and has a next one: the sentence
kept ready, else the voice by a connection of its own, then the congestion tone every telephone
user knows, then the hang-up.
"""

from __future__ import annotations

import array
import asyncio
import logging
import math
from collections.abc import AsyncIterator
from typing import Any

from livekit import rtc
from livekit.agents import APIConnectOptions, tts

from agents.ports import Line
from agents.speech_text import plain

logger = logging.getLogger(__name__)

SAMPLE_RATE = 24_000
SENTENCE_TIMEOUT_S = 12.0
TONE_TIMEOUT_S = 5.0
FRAME_MS = 20
# ITU-T E.180 congestion tone as North America plays it: 480 + 620 Hz, 0.25 s on, 0.25 s off.
TONE_HZ = (480, 620)
TONE_BURST_S = 0.25
TONE_BURSTS = 4
TONE_LEVEL = 0.1

_ONCE = APIConnectOptions(max_retry=1, retry_interval=0.2, timeout=4.0)


async def say(
    line: Line,
    voice: tts.TTS[Any] | None,
    text: str,
    ready: AsyncIterator[rtc.AudioFrame] | None = None,
) -> bool:
    """Say ``text``, ``ready`` or by ``voice``, else play the tone; True when the text was said."""
    if ready is not None:
        try:
            async with asyncio.timeout(SENTENCE_TIMEOUT_S):
                await line.play(ready)
            return True
        except Exception as error:
            logger.warning("the last words could not be played: %s", type(error).__name__)
    elif voice is not None:
        try:
            async with asyncio.timeout(SENTENCE_TIMEOUT_S):
                await line.play(_speech(voice, text))
            return True
        except Exception as error:
            logger.warning("the last words could not be said: %s", type(error).__name__)
    try:
        async with asyncio.timeout(TONE_TIMEOUT_S):
            await line.play(congestion_tone())
    except Exception as error:
        logger.warning("the tone could not be played: %s", type(error).__name__)
    return False


async def _speech(voice: tts.TTS[Any], text: str) -> AsyncIterator[rtc.AudioFrame]:
    async with voice.synthesize(plain(text), conn_options=_ONCE) as stream:
        async for audio in stream:
            yield audio.frame


async def congestion_tone() -> AsyncIterator[rtc.AudioFrame]:
    """Yield mono 16-bit frames of 20 ms."""
    size = SAMPLE_RATE * FRAME_MS // 1000
    burst = round(TONE_BURST_S * SAMPLE_RATE)
    for start in range(0, 2 * TONE_BURSTS * burst, size):
        samples = array.array("h", (_tone_at(start + i, burst) for i in range(size)))
        yield rtc.AudioFrame(samples.tobytes(), SAMPLE_RATE, 1, size)


def _tone_at(index: int, burst: int) -> int:
    if (index // burst) % 2:
        return 0
    seconds = index / SAMPLE_RATE
    level = sum(math.sin(2 * math.pi * hertz * seconds) for hertz in TONE_HZ)
    return round(level * TONE_LEVEL * 32767 / len(TONE_HZ))
