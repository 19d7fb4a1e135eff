"""What a tool gives the model: data, bounded and without characters that nobody can see.

A result is never an instruction: a webhook's answer may quote what anybody typed somewhere.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from itertools import islice
from typing import Any

from telephony.enums import ToolOutcome

MAX_TEXT_CHARS = 1_000
MAX_ITEMS = 50
MAX_DEPTH = 6
MAX_RESULT_CHARS = 8_000

Result = dict[str, Any]


class ToolFailure(Exception):
    """A tool did not work; ``error`` is a code, the message a sentence for the model.

    ``passing``: the same again a moment later may work.
    """

    def __init__(
        self,
        error: str,
        message: str,
        outcome: ToolOutcome = ToolOutcome.FAILED,
        *,
        passing: bool = False,
    ) -> None:
        super().__init__(message)
        self.error = error
        self.message = message
        self.outcome = outcome
        self.passing = passing

    def as_result(self) -> Result:
        return {"ok": False, "error": self.error, "message": clean_text(self.message)}


def success(data: Mapping[str, Any]) -> Result:
    """Return the data beside ``ok: true``; keys of the data never replace ``ok``."""
    return {**{clean_text(str(key)): clean(value) for key, value in data.items()}, "ok": True}


def clean(value: Any, depth: int = 0) -> Any:
    """Return JSON data with its texts cleaned and cut, its lists and depth bounded."""
    if isinstance(value, str):
        return clean_text(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth >= MAX_DEPTH:
        return None
    if isinstance(value, Mapping):
        return {
            clean_text(str(key)): clean(item, depth + 1)
            for key, item in list(value.items())[:MAX_ITEMS]
        }
    if isinstance(value, list | tuple):
        return [clean(item, depth + 1) for item in value[:MAX_ITEMS]]
    return clean_text(str(value))


def clean_text(text: str) -> str:
    """Drop control, format, private and surrogate characters and what else has no shape of its own
    (text can be hidden in them from people, not from a model); cut to MAX_TEXT_CHARS.
    """
    kept = (" " if _parts_lines(c) else c for c in text if _parts_lines(c) or _is_visible(c))
    return "".join(islice(kept, MAX_TEXT_CHARS))


def _parts_lines(character: str) -> bool:
    return character in "\n\r\t\u2028\u2029"


def _is_visible(character: str) -> bool:
    if character in _SHAPELESS or "\U000e0100" <= character <= "\U000e01ef":
        return False
    return unicodedata.category(character) not in {"Cc", "Cf", "Co", "Cs", "Cn"}


# Fillers, joiners and variation selectors that Unicode files under letters, marks and symbols.
_SHAPELESS = frozenset(
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0"
) | {chr(code) for code in range(0xFE00, 0xFE10)}
