"""A voice behind OpenAI's speech protocol, by its base URL: OpenAI, or a piper server in the house.

It has no word times: what was heard of a sentence that was cut off is told by its length.
"""

from __future__ import annotations

from typing import Any

import aiohttp
from livekit.agents import tts
from livekit.plugins import openai

from agents.config import WorkerConfig
from agents.providers.openai_http import server
from telephony.contracts import PersonaSpec


def build(
    persona: PersonaSpec, config: WorkerConfig, session: aiohttp.ClientSession | None = None
) -> tts.TTS[Any]:
    """Return the voice; call ``prewarm()`` to connect before the first sentence."""
    del session  # the library of this protocol brings its own
    at = server(config, config.cascade_tts_base_url, config.cascade_tts_api_key)
    return openai.TTS(
        model=persona.voice_model,
        voice=persona.voice_id,
        # Its header tells the rate, which a piper server's own voices decide.
        response_format="wav",
        base_url=at.base_url,
        api_key=at.key,
    )
