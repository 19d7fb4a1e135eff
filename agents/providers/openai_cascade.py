"""A cascade of OpenAI-compatible servers, each by its base URL: speech to text, and a chat model.

OpenAI itself by default; in the house a whisper server (``CASCADE_STT_*``) and a llama.cpp server
(``CASCADE_LLM_*``). The persona's model is the chat model's name.
"""

from __future__ import annotations

from typing import Any

import aiohttp
from livekit.agents import inference, llm, stt
from livekit.plugins import openai
from openai import AsyncClient

from agents.config import WorkerConfig
from agents.providers.cascade_model import CascadeModel
from agents.providers.openai_http import Server, client, server
from telephony.contracts import PersonaSpec

PAUSE_S = 0.4


def build(
    persona: PersonaSpec, config: WorkerConfig, session: aiohttp.ClientSession | None = None
) -> llm.RealtimeModel:
    """Return the model; it connects when a session starts."""
    del session  # the library of these protocols brings its own
    ears_at = _ears_at(config)
    mind_at = server(config, config.cascade_llm_base_url, config.cascade_llm_api_key)
    clients = {each: client(each) for each in {ears_at, mind_at}}
    return CascadeModel(
        _ears(persona, config, clients[ears_at]),
        openai.LLM(model=persona.realtime_model, client=clients[mind_at]),
        clients.values(),
        most_tokens=config.cascade_llm_most_tokens,
    )


def build_ears(persona: PersonaSpec, config: WorkerConfig) -> stt.STT[Any]:
    """The ears alone, in a stream of their own: pauses part what is said."""
    ears = _ears(persona, config, client(_ears_at(config)))
    return stt.StreamAdapter(stt=ears, vad=inference.VAD(min_silence_duration=PAUSE_S))


def _ears_at(config: WorkerConfig) -> Server:
    return server(config, config.cascade_stt_base_url, config.cascade_stt_api_key)


def _ears(persona: PersonaSpec, config: WorkerConfig, through: AsyncClient) -> openai.STT:
    return openai.STT(
        model=config.cascade_stt_model,
        language=persona.language.split("-")[0],
        client=through,
    )
