"""temp"""
from __future__ import annotations
import pytest
from tests.support.studio import Studio
from telephony.enums import *

@pytest.fixture
async def cascade(config):
    studio = Studio(config, RealtimeProvider.OPENAI_CASCADE, VoiceProvider.OPENAI_TTS)
    yield studio
    await studio.aclose()

async def test_a_turn(cascade):
    await cascade.start()
    await cascade.agent_turns(1)
    await cascade.speak("Wait a moment.")
    await cascade.agent_turns(2)
    print(cascade.store.said)
    print(cascade.store.metrics)
    print(cascade.store.records)
