"""What a tool's JSON Schema may hold: nothing that is fetched, never ends, or cannot be stored.

Asked of what somebody typed before it is stored, and of what a server sends before it is used.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

LARGEST_BYTES = 20_000
DEEPEST = 24
_PATTERNS = frozenset({"pattern", "patternProperties"})
# What stands under these is no schema but schemas by name, and data.
_BY_NAME = frozenset({"properties", "$defs", "definitions", "dependentSchemas"})
_DATA = frozenset({"enum", "const", "default", "examples"})
# The less is asked inside, the less they let through.
_NARROWER = frozenset({"not", "if", "oneOf"})
_LOCAL = re.compile(r"#/\$defs/([\w.-]+)\Z")
# A repeated group that repeats or branches inside: (a+)+, (a|aa)*. Such a pattern can take longer
# than a call on thirty characters, and a caller chooses the characters.
_REPEATED_GROUP = re.compile(r"\)(?:[*+]|\{\d*,\d*\})")


class HarmfulSchemaError(ValueError):
    """The text says what to change."""


def check_schema_is_harmless(schema: Mapping[str, Any]) -> None:
    """Raises HarmfulSchemaError."""
    size = len(json.dumps(schema))
    if size > LARGEST_BYTES:
        raise HarmfulSchemaError(f"{size:,} bytes are too much: keep it below {LARGEST_BYTES:,}.")
    for depth, key, value in _walk(schema):
        if depth > DEEPEST:
            raise HarmfulSchemaError(f"More than {DEEPEST} levels deep: flatten it.")
        if isinstance(value, float) and not math.isfinite(value):
            raise HarmfulSchemaError("NaN and Infinity are no JSON.")
        for text in (key, value):
            if isinstance(text, str) and not storable(text):
                raise HarmfulSchemaError("It holds a NUL or half a character. Remove it.")
        if key in ("$dynamicRef", "$recursiveRef") or (key == "$ref" and not _is_local(value)):
            raise HarmfulSchemaError("$ref may only point to #/$defs/NAME of the same schema.")
        if key == "pattern":
            _check_pattern(value)
        if key == "patternProperties" and isinstance(value, Mapping):
            for pattern in value:
                _check_pattern(pattern)
    _check_references(schema)


def without_patterns(schema: Any) -> Any:
    """A schema of somebody else's without its patterns; it lets the same through, and more.

    No check of ours tells every pattern that may run for minutes, and common ones are of that kind
    (zod's of an e-mail address): they are left to whoever wrote them.
    """
    if isinstance(schema, list):
        return [without_patterns(part) for part in schema]
    if not isinstance(schema, Mapping):
        return schema
    kept: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _BY_NAME and isinstance(value, Mapping):
            kept[key] = {name: without_patterns(part) for name, part in value.items()}
        elif key in _DATA:
            kept[key] = value
        elif key not in _PATTERNS and not (key in _NARROWER and _has_pattern(value)):
            kept[key] = without_patterns(value)
    if "patternProperties" in schema:
        for rest in ("additionalProperties", "unevaluatedProperties"):
            kept.pop(rest, None)
    return kept


def _has_pattern(schema: Any) -> bool:
    return any(key in _PATTERNS for _, key, _ in _walk(schema))


def storable(text: str) -> bool:
    """Whether PostgreSQL takes it: no NUL, no lone surrogate."""
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)


def _walk(value: Any, depth: int = 0, key: str = "") -> Iterator[tuple[int, str, Any]]:
    """Every value with its depth and the key it lies under."""
    yield depth, key, value
    if depth > DEEPEST:
        return
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _walk(item, depth + 1, str(name))
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item, depth + 1)


def _is_local(reference: Any) -> bool:
    return isinstance(reference, str) and _LOCAL.match(reference) is not None


def _check_pattern(pattern: Any) -> None:
    try:
        re.compile(pattern)
    except (re.error, TypeError, RecursionError, OverflowError) as error:
        raise HarmfulSchemaError("A pattern is not a regular expression.") from error
    for match in _REPEATED_GROUP.finditer(pattern):
        inside = _group_before(pattern, match.start())
        if re.search(r"[*+|]|\{\d*,\d*\}", inside):
            raise HarmfulSchemaError(
                "A pattern repeats a group that itself repeats or branches, such as (a+)+: it "
                "could run for minutes. Write it without the outer or the inner repetition."
            )


def _group_before(pattern: str, closing: int) -> str:
    """What the parenthesis that closes at ``closing`` holds; escapes count as characters."""
    depth = 0
    for index in range(closing, -1, -1):
        escaped = (len(pattern[:index]) - len(pattern[:index].rstrip("\\"))) % 2
        if not escaped and pattern[index] == ")":
            depth += 1
        elif not escaped and pattern[index] == "(":
            depth -= 1
            if depth == 0:
                return pattern[index + 1 : closing]
    return pattern[:closing]


def _check_references(schema: Mapping[str, Any]) -> None:
    """Every reference must lead somewhere, and none back to itself."""
    definitions = schema.get("$defs", {})
    if not isinstance(definitions, Mapping):
        raise HarmfulSchemaError("$defs must be an object.")
    points_to = {name: _references(part) for name, part in definitions.items()}
    asked = _references({key: part for key, part in schema.items() if key != "$defs"})
    if missing := (asked | set().union(*points_to.values())) - definitions.keys():
        raise HarmfulSchemaError(f"$ref points to {', '.join(sorted(missing))}, which $defs lacks.")
    for name in points_to:
        seen: set[str] = set()
        ahead = set(points_to[name])
        while ahead:
            if name in ahead:
                raise HarmfulSchemaError(f"$defs/{name} refers to itself: it would never end.")
            seen |= ahead
            ahead = set().union(*(points_to[n] for n in ahead)) - seen


def _references(part: Any) -> set[str]:
    return {
        match[1]
        for _, key, value in _walk(part)
        if key == "$ref" and isinstance(value, str) and (match := _LOCAL.match(value))
    }
