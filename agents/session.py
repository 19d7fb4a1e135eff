"""Builds the AgentSession for a persona: half-cascade, turn-taking on the client."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
from livekit.agents import AgentSession, APIConnectOptions, vad
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.agents.voice.room_io import RoomOptions, TextOutputOptions

from agents.config import WorkerConfig
from agents.providers.registry import build_realtime, build_voice
from agents.turn_taking import options
from telephony.contracts import PersonaSpec

# A tool's answer may lead to another tool; past this the model must speak.
MAX_TOOL_STEPS = 3
PUBLISH_TIMEOUT_S = 10.0
SUBSCRIBE_WAIT_S = 0.4
# The defaults leave a caller in silence for half a minute before a dead voice is given up.
VOICE_CONNECTION = APIConnectOptions(max_retry=1, retry_interval=0.3, timeout=4.0)


def build_session(
    persona: PersonaSpec,
    config: WorkerConfig,
    voice_activity: vad.VAD,
    http: aiohttp.ClientSession | None = None,
) -> AgentSession[Any]:
    """Return a session that is not started. Raises ConfigError."""
    options.tune_vad(voice_activity, persona.turn_taking)
    return AgentSession(
        llm=build_realtime(persona, config, http),
        tts=build_voice(persona, config, http),
        vad=voice_activity,
        turn_handling=options.turn_handling(persona.turn_taking),
        max_tool_steps=MAX_TOOL_STEPS,
        use_tts_aligned_transcript=True,
        tts_text_transforms=None,  # receptionist.py cleans the text, for the transcript as well
        # The default sends 3 s of silence to the model when a caller speaks into the greeting.
        aec_warmup_duration=None,
        conn_options=SessionConnectOptions(tts_conn_options=VOICE_CONNECTION),
        user_away_timeout=None,
    )


async def until_audible(session: AgentSession[Any]) -> None:
    """Wait until the agent's track is published and, briefly, until the caller's leg has it.

    Done before the answer, the greeting need not wait for it afterwards. The second wait is short,
    as a SIP service may subscribe only when the call is answered.
    """
    async with asyncio.timeout(PUBLISH_TIMEOUT_S):
        await session.room_io.wait_for_ready()
    if (subscribed := session.room_io.subscribed_fut) is not None:
        await asyncio.wait({subscribed}, timeout=SUBSCRIBE_WAIT_S)


def room_options(caller_identity: str) -> RoomOptions:
    """Listen to the caller alone; the worker itself decides when the call is over."""
    return RoomOptions(
        participant_identity=caller_identity,
        audio_input=options.audio_input(),
        video_input=False,
        # Text from the room would be a second mouth of the caller, and there is nobody to use it.
        text_input=False,
        # Without it an interrupted turn would keep the text that nobody heard.
        text_output=TextOutputOptions(sync_transcription=True),
        close_on_disconnect=False,
        delete_room_on_close=False,
    )
