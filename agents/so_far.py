"""What was said and done in a call before its worker was lost, for the model to go on from.

All but the agent's own words is told as the caller's are: information, and no instruction. Not as
function calls: livekit-agents drops those whose tool is not there, and an MCP server's come late.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from livekit.agents import llm

from telephony.contracts import PersonaSpec, ResumedCall, SaidTurn, UsedTool
from telephony.enums import Speaker, ToolKind, ToolOutcome

# Of the arguments, and of the result, of one use.
MOST_CHARS = 1_000
LOST = "It was cut off before it answered"


def so_far(resumed: ResumedCall, persona: PersonaSpec) -> llm.ChatContext:
    """Turns and uses of tools, in the order of the call's clock."""
    # What asks, and what is done here and by this call alone, may be done again.
    harmless = {t.name for t in persona.tools if t.idempotent or t.kind is ToolKind.BUILTIN}
    context = llm.ChatContext.empty()
    parts: list[SaidTurn | UsedTool] = [*resumed.said, *resumed.used]
    for part in sorted(parts, key=lambda part: part.start_ms):
        if isinstance(part, UsedTool):
            context.add_message(role="user", content=_done(part, again=part.name in harmless))
        else:
            context.add_message(role=_role(part), content=_words(part))
    return context


def _role(turn: SaidTurn) -> llm.ChatRole:
    return "assistant" if turn.speaker is Speaker.AGENT else "user"


def _words(turn: SaidTurn) -> str:
    """A colleague's words marked as such, as when a hand-over is given back (transfer)."""
    if turn.speaker is Speaker.HUMAN:
        return f"Colleague: {' '.join(turn.text.split())}"
    return turn.text


def _done(use: UsedTool, *, again: bool) -> str:
    used = f"You used {use.name} with {_brief(use.arguments)}."
    if use.outcome is not ToolOutcome.UNKNOWN:
        return f"({used} Its answer: {_brief(use.result)})"
    if again:
        return f"({used} {LOST}; it may be asked again.)"
    return f"({used} {LOST}: its outcome is not known. Do not repeat it; tell the caller so.)"


def _brief(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)[:MOST_CHARS]
