"""Takes the values of sensitive arguments out of what is kept of a tool's use.

Done in the worker, before a record is made: what must not be stored must not travel either. An
answer may quote what was asked, so the same values are taken out of results as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

REDACTED = "[redacted]"
# A shorter value is found in the middle of unrelated words.
MIN_QUOTED_CHARS = 3


def redact(arguments: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the arguments with the values under these names replaced, at any depth."""
    hidden = {name.casefold() for name in names}
    kept: dict[str, Any] = _without(arguments, hidden)
    return kept


def redact_quotes(
    result: Mapping[str, Any], arguments: Mapping[str, Any], names: Sequence[str]
) -> dict[str, Any]:
    """Return the result with those names' values, and texts that quote the arguments, replaced."""
    hidden = {name.casefold() for name in names}
    values = sorted(
        {text for text in _texts(arguments, hidden) if len(text) >= MIN_QUOTED_CHARS},
        key=len,
        reverse=True,
    )
    kept: dict[str, Any] = _quoteless(_without(result, hidden), values)
    return kept


def _without(value: Any, hidden: set[str]) -> Any:
    if isinstance(value, Mapping):
        return {
            key: REDACTED if str(key).casefold() in hidden else _without(item, hidden)
            for key, item in value.items()
        }
    if isinstance(value, list | tuple):
        return [_without(item, hidden) for item in value]
    return value


def _texts(value: Any, hidden: set[str], *, inside: bool = False) -> Iterator[str]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _texts(item, hidden, inside=inside or str(key).casefold() in hidden)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item, hidden, inside=inside)
    elif inside and value is not None and not isinstance(value, bool):
        yield str(value)


def _quoteless(value: Any, texts: Sequence[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _quoteless(item, texts) for key, item in value.items()}
    if isinstance(value, list):
        return [_quoteless(item, texts) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return REDACTED if str(value) in texts else value
    for text in texts:
        value = value.replace(text, REDACTED)
    return value
