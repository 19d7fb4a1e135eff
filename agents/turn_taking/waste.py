"""What drafts cost that were thrown away: the model's server charges for them all the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from livekit.agents import llm
from livekit.agents.metrics import RealtimeModelMetrics


class Waste:
    """``tell`` gets the tokens of each thrown-away draft, once they are known."""

    def __init__(self, session: llm.RealtimeSession[Any], tell: Callable[[int], None]) -> None:
        self._tell = tell
        self._thrown_away: set[str] = set()
        self._unborn = 0  # thrown away before the server named them
        self._named: set[str] = set()
        self._last_spent: tuple[str, int] = ("", 0)  # the reply that ended last, and its tokens
        session.on("generation_created", self._created)
        session.on("metrics_collected", self._metrics)
        session.on("openai_server_event_received", self._server_event)

    def thrown_away(self, response_id: str | None) -> None:
        if response_id is None:
            self._unborn += 1
        elif response_id == self._last_spent[0]:
            self._tell(self._last_spent[1])  # it had been written to its end
        else:
            self._thrown_away.add(response_id)

    def _created(self, event: llm.GenerationCreatedEvent) -> None:
        if event.response_id is not None:
            self._named.add(event.response_id)

    def _metrics(self, metrics: Any) -> None:
        if not isinstance(metrics, RealtimeModelMetrics):
            return
        if metrics.request_id in self._thrown_away:
            self._thrown_away.remove(metrics.request_id)
            self._tell(metrics.total_tokens)
        elif self._unborn and metrics.cancelled and metrics.request_id not in self._named:
            self._unborn -= 1
            self._tell(metrics.total_tokens)
        else:
            self._last_spent = (metrics.request_id, metrics.total_tokens)

    def _server_event(self, event: dict[str, Any]) -> None:
        """The framework is silent about a reply that it gave up before it began."""
        if event.get("type") != "response.done" or not self._unborn:
            return
        response = event.get("response") or {}
        if response.get("id") not in self._named:
            self._unborn -= 1
            self._tell((response.get("usage") or {}).get("total_tokens") or 0)
