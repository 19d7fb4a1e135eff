"""When the caller speaks and when their turn is over: what behaviours listen to, whoever decides.

All moments are seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Callable

from livekit.agents import AgentSession, UserStateChangedEvent

Moment = Callable[[float], None]


class CallerSpeech:
    """``on_start`` and ``on_stop`` are told the edges of speech that counts (no cough, no echo);
    ``on_turn`` the moment at which the agent owes a reply. Append to them; order is kept.

    ``spoken_until`` is the end of the speech of the turn taken last, None where it was typed."""

    def __init__(self) -> None:
        self.speaking = False
        # How loud each turn was, dBFS, by its key.
        self.levels: dict[str, float] = {}
        self.last_start: float | None = None
        self.last_stop: float | None = None
        self.spoken_until: float | None = None
        self.on_start: list[Moment] = []
        self.on_stop: list[Moment] = []
        self.on_turn: list[Moment] = []

    def started(self, at: float) -> None:
        self.speaking, self.last_start = True, at
        for tell in self.on_start:
            tell(at)

    def stopped(self, at: float) -> None:
        self.speaking, self.last_stop = False, at
        for tell in self.on_stop:
            tell(at)

    def turn_taken(self, at: float, *, typed: bool = False) -> None:
        self.spoken_until = None if typed else self.last_stop
        for tell in self.on_turn:
            tell(at)

    def follow(self, session: AgentSession[object]) -> None:
        """Take the edges from the framework's own detector."""

        def on_state(event: UserStateChangedEvent) -> None:
            if event.new_state == "speaking":
                self.started(event.created_at)
            elif event.old_state == "speaking":
                self.stopped(event.created_at)

        session.on("user_state_changed", on_state)
