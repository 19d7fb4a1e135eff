"""OpenAI Realtime in text modality: it hears and thinks, another provider speaks.

``InputWatch`` turns the raw wire events that livekit-agents exposes into two facts the framework
does not give: when the server committed the caller's turn, and which conversation item it became.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import aiohttp
from livekit.agents import APIConnectOptions, APIError, llm
from livekit.agents.llm.realtime import RealtimeModelError
from livekit.plugins import openai
from openai.types.realtime import AudioTranscription
from openai.types.realtime.realtime_audio_input_turn_detection import ServerVad
from openai.types.realtime.realtime_truncation_retention_ratio import (
    RealtimeTruncationRetentionRatio,
    TokenLimits,
)

from agents.config import MOST_TOKENS, STT_MODEL, WorkerConfig
from agents.providers.openai_http import OPENAI
from telephony.contracts import PersonaSpec
from telephony.enums import TurnDetection

LOGPROBS = "item.input_audio_transcription.logprobs"
# OpenAI ends a session after 60 minutes: it is renewed before, while nobody speaks.
MAX_SESSION_S = 2_700.0
KEPT_RATIO = 0.67
# A caller waits: give up after about ten seconds of a dead connection, not after half a minute.
CONNECTION = APIConnectOptions(max_retry=3, retry_interval=1.0, timeout=5.0)


def build(
    persona: PersonaSpec, config: WorkerConfig, session: aiohttp.ClientSession | None = None
) -> llm.RealtimeModel:
    """Return the model; it connects when a session starts."""
    spec = persona.turn_taking
    server_vad = ServerVad(
        type="server_vad",
        threshold=spec.vad_activation,
        silence_duration_ms=spec.min_endpointing_ms,
        create_response=True,
        interrupt_response=True,
    )
    return SureModel(
        model=persona.realtime_model,
        modalities=["text"],
        # None, not absent: only then does the client decide, see turn_taking/options.py.
        turn_detection=server_vad if spec.turn_detection is TurnDetection.REALTIME_LLM else None,
        input_audio_transcription=AudioTranscription(
            model=STT_MODEL, language=persona.language.split("-")[0]
        ),
        api_key=config.openai_api_key,
        base_url=config.openai_base_url or OPENAI,
        http_session=session,
        conn_options=CONNECTION,
        # The plugin's own renewal sends what came meanwhile twice; steady_session.py renews.
        max_session_duration=None,
        truncation=RealtimeTruncationRetentionRatio(
            type="retention_ratio",
            retention_ratio=KEPT_RATIO,
            token_limits=TokenLimits(post_instructions=MOST_TOKENS),
        ),
    )


class SureModel(openai.realtime.RealtimeModel):
    """Asks the server how sure it is of a caller's words: the plugin reads it and never asks.

    Not every transcription model tells.
    """

    @property
    def renewed_after_s(self) -> float:
        """How old a connection may become."""
        return MAX_SESSION_S

    def session(self, *, turn_detection_disabled: bool = False) -> openai.realtime.RealtimeSession:
        session = super().session(turn_detection_disabled=turn_detection_disabled)

        def ask(*_: object) -> None:
            session.send_event(
                {"type": "session.update", "session": {"type": "realtime", "include": [LOGPROBS]}}
            )

        ask()
        session.on("session_reconnected", ask)
        return session


def is_failed_response(error: object) -> bool:
    """Tell a response that ended as failed from other errors of the connection: its caller gets no
    reply, while a dropped socket fails the pending reply's own future as well.
    """
    return isinstance(error, APIError) and "response failed" in error.message


def broken_off(label: str) -> RealtimeModelError:
    """The same of one whose connection was lost: the framework saw it end, as if it were whole."""
    error = APIError("response failed: its connection was lost", retryable=True)
    return RealtimeModelError(timestamp=time.time(), label=label, error=error, recoverable=True)


class InputWatch:
    """Watches one RealtimeSession. Callbacks take seconds since the epoch and item ids."""

    def __init__(
        self,
        session: llm.RealtimeSession[Any],
        *,
        on_commit: Callable[[float], None],
        on_item: Callable[[str], None],
    ) -> None:
        self._on_commit = on_commit
        self._on_item = on_item
        self._seen: set[str] = set()
        session.on("openai_server_event_received", self._server_event)

    def _server_event(self, event: dict[str, Any]) -> None:
        kind = event.get("type")
        if kind == "input_audio_buffer.committed":
            self._on_commit(time.time())
            self._item(event.get("item_id"))
        elif kind == "conversation.item.added":
            item = event.get("item") or {}
            parts = item.get("content") or []
            if item.get("role") == "user" and any(p.get("type") == "input_audio" for p in parts):
                self._item(item.get("id"))

    def _item(self, item_id: object) -> None:
        if isinstance(item_id, str) and item_id and item_id not in self._seen:
            self._seen.add(item_id)
            self._on_item(item_id)
