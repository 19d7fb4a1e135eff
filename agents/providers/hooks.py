"""Handlers of one session after another: put on together, and taken off together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from livekit.agents import llm


class Hooks:
    """``handlers`` are pairs of an event's name and what is told of it, in this order."""

    def __init__(self, handlers: list[tuple[Any, Callable[..., None]]]) -> None:
        self._handlers = handlers

    def put_on(self, session: llm.RealtimeSession[Any]) -> None:
        for event, handler in self._handlers:
            session.on(event, handler)

    def take_off(self, session: llm.RealtimeSession[Any]) -> None:
        for event, handler in self._handlers:
            session.off(event, handler)
