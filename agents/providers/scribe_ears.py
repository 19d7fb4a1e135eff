"""Ears of the scribe: the provider that hears for the agent, in a transcription-only session, or
a cascade's speech to text."""

from __future__ import annotations

from typing import Any

import aiohttp
from livekit.agents import stt
from livekit.plugins import openai

from agents.config import STT_MODEL, WorkerConfig
from agents.providers import openai_cascade
from agents.providers.openai_http import OPENAI
from telephony.contracts import PersonaSpec
from telephony.enums import RealtimeProvider


def build(
    persona: PersonaSpec, config: WorkerConfig, session: aiohttp.ClientSession | None = None
) -> stt.STT[Any]:
    """A streaming STT; the provider's server finds the utterances, if it can. It connects when it
    streams."""
    if persona.realtime_provider is RealtimeProvider.OPENAI_CASCADE:
        return openai_cascade.build_ears(persona, config)
    ears = openai.STT(
        model=STT_MODEL,
        language=persona.language.split("-")[0],
        api_key=config.openai_api_key,
        base_url=config.openai_base_url or OPENAI,
        use_realtime=True,
        noise_reduction_type="near_field",
    )
    if session is not None:
        ears._session = session  # outside a job there is no session of the framework's
    return ears
