"""Settings of the process, read once from the environment; a wrong one stops the start."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path


class SettingsError(Exception):
    """A setting is missing or cannot be read; the message says which, never a secret's value."""


@dataclasses.dataclass(frozen=True)
class Settings:
    """``rtp_ports`` are even and odd alike; unanswered_calls is what strangers get."""

    livekit_url: str
    api_key: str
    api_secret: str = dataclasses.field(repr=False)
    host: str
    sip_port: int
    http_port: int
    rtp_ports: range
    state_path: Path | None
    media_timeout_s: float = 30.0
    drop_unknown: bool = False

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> Settings:
        """Raises SettingsError."""
        for name in ("LIVEKIT_URL", "LIVEKIT_API_KEY", "LIVEKIT_API_SECRET"):
            if not env.get(name):
                raise SettingsError(f"{name} is not set")
        unknown = env.get("SIPBRIDGE_UNKNOWN_CALLS", "refuse")
        if unknown not in ("refuse", "drop"):
            raise SettingsError("SIPBRIDGE_UNKNOWN_CALLS must be refuse or drop")
        state = env.get("SIPBRIDGE_STATE", "")
        return cls(
            livekit_url=env["LIVEKIT_URL"],
            api_key=env["LIVEKIT_API_KEY"],
            api_secret=env["LIVEKIT_API_SECRET"],
            host=env.get("SIPBRIDGE_HOST") or "127.0.0.1",
            sip_port=_port(env, "SIPBRIDGE_SIP_PORT", "5060"),
            http_port=_port(env, "SIPBRIDGE_HTTP_PORT", "7890"),
            rtp_ports=_port_range(env.get("SIPBRIDGE_RTP_PORTS") or "20000-20199"),
            state_path=Path(state) if state else None,
            media_timeout_s=_seconds(env, "SIPBRIDGE_MEDIA_TIMEOUT_S", "30"),
            drop_unknown=unknown == "drop",
        )


def _port(env: Mapping[str, str], name: str, default: str) -> int:
    text = env.get(name) or default
    if not text.isdigit() or int(text) > 65535:
        raise SettingsError(f"{name} must be a port number, not {text!r}")
    return int(text)


def _port_range(text: str) -> range:
    first, _, last = text.partition("-")
    if not (first.isdigit() and last.isdigit() and 0 < int(first) <= int(last) <= 65535):
        raise SettingsError(f"SIPBRIDGE_RTP_PORTS must be FIRST-LAST, not {text!r}")
    return range(int(first), int(last) + 1)


def _seconds(env: Mapping[str, str], name: str, default: str) -> float:
    try:
        return float(env.get(name) or default)
    except ValueError:
        raise SettingsError(f"{name} must be a number of seconds") from None
