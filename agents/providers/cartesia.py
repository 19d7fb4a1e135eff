"""Cartesia over its websocket, with word timestamps: they tell what of a sentence was heard."""

from __future__ import annotations

import asyncio
import json
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


class HonestVoice(cartesia.TTS):
    """Says that it failed. An error of Cartesia's is marked ``done`` as well, and the plugin takes
    it for the end of what was said, or for nothing while more text comes: words were lost.

    A connection whose sentence was cut short is closed beside the next sentence: the plugin's pool
    would have that one wait for the farewell."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self._closing: set[asyncio.Task[None]] = set()

    async def aclose(self) -> None:
        await super().aclose()
        await asyncio.gather(*self._closing, return_exceptions=True)

    async def _close_ws(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        task = asyncio.create_task(super()._close_ws(ws), name="voice-farewell")
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def _connect_ws(self, timeout: float) -> aiohttp.ClientWebSocketResponse:
        socket = await super()._connect_ws(timeout)
        receive = socket.receive

        async def received(timeout: float | None = None) -> aiohttp.WSMessage:
            return _as_error(await receive(timeout))

        socket.receive = received  # type: ignore[method-assign]
        return socket


def _as_error(message: aiohttp.WSMessage) -> aiohttp.WSMessage:
    if message.type is not aiohttp.WSMsgType.TEXT or '"error"' not in message.data:
        return message
    told = json.loads(message.data)
    if told.get("type") != "error":
        return message
    return message._replace(data=json.dumps({**told, "done": False}))


def build(
    persona: PersonaSpec, config: WorkerConfig, session: aiohttp.ClientSession | None = None
) -> tts.TTS[Any]:
    """Return the voice; call ``prewarm()`` to connect before the first sentence."""
    return HonestVoice(
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
