"""What a test may turn: delays and faults, by documented names, typed and validated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

FAULT_PATTERN = re.compile(r"off|always|next ([1-9]\d{0,5})")


class SettingsError(ValueError):
    """A setting that is unknown, of the wrong type or out of range; the message names it."""


@dataclass(frozen=True)
class Setting:
    """One documented setting; ``minimum`` and ``maximum`` hold for numbers."""

    default: int | float | str
    kind: Literal["ms", "number", "fault", "choice"]
    about: str
    minimum: float = 0
    maximum: float = 60_000
    choices: tuple[str, ...] = ()


def _fault(about: str) -> Setting:
    return Setting("off", "fault", about)


SETTINGS: dict[str, Setting] = {
    "transcription_delay_ms": Setting(
        150, "ms", "from the commit of the caller's audio to its transcript"
    ),
    "first_token_delay_ms": Setting(
        200, "ms", "from response.create to the first text delta or function call"
    ),
    "tokens_per_second": Setting(60, "number", "pace of the text deltas", 0.5, 100_000),
    "tts_first_chunk_delay_ms": Setting(90, "ms", "from the first transcript to the first audio"),
    "tts_realtime_factor": Setting(
        4, "number", "audio is sent this many times faster than it plays", 0.5, 1000
    ),
    "tts_word_times": Setting(
        "on",
        "choice",
        "whether words' timestamps are sent to those who ask for them; the real service has none "
        "for some pairs of a model and a language",
        choices=("on", "off"),
    ),
    "realtime_drop_socket": _fault("abort the realtime connection (see _moment)"),
    "realtime_drop_socket_moment": Setting(
        "on_commit",
        "choice",
        "when realtime_drop_socket strikes: at input_audio_buffer.commit (before its "
        "acknowledgement) or after half of a response's text",
        choices=("on_commit", "mid_response"),
    ),
    "realtime_stall": _fault("stand still (see _moment)"),
    "realtime_stall_moment": Setting(
        "on_create",
        "choice",
        "when realtime_stall strikes: response.create is accepted and never answered, or after "
        "half of a response's text nothing more comes until it is cancelled",
        choices=("on_create", "mid_response"),
    ),
    "realtime_insufficient_quota": _fault(
        "answer response.create with the fatal error insufficient_quota and close"
    ),
    "realtime_failed_response": _fault("response.created, then response.done with status failed"),
    "realtime_leak_control_tokens": _fault("text contains the control token <|audio_text|>"),
    "realtime_reject_connect": _fault("refuse the websocket upgrade (see _status)"),
    "realtime_reject_connect_status": Setting(
        "503", "choice", "HTTP status of realtime_reject_connect", choices=("401", "503")
    ),
    "transcription_fail": _fault("input_audio_transcription.failed in place of the transcript"),
    "transcription_reject_connect": _fault("refuse a transcription session's upgrade: HTTP 503"),
    "transcription_drop_socket": _fault("abort a transcription session as audio comes"),
    "transcription_stall": _fault("a transcription session takes audio and tells no words"),
    "tts_error": _fault("an error frame (or HTTP 500) in place of audio"),
    "tts_silence": _fault("audio of the right length with nothing in it"),
    "tts_stall": _fault("accept text and never send anything"),
    "tts_drop_socket": _fault("abort the connection after the first chunk of audio"),
}


class Settings:
    """The values in force. One per process; read at the moment of use, so a change acts at once."""

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}
        self.reset()

    def reset(self) -> None:
        """Put every setting back to its default."""
        self._values = {name: setting.default for name, setting in SETTINGS.items()}

    def as_dict(self) -> dict[str, Any]:
        """All values by name; a spent "next N" reads "off"."""
        return dict(self._values)

    def update(self, changes: object) -> None:
        """Apply a JSON object of changes, all or none.

        Raises SettingsError when a name is unknown or a value has the wrong type or range.
        """
        if not isinstance(changes, dict):
            raise SettingsError("the body must be a JSON object of setting names and values")
        for name, value in changes.items():
            _check(name, value)
        self._values.update(changes)

    def seconds(self, name: str) -> float:
        """A delay (``*_ms``) in seconds."""
        return float(self._values[name]) / 1000

    def number(self, name: str) -> float:
        """A number setting."""
        return float(self._values[name])

    def text(self, name: str) -> str:
        """A choice setting."""
        return str(self._values[name])

    def strikes(self, fault: str) -> bool:
        """Say whether the fault happens now, and count it down when it is "next N"."""
        value = str(self._values[fault])
        if value == "off":
            return False
        if value == "always":
            return True
        left = int(value.removeprefix("next ")) - 1
        self._values[fault] = f"next {left}" if left else "off"
        return True

    def strikes_at(self, fault: str, moment: str) -> bool:
        """The same for a fault with a moment: say whether it happens now, at ``moment``."""
        return self.text(f"{fault}_moment") == moment and self.strikes(fault)


def documentation() -> dict[str, Any]:
    """Every setting with its type, default and meaning, ready for JSON."""
    pages: dict[str, Any] = {}
    for name, setting in SETTINGS.items():
        page: dict[str, Any] = {"default": setting.default, "about": setting.about}
        if setting.kind == "fault":
            page["type"] = 'fault: "off", "always" or "next N" (the next N times)'
        elif setting.kind == "choice":
            page["type"] = " or ".join(f'"{choice}"' for choice in setting.choices)
        else:
            unit = ", milliseconds" if setting.kind == "ms" else ""
            page["type"] = f"number{unit}, {setting.minimum:g} to {setting.maximum:g}"
        pages[name] = page
    return pages


def _check(name: object, value: object) -> None:
    setting = SETTINGS.get(name) if isinstance(name, str) else None
    if setting is None:
        raise SettingsError(f"unknown setting {name!r}; GET the control page for the names")
    if setting.kind == "fault":
        if not isinstance(value, str) or FAULT_PATTERN.fullmatch(value) is None:
            raise SettingsError(f'{name} must be "off", "always" or "next N", not {value!r}')
    elif setting.kind == "choice":
        if value not in setting.choices:
            raise SettingsError(f"{name} must be one of {', '.join(setting.choices)}")
    # bool is an int in Python, and NaN compares false with everything: both are refused here.
    elif isinstance(value, bool) or not isinstance(value, int | float):
        raise SettingsError(f"{name} must be a number, not {value!r}")
    elif not setting.minimum <= value <= setting.maximum:
        raise SettingsError(f"{name} must be from {setting.minimum:g} to {setting.maximum:g}")
