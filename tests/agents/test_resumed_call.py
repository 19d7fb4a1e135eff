"""A call that another worker began: what was done in it is neither forgotten nor done twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from uuid import uuid4

import pytest

from agents.call_context import CallClock
from agents.recorder import Recorder
from agents.so_far import so_far
from agents.tools.runner import ToolCall, ToolRunner
from telephony.contracts import (
    PersonaSpec,
    ResumedCall,
    SaidTurn,
    ToolCallBegun,
    ToolCallRecord,
    ToolSpec,
    UsedTool,
)
from telephony.enums import Speaker, ToolKind, ToolOutcome

if TYPE_CHECKING:
    from tests.agents.conftest import ListStore

CANCEL = ToolSpec(
    name="cancel_order",
    description="Cancels an order.",
    parameters={"type": "object"},
    kind=ToolKind.WEBHOOK,
    max_uses=2,
    sensitive_arguments=("pin",),
)
ARGUMENTS = {"order": "4271", "pin": "0815"}


def used(outcome: ToolOutcome, start_ms: int = 2_000, name: str = "cancel_order") -> UsedTool:
    result = {} if outcome is ToolOutcome.UNKNOWN else {"ok": True, "status": "gone"}
    return UsedTool(
        name=name, arguments={"order": "4271"}, outcome=outcome, result=result, start_ms=start_ms
    )


def told(*parts: SaidTurn | UsedTool, idempotent: bool = False) -> list[tuple[str, str]]:
    """What the model is told of the parts, as (role, text)."""
    resumed = ResumedCall(
        takeover=1,
        answered_at=datetime.now(UTC),
        said=tuple(part for part in parts if isinstance(part, SaidTurn)),
        used=tuple(part for part in parts if isinstance(part, UsedTool)),
    )
    tool = SimpleNamespace(name=CANCEL.name, kind=CANCEL.kind, idempotent=idempotent)
    context = so_far(resumed, cast("PersonaSpec", SimpleNamespace(tools=(tool,))))
    return [(m.role, m.text_content or "") for m in context.messages()]


def use() -> ToolCall:
    return ToolCall(f"call_{uuid4().hex[:6]}", ARGUMENTS, cast("Any", SimpleNamespace()))


def new_runner(store: ListStore, *before: UsedTool) -> ToolRunner:
    clock = CallClock()
    return ToolRunner(Recorder(store, clock, takeover=1), clock, uuid4(), before)


async def cancelled_order(_: ToolCall) -> Mapping[str, Any]:
    return {"status": "gone"}


async def test_a_use_is_on_record_before_it_is_made(store: ListStore) -> None:
    seen: list[object] = []

    async def look(_: ToolCall) -> Mapping[str, Any]:
        seen.extend(store.records)
        return {}

    await new_runner(store).run(CANCEL, look, use())
    [begun] = seen
    assert isinstance(begun, ToolCallBegun)
    assert (begun.name, begun.arguments) == (
        "cancel_order",
        {"order": "4271", "pin": "[redacted]"},
    )
    ended = store.records[-1]
    assert isinstance(ended, ToolCallRecord)
    assert (ended.key, ended.idempotency_key) == (begun.key, begun.idempotency_key)


async def test_a_use_that_was_refused_never_began(store: ListStore) -> None:
    picky = ToolSpec(
        name="x", description="", parameters={"required": ["a"]}, kind=ToolKind.WEBHOOK
    )
    await new_runner(store).run(picky, cancelled_order, use())
    assert [type(record) for record in store.records] == [ToolCallRecord]


async def test_uses_before_the_takeover_count(store: ListStore) -> None:
    before = (
        used(ToolOutcome.UNKNOWN),
        used(ToolOutcome.INVALID_ARGUMENTS),
        used(ToolOutcome.OK, name="order_status"),
    )
    runner = new_runner(store, *before)
    results = [await runner.run(CANCEL, cancelled_order, use()) for _ in range(2)]
    assert [result.get("error") for result in results] == [None, "limit_reached"]


def test_what_was_done_is_told_in_its_place() -> None:
    assert told(
        SaidTurn(speaker=Speaker.CALLER, text="Cancel it.", start_ms=1_000),
        SaidTurn(speaker=Speaker.AGENT, text="It is gone.", start_ms=3_000),
        used(ToolOutcome.OK),
    ) == [
        ("user", "Cancel it."),
        (
            "user",
            '(You used cancel_order with {"order": "4271"}.'
            ' Its answer: {"ok": true, "status": "gone"})',
        ),
        ("assistant", "It is gone."),
    ]


@pytest.mark.parametrize(
    ("idempotent", "words"),
    [(False, "its outcome is not known. Do not repeat it"), (True, "it may be asked again")],
)
def test_a_use_that_was_cut_off_is_not_to_be_repeated_unless_it_only_asks(
    idempotent: bool, words: str
) -> None:
    [(role, text)] = told(used(ToolOutcome.UNKNOWN), idempotent=idempotent)
    assert role == "user"
    assert words in text


def test_what_a_colleague_said_is_not_the_agents_own() -> None:
    assert told(SaidTurn(speaker=Speaker.HUMAN, text="I will\nsend it.")) == [
        ("user", "Colleague: I will send it.")
    ]
