"""TurnTakingSpec -> livekit-agents' options, for a telephone line.

The worker decides, not the model's server: with server VAD every sound cuts the agent off, and
neither endpointing nor interruption options hold. Nor does the framework decide: without words it
takes every sound for an interruption. So it runs in manual mode, and floor.py has the floor.
"""

from __future__ import annotations

from livekit.agents import TurnHandlingOptions
from livekit.agents.voice.room_io import AudioInputOptions

from telephony.contracts import TurnTakingSpec
from telephony.enums import TurnDetection

INPUT_FRAME_MS = 20


def turn_handling(spec: TurnTakingSpec) -> TurnHandlingOptions:
    """Always explicit: left out, livekit-agents may choose a hosted detector."""
    if spec.turn_detection is TurnDetection.REALTIME_LLM:
        return TurnHandlingOptions(turn_detection="realtime_llm")
    return TurnHandlingOptions(
        turn_detection="manual",
        interruption={
            "enabled": True,
            "mode": "vad",
            # What the caller says over a notice is kept; the floor hears it either way.
            "discard_audio_if_uninterruptible": False,
            "resume_false_interruption": False,
        },
        preemptive_generation={"enabled": False},
    )


def audio_input() -> AudioInputOptions:
    """20 ms frames save up to 40 ms a reply; gain control would hide the line's real levels."""
    return AudioInputOptions(
        frame_size_ms=INPUT_FRAME_MS, auto_gain_control=False, pre_connect_audio=False
    )
