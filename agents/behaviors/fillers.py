"""A tool takes its time: a short sentence beside it, never the same twice in a row.

Where the persona wants none, or later, the caller is told to wait after 4 s all the same.

The model never learns of it, and the tool's answer waits for no more than the sentence to end.
"""

from __future__ import annotations

import asyncio
import logging
import math

from livekit.agents.voice.events import ToolExecutionUpdatedEvent

from agents import fixed_speech
from agents.behaviors.silence import BRIDGE_AFTER_S
from agents.call import LiveCall
from agents.fixed_phrases import BRIDGES, FILLERS
from telephony.enums import BuiltinTool, EventKind

logger = logging.getLogger(__name__)

AGAIN_AFTER_S = 4.0
TICK_S = 0.1


def attach(call: LiveCall) -> None:
    """Watch the session's tools."""
    call.session.on("tool_execution_updated", _Fillers(call).on_tool)


class _Fillers:
    def __init__(self, call: LiveCall) -> None:
        self._call = call
        self._after_s = call.plan.persona.turn_taking.filler_after_ms / 1000 or math.inf
        # Its goodbye is being said while it runs.
        self._silent = {
            tool.name for tool in call.plan.persona.tools if tool.builtin is BuiltinTool.END_CALL
        }
        self._running: dict[str, str] = {}
        self._count = self._bridges = 0
        self._task: asyncio.Task[None] | None = None

    def on_tool(self, event: ToolExecutionUpdatedEvent) -> None:
        update = event.update
        if update.type == "tool_call_started":
            if update.function_call.name in self._silent:
                return
            self._running[update.function_call.call_id] = update.function_call.name
            if self._task is None or self._task.done():
                self._task = self._call.spawn(self._fill(), "fillers")
        elif update.type == "tool_call_ended":
            self._running.pop(update.call_id, None)
            if not self._running and self._task is not None:
                self._task.cancel()

    async def _fill(self) -> None:
        """Cancelled when no tool runs any more; a sentence that has begun is heard to its end."""
        wait_s = min(self._after_s, BRIDGE_AFTER_S)
        began = quiet_since = self._call.clock.now()
        while True:
            await asyncio.sleep(TICK_S)
            now = self._call.clock.now()
            if (
                self._call.held
                or self._call.caller.speaking
                or self._call.session.agent_state == "speaking"
            ):
                quiet_since = now
            elif now - quiet_since >= wait_s:
                if now - began >= self._after_s:
                    self._filler()
                else:
                    self._bridge()
                quiet_since, wait_s = now, AGAIN_AFTER_S

    def _bridge(self) -> None:
        text = self._call.language.say(BRIDGES[self._bridges % len(BRIDGES)])
        self._bridges += 1
        self._call.recorder.event(EventKind.SILENCE_BRIDGED, detail={"text": text})
        self._say(text)

    def _filler(self) -> None:
        text = self._call.language.say(FILLERS[self._count % len(FILLERS)])
        self._count += 1
        self._call.recorder.event(
            EventKind.FILLER, detail={"text": text, "tools": sorted(set(self._running.values()))}
        )
        self._say(text)

    def _say(self, text: str) -> None:
        try:
            fixed_speech.say(self._call, text, in_context=False, interruptible=True)
        except RuntimeError as error:  # the session is closing
            logger.warning("the caller cannot be told to wait: %s", error)
