"""A reply that does not come: the model took the turn and says nothing. The call ends by name.

This is the last net, for a model that stalls without any error; a tool at work is not silence.
"""

from __future__ import annotations

import asyncio

from livekit.agents import AgentStateChangedEvent
from livekit.agents.voice.events import ToolExecutionUpdatedEvent

from agents import last_words
from agents.call import LiveCall
from telephony.enums import EndingReason

REPLY_TIMEOUT_S = 12.0


class ReplyWatch:
    """Counts from the end of the caller's turn until the agent is heard."""

    def __init__(self, call: LiveCall) -> None:
        self._call = call
        self._timer: asyncio.TimerHandle | None = None
        call.caller.on_turn.append(self._on_turn)
        call.session.on("agent_state_changed", self._on_state)
        call.session.on("tool_execution_updated", self._on_tool)

    def _on_turn(self, at: float) -> None:
        del at
        self._start()

    def _on_state(self, event: AgentStateChangedEvent) -> None:
        if event.new_state == "speaking":
            self._stop()

    def _on_tool(self, event: ToolExecutionUpdatedEvent) -> None:
        # A tool has its own time-out; the reply to its answer is owed anew.
        if event.update.type == "tool_call_started":
            self._stop()
        elif event.update.type == "tool_call_ended":
            self._start()

    def _start(self) -> None:
        self._stop()
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(REPLY_TIMEOUT_S, self._give_up)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if self._call.caller.speaking:
            return  # the caller went on: the turn that they end is owed a reply of its own
        self._call.end(EndingReason.MODEL_UNAVAILABLE, detail="no reply", words=last_words.NO_MODEL)
