"""The agent hangs up: its goodbye is heard to the end first. A caller who speaks into it stays.

The goodbye is the sentence the model said beside the tool call, or a fixed one when it said none.
When the caller interrupts, livekit-agents cancels the tool and the conversation goes on.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from agents.fixed_phrases import GOODBYE
from agents.tools.runner import ToolCall, ToolFinished


class EndCallTool:
    """``say`` speaks a sentence and returns when it was heard; ``end`` hangs up."""

    def __init__(
        self, *, say: Callable[[str], Awaitable[None]], end: Callable[[], Awaitable[None]]
    ) -> None:
        self._say = say
        self._end = end

    async def __call__(self, call: ToolCall) -> Mapping[str, Any]:
        await call.context.wait_for_playout()
        if not _said_something(call):
            await self._say(GOODBYE)
        await self._end()
        raise ToolFinished


def _said_something(call: ToolCall) -> bool:
    said = False
    for item in call.context.speech_handle.chat_items:
        if item.type == "function_call_output":
            said = False  # what was said before an earlier tool's answer was no goodbye
        elif item.type == "message" and item.role == "assistant" and item.text_content:
            said = True
    return said
