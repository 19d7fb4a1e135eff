"""A transcription-only realtime session: it hears, writes down, and never answers."""

from __future__ import annotations

from typing import Any

from deploy.local.providers.realtime_input import TRANSCRIPTION
from deploy.local.providers.realtime_session import RealtimeSession
from deploy.local.providers.session_config import TranscriptionConfig

# Of a realtime session's events, what such a session takes too.
_TAKEN = (
    "session.update",
    "input_audio_buffer.append",
    "input_audio_buffer.commit",
    "input_audio_buffer.clear",
    "conversation.item.retrieve",
)


class TranscriptionSession(RealtimeSession):
    """What ``/v1/realtime?intent=transcription`` opens."""

    def __init__(self, *, config: TranscriptionConfig, **rest: Any) -> None:
        super().__init__(config=config, **rest)
        self._transcription_config = config
        self._handlers = {name: self._handlers[name] for name in _TAKEN}
        self._handlers["transcription_session.update"] = self._beta_update

    async def _beta_update(self, event: dict[str, Any]) -> None:
        before = dict(self._config.input)
        self._transcription_config.update_beta(event.get("session"))
        if self._config.input != before:
            self._input.configure()
        await self._send("transcription_session.updated", session=self._config.wire)

    async def _append(self, event: dict[str, Any]) -> None:
        if self._settings.strikes("transcription_drop_socket"):
            self._drop()
            return
        await super()._append(event)

    async def _send(self, kind: str, **fields: Any) -> None:
        if kind.startswith(TRANSCRIPTION) and self._settings.strikes("transcription_stall"):
            return
        await super()._send(kind, **fields)

    async def _speech_started(self) -> None:
        """Nothing is being said that speech could interrupt."""

    async def _turn_ended(self) -> None:
        """A turn is written down; nobody answers it."""
