"""Of a sensitive argument nothing is kept: not cut, not escaped, not inside a sentence."""

from __future__ import annotations

import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import pytest

from agents.call_context import CallClock
from agents.recorder import Recorder
from agents.tools.redaction import redact_quotes
from agents.tools.results import ToolFailure, clean_text
from agents.tools.runner import ToolCall, ToolRunner, check_arguments
from telephony.contracts import ToolSpec
from telephony.enums import ToolKind

if TYPE_CHECKING:
    from tests.agents.conftest import ListStore

NOTES = "My diagnosis is a secret between me\nand Doctor Frankenstein of Ingolstadt. " * 6
SCHEMA = {
    "type": "object",
    "properties": {"notes": {"type": "string", "maxLength": 200}, "day": {"enum": ["Monday"]}},
    "required": ["day"],
}


def refusal(schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> str:
    with pytest.raises(ToolFailure) as refused:
        check_arguments(schema, arguments, ("Notes",))
    return refused.value.message


async def test_a_refused_value_is_in_no_record(store: ListStore) -> None:
    spec = ToolSpec(
        name="book",
        description="",
        parameters=SCHEMA,
        kind=ToolKind.WEBHOOK,
        sensitive_arguments=("notes",),
    )
    clock = CallClock()
    runner = ToolRunner(Recorder(store, clock), clock, uuid4())
    call = ToolCall("c", {"notes": NOTES, "day": "Monday"}, cast("Any", SimpleNamespace()))
    result = await runner.run(spec, cast("Any", None), call)
    assert result["message"].startswith("notes: the value does not fit maxLength: 200")
    [record] = store.tools
    assert "diagnosis" not in json.dumps([record.arguments, record.result])


@pytest.mark.parametrize(
    "schema",
    [
        SCHEMA | {"maxProperties": 1},
        {"not": {"required": ["notes"]}},
        {"properties": {"notes": False}},
        {"properties": {"inside": {"type": "string"}}},
        {"properties": {"notes": {"properties": {"deep": {"type": "integer"}}}}},
    ],
)
def test_no_message_quotes_it_however_deep_it_lies(schema: dict[str, Any]) -> None:
    notes: Any = {"deep": NOTES} if "deep" in str(schema) else NOTES
    arguments = {"notes": notes, "day": "Monday", "inside": {"notes": NOTES}}
    assert "diagnosis" not in refusal(schema, arguments)


def test_what_else_is_wrong_is_still_told_in_full() -> None:
    assert refusal(SCHEMA, {"notes": "a"}).startswith("'day' is a required property")
    assert "'Sunday' is not one of" in refusal(SCHEMA, {"notes": "a", "day": "Sunday"})


@pytest.mark.parametrize(
    "quoted",
    [
        f"You said: {NOTES}",
        clean_text(f"Noted: {NOTES}")[:100],
        f"input_value={NOTES[:50]!r}...{NOTES[-30:]!r}",
        repr(NOTES),
    ],
    ids=["whole", "cut", "as a library's error quotes it", "escaped"],
)
def test_an_answer_that_quotes_a_part_loses_it(quoted: str) -> None:
    kept = redact_quotes({"text": clean_text(quoted)}, {"notes": NOTES}, ("notes",))["text"]
    assert "[redacted]" in kept
    assert not any(word in kept for word in ("diagnosis", "secret", "Doctor", "Frankenstein"))


def test_what_it_does_not_quote_is_kept() -> None:
    told = {"text": "Your doctor is Frank, room 12.", "room": 12}
    assert redact_quotes(told, {"notes": NOTES}, ("notes",)) == told
