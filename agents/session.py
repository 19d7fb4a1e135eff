"""Builds the AgentSession for a persona: half-cascade, turn-taking on the client."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import aiohttp
from livekit.agents import AgentSession, llm
from livekit.agents.voice.agent_session import SessionConnectOptions
from livekit.agents.voice.room_io import RoomOptions

from agents.config import WorkerConfig
from agents.providers.registry import build_realtime, build_voice
from agents.turn_taking import options
from telephony.contracts import PersonaSpec

# A tool's answer may lead to another tool; past this the model must speak.
MAX_TOOL_STEPS = 3
# To a model that asks for the same thing again while it is under way.
STILL_RUNNING = (
    '{{"ok": false, "error": "still_running", "message": '
    '"This is under way already. Its result comes by itself; do not ask for it again."}}'
)
# What too many failures lead to is decided in behaviors/provider_errors.py, where it has a name.
MAX_ERRORS = 1_000


def build_session(
    persona: PersonaSpec,
    config: WorkerConfig,
    http: aiohttp.ClientSession | None = None,
    wrap: Callable[[llm.RealtimeModel], llm.RealtimeModel] = lambda model: model,
) -> AgentSession[Any]:
    """Return a session that is not started. ``wrap`` may put itself around the model.

    Raises ConfigError.
    """
    return AgentSession(
        llm=wrap(build_realtime(persona, config, http)),
        tts=build_voice(persona, config, http),
        vad=None,  # the floor hears for itself, or the model's server does
        turn_handling=options.turn_handling(persona.turn_taking),
        max_tool_steps=MAX_TOOL_STEPS,
        tool_handling={"async_options": {"duplicate_reject_template": STILL_RUNNING}},
        use_tts_aligned_transcript=True,
        tts_text_transforms=None,  # receptionist.py cleans the text, for the transcript as well
        # The default sends 3 s of silence to the model when a caller speaks into the greeting.
        aec_warmup_duration=None,
        conn_options=SessionConnectOptions(max_unrecoverable_errors=MAX_ERRORS),
        user_away_timeout=None,
    )


def room_options(caller_identity: str) -> RoomOptions:
    """Listen to the caller alone; the worker itself decides when the call is over."""
    return RoomOptions(
        participant_identity=caller_identity,
        audio_input=options.audio_input(),
        audio_output=False,  # turn_taking/playout.py
        video_input=False,
        # Text from the room would be a second mouth of the caller, and there is nobody to use it.
        text_input=False,
        text_output=False,  # turn_taking/heard_text.py
        close_on_disconnect=False,
        delete_room_on_close=False,
    )
