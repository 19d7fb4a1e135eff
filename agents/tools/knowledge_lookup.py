"""Looks words up in the documents that the persona may use; the answer names its sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from agents.ports import Knowledge
from agents.tools.results import ToolFailure
from agents.tools.runner import ToolCall

PARAMETERS: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "question": {
            "type": "string",
            "minLength": 2,
            "maxLength": 300,
            "description": "What to look up, in a few words of the document's language.",
        }
    },
    "required": ["question"],
    "additionalProperties": False,
}
PASSAGES = 3


class KnowledgeLookupTool:
    def __init__(self, knowledge: Knowledge | None, call_id: UUID) -> None:
        self._knowledge = knowledge
        self._call_id = call_id

    async def __call__(self, call: ToolCall) -> Mapping[str, Any]:
        if self._knowledge is None:
            raise ToolFailure("unavailable", "The documents cannot be reached right now.")
        passages = await self._knowledge.search_knowledge(
            self._call_id, str(call.arguments["question"]), PASSAGES
        )
        if not passages:
            raise ToolFailure(
                "not_found", "The documents say nothing about this. Say so, and guess nothing."
            )
        return {
            "passages": [{"source": p.source, "text": p.text} for p in passages],
            "sources": list(dict.fromkeys(p.source for p in passages)),
        }
