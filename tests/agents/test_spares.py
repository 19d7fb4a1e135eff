"""What a call goes on with: a spare voice that can work, and turns that are worth sending again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import aiohttp
import pytest
from livekit import rtc
from livekit.agents import llm
from livekit.plugins import cartesia

from agents.providers.registry import build_voices
from agents.providers.unheard import WORDS_WITHIN_S, Unheard
from telephony.enums import TurnDetection, VoiceProvider
from tests.support.studio import persona

if TYPE_CHECKING:
    from agents.config import WorkerConfig

CARTESIAN = replace(persona("", (), TurnDetection.CLIENT), voice_model="sonic-2")
OTHER = replace(CARTESIAN, voice_provider=VoiceProvider.OPENAI_TTS, voice_model="tts-1")


@pytest.fixture
def spared(config: WorkerConfig) -> WorkerConfig:
    return replace(config, fallback_cartesia_api_key="other", fallback_voice_id="spare")


async def test_the_spare_of_another_providers_voice_is_one_that_cartesia_knows(
    spared: WorkerConfig,
) -> None:
    async with aiohttp.ClientSession() as http:
        own, spare = build_voices(OTHER, spared, http)
        assert not isinstance(own, cartesia.TTS)
        assert isinstance(spare, cartesia.TTS)
        assert (spare._opts.model, spare._opts.voice) == ("sonic-3", "spare")
        (_, same) = build_voices(CARTESIAN, spared, http)
        assert isinstance(same, cartesia.TTS)
        assert (same._opts.model, same._opts.voice) == ("sonic-2", "spare")


async def test_without_a_voice_for_it_there_is_no_spare_of_another_providers_voice(
    spared: WorkerConfig,
) -> None:
    nameless = replace(spared, fallback_voice_id="")
    async with aiohttp.ClientSession() as http:
        assert len(build_voices(OTHER, nameless, http)) == 1
        assert len(build_voices(CARTESIAN, nameless, http)) == 2


def test_a_turn_whose_words_never_came_is_not_sent_again_minutes_later() -> None:
    now = 100.0
    unheard = Unheard(kept=True, now=lambda: now)
    frame = rtc.AudioFrame(bytes(960), 24_000, 1, 480)
    unheard.push(frame)
    unheard.commit()
    assert unheard.is_news(llm.ChatMessage(id="item_1", role="user", content=[]))
    unheard.answered()
    assert len(list(unheard.again())) == 1  # its words may be on their way
    now += WORDS_WITHIN_S + 1
    unheard.push(frame)
    unheard.commit()
    unheard.answered()
    assert len(list(unheard.again())) == 1
