"""The ``session`` object of a realtime session: defaults, and what session.update may change."""

from __future__ import annotations

import copy
from typing import Any

from deploy.local.providers.conversation import ProtocolError

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


class SessionConfig:
    """The configuration in force; ``wire`` is what session.created and session.updated show."""

    def __init__(self, model: str, session_id: str) -> None:
        self.wire = {**copy.deepcopy(_DEFAULTS), "model": model, "id": session_id}

    @property
    def instructions(self) -> str:
        """The system prompt."""
        return str(self.wire["instructions"] or "")

    @property
    def input(self) -> dict[str, Any]:
        """audio.input: format, transcription, turn_detection."""
        found: dict[str, Any] = self.wire["audio"]["input"]
        return found

    def update(self, changes: object) -> None:
        """Merge the ``session`` of a session.update. Raises ProtocolError; then nothing changed."""
        if not isinstance(changes, dict):
            raise _invalid("session", "Missing required parameter: 'session'.")
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
        _check(merged)
        self.wire = merged


def _merge(into: dict[str, Any], changes: dict[str, Any]) -> None:
    # Two levels only: input and output. What they hold (a format, a turn detection) is replaced.
    for side in ("input", "output"):
        if isinstance(changes.get(side), dict):
            into[side].update(changes[side])


def _check(session: dict[str, Any]) -> None:
    if session["output_modalities"] not in (["text"], ["audio"]):
        raise _invalid(
            "session.output_modalities", "Supported combinations are: ['text'] and ['audio']."
        )
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
    tools = session["tools"]
    if not isinstance(tools, list) or not all(
        isinstance(tool, dict) and isinstance(tool.get("name"), str) for tool in tools
    ):
        raise _invalid("session.tools", "Each tool needs a name.")


def _invalid(param: str, message: str) -> ProtocolError:
    return ProtocolError(f"Invalid '{param}'. {message}", code="invalid_value", param=param)
