"""TurnTakingSpec -> livekit-agents' options, tuned for a telephone line.

The client decides, not the model's server: with server VAD every sound cuts the agent off, and
neither endpointing nor interruption options hold.
"""

from __future__ import annotations

from typing import Literal

from livekit.agents import TurnHandlingOptions, inference, vad
from livekit.agents.voice.room_io import AudioInputOptions
from livekit.plugins import silero

from telephony.contracts import TurnTakingSpec
from telephony.enums import TurnDetection

TELEPHONE_RATE: Literal[8000] = 8000
# The end-of-turn model needs 250 ms of silence; more would only delay the answer.
MIN_SILENCE_S = 0.25
FALSE_INTERRUPTION_S = 1.0
INPUT_FRAME_MS = 20


def load_vad() -> vad.VAD:
    """Load Silero's 8 kHz model: a telephone line carries nothing above 4 kHz."""
    return silero.VAD.load(sample_rate=TELEPHONE_RATE, min_silence_duration=MIN_SILENCE_S)


def tune_vad(model: vad.VAD, spec: TurnTakingSpec) -> None:
    """Set the persona's threshold on a VAD that was loaded before the persona was known."""
    if isinstance(model, silero.VAD):
        model.update_options(activation_threshold=spec.vad_activation)


def turn_handling(spec: TurnTakingSpec) -> TurnHandlingOptions:
    """Always explicit: left out, livekit-agents may choose a hosted detector."""
    if spec.turn_detection is TurnDetection.REALTIME_LLM:
        return TurnHandlingOptions(turn_detection="realtime_llm")
    return TurnHandlingOptions(
        turn_detection=inference.TurnDetector(version="v1-mini"),
        endpointing={
            "mode": "fixed",
            "min_delay": spec.min_endpointing_ms / 1000,
            "max_delay": spec.max_endpointing_ms / 1000,
        },
        interruption={
            "enabled": True,
            "mode": "vad",
            "min_duration": spec.min_interruption_ms / 1000,
            "resume_false_interruption": True,
            "false_interruption_timeout": FALSE_INTERRUPTION_S,
        },
        preemptive_generation={"enabled": False},
    )


def audio_input() -> AudioInputOptions:
    """20 ms frames save up to 40 ms a reply; gain control would hide the line's real levels."""
    return AudioInputOptions(
        frame_size_ms=INPUT_FRAME_MS, auto_gain_control=False, pre_connect_audio=False
    )
