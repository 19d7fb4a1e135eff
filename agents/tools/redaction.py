"""Takes the values of sensitive arguments out of what is kept of a tool's use.

Done in the worker, before a record is made: what must not be stored must not travel either. An
answer may quote what was asked, so the same values are taken out of results as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from agents.tools.results import clean_text

REDACTED = "[redacted]"
# A shorter value is found in the middle of unrelated words.
MIN_QUOTED_CHARS = 3
# Of a longer one, any part of this length is as good as the whole: answers quote what they cut.
PART_CHARS = 12


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
    given = set(_texts(arguments, hidden))
    values = sorted(
        # A result was cleaned, and so was what it quotes.
        {text for text in given | set(map(clean_text, given)) if len(text) >= MIN_QUOTED_CHARS},
        key=len,
        reverse=True,
    )
    kept: dict[str, Any] = _quoteless(_without(result, hidden), values, _parts(values))
    return kept


def holds(value: Any, names: Sequence[str]) -> bool:
    """Whether one of these names has a value in it, at any depth."""
    return any(_texts(value, {name.casefold() for name in names}))


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


def _parts(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(
        text[start : start + PART_CHARS]
        for text in texts
        for start in range(len(text) - PART_CHARS + 1)
    )


def _quoteless(value: Any, texts: Sequence[str], parts: frozenset[str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _quoteless(item, texts, parts) for key, item in value.items()}
    if isinstance(value, list):
        return [_quoteless(item, texts, parts) for item in value]
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return REDACTED if str(value) in texts else value
    for text in texts:
        value = value.replace(text, REDACTED)
    return _partless(value, parts) if parts else value


def _partless(value: str, parts: frozenset[str]) -> str:
    kept, at = "", 0
    while at < len(value):
        if value[at : at + PART_CHARS] not in parts:
            kept += value[at]
            at += 1
            continue
        while value[at : at + PART_CHARS] in parts:
            at += 1
        at += PART_CHARS - 1
        kept += REDACTED
    return kept
