"""Takes a message for people to read: who called, where to call back, what it is about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from agents.recorder import Recorder
from agents.tools.results import ToolFailure, clean_text
from agents.tools.runner import ToolCall
from telephony.enums import ToolOutcome

PARAMETERS: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "name": {
            "type": "string",
            "minLength": 1,
            "maxLength": 200,
            "description": "The caller's name, as the caller said it.",
        },
        "number": {
            "type": "string",
            "maxLength": 40,
            "description": "The number to call back, digits only, repeated to the caller and "
            "confirmed. Empty: the number that the caller calls from.",
        },
        "text": {
            "type": "string",
            "minLength": 1,
            "maxLength": 1000,
            "description": "What it is about, in the caller's own words.",
        },
    },
    "required": ["name", "text"],
    "additionalProperties": False,
}
MIN_DIGITS, MAX_DIGITS = 3, 15  # E.164 ends at 15; extensions and short numbers begin at 3


class TakeMessageTool:
    """``caller_number`` is what the SIP trunk said; empty or a word for an anonymous caller."""

    def __init__(self, recorder: Recorder, caller_number: str) -> None:
        self._recorder = recorder
        self._caller_number = caller_number

    async def __call__(self, call: ToolCall) -> Mapping[str, Any]:
        name = clean_text(str(call.arguments["name"])).strip()
        text = clean_text(str(call.arguments["text"])).strip()
        if not name or not text:
            raise _asked_again("The name or the message is empty.")
        number = self._number(str(call.arguments.get("number", "")))
        self._recorder.message(
            f"message:{call.id}", caller_name=name, callback_number=number, text=text
        )
        return {"taken": True, "name": name, "number": number}

    def _number(self, said: str) -> str:
        """Return + and digits. Raises ToolFailure when nobody could call that."""
        wanted = clean_text(said).strip() or self._caller_number
        digits = re.sub(r"[\s().\-/]", "", wanted)
        if not re.fullmatch(rf"\+?[0-9]{{{MIN_DIGITS},{MAX_DIGITS}}}", digits, re.ASCII):
            raise _asked_again(
                "That is no number that can be called back."
                if said.strip()
                else "The caller's own number is not known."
            )
        return digits


def _asked_again(problem: str) -> ToolFailure:
    return ToolFailure(
        "invalid_arguments", f"{problem} Ask the caller for it.", ToolOutcome.INVALID_ARGUMENTS
    )
