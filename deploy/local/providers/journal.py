"""What the stand-ins were asked and did lately, for test assertions. Text and counts, no audio."""

from __future__ import annotations

import itertools
import time
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any, Literal

# A connection of the Realtime API that talks, or one that only writes down; a request that uploads
# audio, or asks for a chat completion; anything that speaks.
Kind = Literal["realtime", "transcription", "upload", "chat", "tts"]
_KEPT_SESSIONS = 200
_KEPT_GIVEN = 60
# What a client tells the model in words: its prompt, its tools, their results.
_GIVEN = ("session.update", "conversation.item.create", "response.create", "chat.completions")


@dataclass
class SessionRecord:
    """One connection, from its opening to its close. Times are Unix seconds."""

    id: int
    kind: Kind
    opened_at: float
    closed_at: float | None = None
    client_events: Counter[str] = field(default_factory=Counter)
    heard: list[str] = field(default_factory=list)
    responses: list[dict[str, Any]] = field(default_factory=list)
    tool_calls: list[dict[str, str]] = field(default_factory=list)
    spoken: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    given: deque[str] = field(default_factory=lambda: deque(maxlen=_KEPT_GIVEN))

    def took(self, kind: str, data: str) -> None:
        """Note a client's event; ``data`` is its JSON, kept when the model would read it."""
        self.client_events[kind] += 1
        if kind in _GIVEN:
            self.given.append(data)

    def close(self) -> None:
        """Note the time of the end, once."""
        self.closed_at = self.closed_at or time.time()

    def as_dict(self) -> dict[str, Any]:
        """The record, ready for JSON."""
        return {
            **vars(self),
            "client_events": dict(self.client_events),
            "given": list(self.given),
        }


class Journal:
    """The last 200 sessions, oldest first."""

    def __init__(self) -> None:
        self._sessions: deque[SessionRecord] = deque(maxlen=_KEPT_SESSIONS)
        self._ids = itertools.count(1)

    def open(self, kind: Kind) -> SessionRecord:
        """Start the record of one connection."""
        record = SessionRecord(next(self._ids), kind, time.time())
        self._sessions.append(record)
        return record

    def clear(self) -> None:
        """Forget the ended sessions; those still open stay."""
        running = [session for session in self._sessions if session.closed_at is None]
        self._sessions = deque(running, maxlen=_KEPT_SESSIONS)

    def as_list(self) -> list[dict[str, Any]]:
        """All records, ready for JSON."""
        return [session.as_dict() for session in self._sessions]
