"""Finds a provider by its enum name, and refuses a model that would speak with its own voice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import aiohttp
from livekit.agents import llm, tts

from agents.config import ConfigError, WorkerConfig
from agents.providers import cartesia, openai_cascade, openai_realtime, openai_tts
from agents.providers.steady_model import SteadyModel
from telephony.contracts import PersonaSpec
from telephony.enums import RealtimeProvider, TurnDetection, VoiceProvider

Session = aiohttp.ClientSession | None

REALTIME: Mapping[
    RealtimeProvider, Callable[[PersonaSpec, WorkerConfig, Session], llm.RealtimeModel]
] = {
    RealtimeProvider.OPENAI_REALTIME: openai_realtime.build,
    RealtimeProvider.OPENAI_CASCADE: openai_cascade.build,
}

VOICES: Mapping[VoiceProvider, Callable[[PersonaSpec, WorkerConfig, Session], tts.TTS[Any]]] = {
    VoiceProvider.CARTESIA: cartesia.build,
    VoiceProvider.OPENAI_TTS: openai_tts.build,
}
# Whose server can say when the caller has finished.
TAKES_TURNS = frozenset({RealtimeProvider.OPENAI_REALTIME})


def feasible(persona: PersonaSpec) -> PersonaSpec:
    """The worker takes the turns, whatever the persona wants, where the model's server cannot."""
    if persona.realtime_provider in TAKES_TURNS:
        return persona
    turn_taking = replace(persona.turn_taking, turn_detection=TurnDetection.CLIENT)
    return replace(persona, turn_taking=turn_taking)


def build_realtime(
    persona: PersonaSpec, config: WorkerConfig, session: Session = None
) -> llm.RealtimeModel:
    """Raises ConfigError for a model that would answer with its own audio."""
    models = [
        REALTIME[persona.realtime_provider](persona, each, session)
        for each in (config, _second(config))
    ]
    for model in models:
        ensure_half_cascade(model)
    return SteadyModel(models, independent=bool(config.fallback_openai_api_key))


def build_voice(
    persona: PersonaSpec, config: WorkerConfig, session: Session = None
) -> tts.TTS[Any]:
    return VOICES[persona.voice_provider](persona, config, session)


def voice_address(persona: PersonaSpec, config: WorkerConfig) -> str:
    """Where the voice is asked; empty for the provider's own place."""
    if persona.voice_provider is VoiceProvider.CARTESIA:
        return config.cartesia_base_url
    return config.cascade_tts_base_url or config.openai_base_url


def build_voices(
    persona: PersonaSpec, config: WorkerConfig, session: Session = None
) -> list[tts.TTS[Any]]:
    """The persona's voice, and the one to go on with when it fails, if the settings name one."""
    voices = [build_voice(persona, config, session)]
    spare = _spare(persona, config)
    if spare is not None:
        other = replace(
            config,
            cartesia_api_key=config.fallback_cartesia_api_key,
            cartesia_base_url=config.fallback_cartesia_base_url,
        )
        voices.append(VOICES[VoiceProvider.CARTESIA](spare, other, session))
    return voices


def _spare(persona: PersonaSpec, config: WorkerConfig) -> PersonaSpec | None:
    """The persona with the spare voice. Cartesia knows no other provider's models and voices."""
    if not config.fallback_cartesia_api_key:
        return None
    if persona.voice_provider is VoiceProvider.CARTESIA:
        return replace(persona, voice_id=config.fallback_voice_id or persona.voice_id)
    if not config.fallback_voice_id:
        return None
    return replace(
        persona,
        voice_provider=VoiceProvider.CARTESIA,
        voice_model=config.fallback_voice_model,
        voice_id=config.fallback_voice_id,
    )


def _second(config: WorkerConfig) -> WorkerConfig:
    """The settings to go on with when the first connection fails: others, or the same again."""
    if not config.fallback_openai_api_key:
        return config
    return replace(
        config,
        openai_api_key=config.fallback_openai_api_key,
        openai_base_url=config.fallback_openai_base_url,
    )


def ensure_half_cascade(model: llm.RealtimeModel) -> None:
    """The model must write text and nothing else; the voice is another provider's."""
    if model.capabilities.audio_output:
        raise ConfigError(
            f"The realtime model {model.model!r} would speak with its own voice. "
            'Build it with modalities=["text"].'
        )


def check(config: WorkerConfig) -> None:
    """Build each provider once, without connecting. Raises ConfigError. Run before any call."""
    for realtime in REALTIME:
        for voice in VOICES:
            persona = PersonaSpec(
                name="start-up check",
                version=0,
                instructions="",
                greeting="",
                language="en",
                realtime_provider=realtime,
                realtime_model="gpt-realtime",
                voice_provider=voice,
                voice_model="sonic-3",
                voice_id="start-up-check",
            )
            build_realtime(persona, config)
            build_voice(persona, config)
