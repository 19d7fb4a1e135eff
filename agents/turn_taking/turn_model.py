"""Wraps a realtime model, so that each session the framework opens with it is a TurnSession."""

from __future__ import annotations

from collections.abc import Callable

from livekit.agents import llm

from agents.turn_taking.turn_session import TurnSession


class TurnModel(llm.RealtimeModel):
    """Wraps any realtime model. ``on_session`` gets each session when the framework opens it."""

    def __init__(self, inner: llm.RealtimeModel, on_session: Callable[[TurnSession], None]) -> None:
        super().__init__(capabilities=inner.capabilities)
        self._label = inner.label
        self._inner = inner
        self._on_session = on_session

    @property
    def model(self) -> str:
        return self._inner.model

    @property
    def provider(self) -> str:
        return self._inner.provider

    def session(self, *, turn_detection_disabled: bool = False) -> TurnSession:
        del turn_detection_disabled  # built without server-side turn detection
        session = TurnSession(self, self._inner.session())
        self._on_session(session)
        return session

    async def aclose(self) -> None:
        await self._inner.aclose()
