"""Keeps the fixed sentences of every persona that may answer, before its first caller comes.

A worker does it beside its calls, one sentence at a time. A call does it for itself while it rings
(assembly.py): whoever calls before this is done only waits for the voice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
from livekit.agents import tts

from agents import fixed_phrases
from agents.config import WorkerConfig
from agents.languages import language_of
from agents.phrase_cache import PhraseCache
from agents.providers.registry import build_voice, voice_address
from agents.speech_text import plain
from agents.transfer import sentences
from telephony.contracts import AnsweringPersona, PersonaSpec

logger = logging.getLogger(__name__)

# A persona that is published, or a number that gets another one, is noticed this late at most.
LOOK_EVERY_S = 60.0
# Calls have the voice too, and an account only so many streams.
PAUSE_S = 0.2

Ask = Callable[[], Awaitable[list[AnsweringPersona]]]


def kept_phrases(language: str, greeting: str, *, hands_over: bool) -> list[str]:
    """What the product itself says for a persona, in its language, the most urgent first."""
    phrases = [greeting, *fixed_phrases.ALL]
    phrases[2:2] = sentences.ALL if hands_over else ()
    say = language_of(language).say
    return [say(phrase) for phrase in phrases]


def phrase_cache(
    persona: PersonaSpec, config: WorkerConfig, http: aiohttp.ClientSession | None
) -> PhraseCache:
    def make_voice() -> tts.TTS[Any]:
        return build_voice(persona, config, http)

    address = voice_address(persona, config)
    return PhraseCache(config.phrase_cache_dir, persona, make_voice, address=address)


async def keep_phrases(config: WorkerConfig, ask: Ask) -> None:
    """Never ends and never raises: a voice that fails is tried again at the next look."""
    kept: set[tuple[object, ...]] = set()
    while True:
        try:
            async with aiohttp.ClientSession() as http:
                for each in await ask():
                    await _keep(each, config, http, kept)
        except Exception as error:
            logger.warning("fixed phrases cannot be kept ready: %s", type(error).__name__)
        await asyncio.sleep(LOOK_EVERY_S)


async def _keep(
    answering: AnsweringPersona,
    config: WorkerConfig,
    http: aiohttp.ClientSession,
    kept: set[tuple[object, ...]],
) -> None:
    persona = answering.persona
    texts = kept_phrases(persona.language, plain(persona.greeting), hands_over=answering.hands_over)
    voice = (persona.voice_provider, persona.voice_model, persona.voice_id)
    key = (*voice, persona.language, *texts)
    if key in kept:
        return
    if await phrase_cache(persona, config, http).keep(texts, pause_s=PAUSE_S):
        kept.add(key)
    else:
        logger.warning("the fixed phrases of a persona could not all be synthesised")
