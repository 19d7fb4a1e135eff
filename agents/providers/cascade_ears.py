"""The caller's committed audio -> its words, by any speech to text."""

from __future__ import annotations

import logging
from typing import Any

from livekit import rtc
from livekit.agents import APIStatusError, stt

from agents.providers.cascade_tries import ONCE, with_retries
from agents.providers.invented_words import is_invented
from agents.turn_taking.words import without_sounds

logger = logging.getLogger(__name__)

# Whisper and its servers work at 16 kHz; a telephone line carries nothing above 4 kHz.
EARS_RATE = 16_000
# The audio is what they refuse, not the caller or the account: it is heard as nothing.
UNHEARABLE = frozenset({400, 413, 415, 422})


async def words(ears: stt.STT[Any], frames: list[rtc.AudioFrame]) -> str:
    """Return "" when nothing was understood. Raises APIError when the ears do not work."""
    audio = _for_ears(frames)
    return await with_retries(lambda: _words(ears, audio))


async def _words(ears: stt.STT[Any], audio: rtc.AudioFrame) -> str:
    try:
        event = await ears.recognize(audio, conn_options=ONCE)
    except APIStatusError as error:
        if error.status_code not in UNHEARABLE:
            raise
        logger.warning("a turn was refused by the ears: %d", error.status_code)
        return ""
    return said_of(event.alternatives[0].text) if event.alternatives else ""


def said_of(text: str) -> str:
    """The caller's words in what the ears wrote down: no sounds in brackets, nothing invented."""
    said = without_sounds(text)
    if is_invented(said) or not any(letter.isalnum() for letter in said):
        return ""
    return said


def _for_ears(frames: list[rtc.AudioFrame]) -> rtc.AudioFrame:
    whole = rtc.combine_audio_frames(frames)
    if whole.sample_rate == EARS_RATE:
        return whole
    resampler = rtc.AudioResampler(whole.sample_rate, EARS_RATE)
    return rtc.combine_audio_frames([*resampler.push(whole), *resampler.flush()])
