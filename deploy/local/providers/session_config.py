"""The ``session`` object of a realtime session: defaults, and what session.update may change."""

from __future__ import annotations

import copy
from typing import Any

from deploy.local.providers.conversation import ProtocolError
from deploy.local.providers.live_transcription import MODELS as LIVE_MODELS

_FORMATS = ("audio/pcm", "audio/pcmu", "audio/pcma")
_VADS = ("server_vad", "semantic_vad")

_DEFAULTS: dict[str, Any] = {
    "type": "realtime",
    "object": "realtime.session",
    "output_modalities": ["audio"],
    "instructions": "",
    "tools": [],
    "tool_choice": "auto",
    "max_output_tokens": "inf",
    "tracing": None,
    "truncation": "auto",
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24000},
            "noise_reduction": None,
            "transcription": None,
            "turn_detection": {
                "type": "server_vad",
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 200,
                "create_response": True,
                "interrupt_response": True,
            },
        },
        "output": {
            "format": {"type": "audio/pcm", "rate": 24000},
            "voice": "marin",
            "speed": 1.0,
        },
    },
}

# A session that only writes down what it hears.
_TRANSCRIPTION_DEFAULTS: dict[str, Any] = {
    "type": "transcription",
    "object": "realtime.transcription_session",
    "include": None,
    "audio": {
        "input": {
            "format": {"type": "audio/pcm", "rate": 24000},
            "noise_reduction": None,
            "transcription": {"model": "gpt-4o-mini-transcribe"},
            "turn_detection": {
                "type": "server_vad",
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 200,
            },
        },
    },
}
# The names of the beta's transcription_session.update, which some clients still send.
_BETA_FORMATS = {"pcm16": "audio/pcm", "g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma"}
_BETA_NAMES = {
    "input_audio_transcription": "transcription",
    "input_audio_noise_reduction": "noise_reduction",
    "turn_detection": "turn_detection",
}


class SessionConfig:
    """The configuration in force; ``wire`` is what session.created and session.updated show."""

    def __init__(self, model: str, session_id: str) -> None:
        self.wire: dict[str, Any] = {
            **copy.deepcopy(_DEFAULTS),
            "model": model,
            "id": session_id,
        }

    @property
    def instructions(self) -> str:
        """The system prompt."""
        return str(self.wire["instructions"] or "")

    @property
    def input(self) -> dict[str, Any]:
        """audio.input: format, transcription, turn_detection."""
        found: dict[str, Any] = self.wire["audio"]["input"]
        return found

    @property
    def is_live(self) -> bool:
        """Words are told while they are said, and only the client ends an utterance."""
        transcription = self.input["transcription"] or {}
        return self.wire["type"] == "transcription" and transcription.get("model") in LIVE_MODELS

    def update(self, changes: object) -> None:
        """Merge the ``session`` of a session.update. Raises ProtocolError; then nothing changed."""
        if not isinstance(changes, dict):
            raise _invalid("session", "Missing required parameter: 'session'.")
        if changes.get("type", self.wire["type"]) != self.wire["type"]:
            raise _invalid("session.type", f"This is a {self.wire['type']} session.")
        merged = copy.deepcopy(self.wire)
        for name, value in changes.items():
            if name not in merged and name not in ("reasoning", "prompt", "include"):
                raise ProtocolError(
                    f"Unknown parameter: 'session.{name}'.",
                    code="unknown_parameter",
                    param=f"session.{name}",
                )
            if name == "audio":
                _merge(merged["audio"], value if isinstance(value, dict) else {})
            elif name not in ("id", "object"):
                merged[name] = value
        self._settle(merged, changes)
        _check(merged)
        self.wire = merged

    def _settle(self, merged: dict[str, Any], changes: dict[str, Any]) -> None:
        """What follows from the changes."""


class TranscriptionConfig(SessionConfig):
    """The configuration of a session opened with ``?intent=transcription``."""

    def __init__(self, session_id: str) -> None:
        self.wire = {**copy.deepcopy(_TRANSCRIPTION_DEFAULTS), "id": session_id}

    @property
    def instructions(self) -> str:
        return ""

    def _settle(self, merged: dict[str, Any], changes: dict[str, Any]) -> None:
        """A live model finds no turns: asked to, it refuses."""
        side = merged["audio"]["input"]
        if (side["transcription"] or {}).get("model") not in LIVE_MODELS:
            return
        asked = (changes.get("audio") or {}).get("input") or {}
        if asked.get("turn_detection") is not None:
            raise _invalid(
                "session.audio.input.turn_detection", "This model takes no turn detection."
            )
        side["turn_detection"] = None

    def update_beta(self, changes: object) -> None:
        """Merge the ``session`` of a transcription_session.update. Raises ProtocolError."""
        if not isinstance(changes, dict):
            raise _invalid("session", "Missing required parameter: 'session'.")
        given = {new: changes[old] for old, new in _BETA_NAMES.items() if old in changes}
        if "input_audio_format" in changes:
            wanted = _BETA_FORMATS.get(str(changes["input_audio_format"]), "")
            given["format"] = {"type": wanted, "rate": 24000 if wanted == "audio/pcm" else 8000}
        include = {"include": changes["include"]} if "include" in changes else {}
        self.update({"audio": {"input": given}, **include})


def _merge(into: dict[str, Any], changes: dict[str, Any]) -> None:
    # Two levels only: input and output. What they hold (a format, a turn detection) is replaced.
    for side in ("input", "output"):
        if side in into and isinstance(changes.get(side), dict):
            into[side].update(changes[side])


def _check(session: dict[str, Any]) -> None:
    if session["type"] == "realtime":
        _check_model(session)
    audio_format = session["audio"]["input"]["format"]
    if not isinstance(audio_format, dict) or audio_format.get("type") not in _FORMATS:
        raise _invalid("session.audio.input.format", f"Supported types are: {', '.join(_FORMATS)}.")
    if audio_format["type"] == "audio/pcm" and audio_format.get("rate") != 24000:
        raise _invalid("session.audio.input.format.rate", "Only 24000 is supported.")
    detection = session["audio"]["input"]["turn_detection"]
    if detection is not None and (
        not isinstance(detection, dict) or detection.get("type") not in _VADS
    ):
        raise _invalid(
            "session.audio.input.turn_detection", f"Supported types are: {', '.join(_VADS)}."
        )


def _check_model(session: dict[str, Any]) -> None:
    if session["output_modalities"] not in (["text"], ["audio"]):
        raise _invalid(
            "session.output_modalities", "Supported combinations are: ['text'] and ['audio']."
        )
    tools = session["tools"]
    if not isinstance(tools, list) or not all(
        isinstance(tool, dict) and isinstance(tool.get("name"), str) for tool in tools
    ):
        raise _invalid("session.tools", "Each tool needs a name.")


def _invalid(param: str, message: str) -> ProtocolError:
    return ProtocolError(f"Invalid '{param}'. {message}", code="invalid_value", param=param)
