"""A server's schema is used without its patterns, and nothing it would let through is refused."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from telephony.contracts.json_schema import without_patterns

DIGITS = {"pattern": "^[0-9]+$"}


@pytest.mark.parametrize(
    ("schema", "good"),
    [
        ({"properties": {"a": DIGITS | {"type": "string"}}}, {"a": "1"}),
        ({"properties": {"a": {"not": DIGITS}}}, {"a": "x"}),
        ({"properties": {"a": {"oneOf": [DIGITS, {"pattern": "x"}]}}}, {"a": "x"}),
        ({"if": {"properties": {"a": DIGITS}}, "else": {"required": ["b"]}}, {"a": "1"}),
        ({"patternProperties": {"^x": {}}, "additionalProperties": False}, {"x1": 1}),
        ({"$defs": {"d": DIGITS}, "items": {"$ref": "#/$defs/d"}}, ["1"]),
        ({"propertyNames": DIGITS}, {"1": 1}),
    ],
)
def test_what_a_pattern_lets_through_is_let_through(schema: dict[str, Any], good: Any) -> None:
    assert Draft202012Validator(schema).is_valid(good)
    loose = without_patterns(schema)
    assert Draft202012Validator(loose).is_valid(good)
    assert "^" not in str(loose)


def test_all_else_stays() -> None:
    schema = {
        "type": "object",
        "properties": {"pattern": {"type": "string", "maxLength": 9}, "b": {"const": DIGITS}},
        "required": ["pattern"],
        "additionalProperties": False,
        "oneOf": [{"required": ["b"]}],
    }
    assert without_patterns(schema) == schema
