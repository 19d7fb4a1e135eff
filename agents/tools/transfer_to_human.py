"""Hands the caller to a human of a team. The model names a team, never a number or an address."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from agents.tools.results import ToolFailure, clean_text
from agents.tools.runner import ToolCall, ToolFinished
from telephony.contracts import TeamSpec

MAX_REASON_CHARS = 300

Ask = Callable[[str, str], bool]


def parameters(teams: Sequence[TeamSpec]) -> Mapping[str, Any]:
    """Its schema: the teams are a closed list. Raises ValueError when there is none."""
    if not teams:
        raise ValueError("there is no team to hand a caller to")
    described = "; ".join(f"{team.key}: {team.description or team.name}" for team in teams)
    return {
        "type": "object",
        "properties": {
            "reason": {
                "type": "string",
                "minLength": 1,
                "maxLength": MAX_REASON_CHARS,
                "description": "In one sentence for the colleague: what the caller wants now.",
            },
            "team": {
                "type": "string",
                "enum": [team.key for team in teams],
                "description": f"Whom to connect. {described}",
            },
        },
        "required": ["reason", "team"],
        "additionalProperties": False,
    }


class TransferToHumanTool:
    """``ask(why, team)`` begins a transfer, or says that it cannot be."""

    def __init__(self, ask: Ask) -> None:
        self._ask = ask

    async def __call__(self, call: ToolCall) -> Mapping[str, Any]:
        # What the model said beside the call is heard first; a caller who breaks in stays.
        await call.context.wait_for_playout()
        why = clean_text(str(call.arguments["reason"])).strip()
        if not self._ask(why, str(call.arguments["team"])):
            raise ToolFailure(
                "unavailable", "Nobody can be connected now. Say so, and offer other help."
            )
        raise ToolFinished
