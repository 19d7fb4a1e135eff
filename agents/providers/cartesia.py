"""Cartesia over its websocket, with word timestamps: they tell what of a sentence was heard."""

from __future__ import annotations

from typing import Any

import aiohttp
from livekit.agents import tts
from livekit.plugins import cartesia

from agents.config import WorkerConfig
from agents.providers.phrases import PhraseTokenizer
from telephony.contracts import PersonaSpec

SAMPLE_RATE = 24_000
# Parts of a sentence in one context are spoken as one (docs.cartesia.ai, continuations), so the
# first words need not wait for the rest of a long sentence.
OPENING_WORDS = 2


def build(
    persona: PersonaSpec, config: WorkerConfig, session: aiohttp.ClientSession | None = None
) -> tts.TTS[Any]:
    """Return the voice; call ``prewarm()`` to connect before the first sentence."""
    return cartesia.TTS(
        api_key=config.cartesia_api_key,
        model=persona.voice_model,
        voice=persona.voice_id,
        language=persona.language.split("-")[0],
        sample_rate=SAMPLE_RATE,
        word_timestamps=True,
        tokenizer=PhraseTokenizer(opening_words=OPENING_WORDS),
        base_url=config.cartesia_base_url or "https://api.cartesia.ai",
        http_session=session,
    )
