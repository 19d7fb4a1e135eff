"""What the worker that takes a call over is told of what was done in it."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from django.utils import timezone

from telephony import facade
from telephony.contracts import (
    CallAnswered,
    CallArrival,
    ResumedCall,
    SaidTurn,
    ToolCallBegun,
    ToolCallRecord,
    TurnRecord,
    UsedTool,
)
from telephony.enums import Speaker, ToolOutcome
from telephony.models import Call, PhoneNumber

pytestmark = pytest.mark.django_db

ORDER = {"order": "4271"}


@pytest.fixture
def call_id(number: PhoneNumber, arrival: Callable[..., CallArrival]) -> UUID:
    return facade.open_call(arrival(room_name="r", job_id="AJ_lost")).call_id


def attempt(number: int, *, use: str = "k") -> ToolCallBegun:
    return ToolCallBegun(
        key=f"{use}:{number}",
        name="cancel_order",
        arguments=ORDER,
        start_ms=number * 1_000,
        attempt=number,
        idempotency_key=use,
    )


def came_of(begun: ToolCallBegun, outcome: ToolOutcome) -> ToolCallRecord:
    return ToolCallRecord(
        key=begun.key,
        name=begun.name,
        arguments=begun.arguments,
        outcome=outcome,
        result={"ok": outcome is ToolOutcome.OK},
        start_ms=begun.start_ms,
        duration_ms=500,
        attempt=begun.attempt,
        idempotency_key=begun.idempotency_key,
    )


def taken_over(call_id: UUID, arrival: CallArrival) -> ResumedCall:
    call = Call.objects.get(pk=call_id)
    assert call.lose_worker(job_id="AJ_lost", at=timezone.now())
    resumed = facade.open_call(arrival).resumed
    assert resumed is not None
    return resumed


def test_each_use_is_told_by_its_last_attempt_and_one_under_way_as_such(
    call_id: UUID, arrival: Callable[..., CallArrival]
) -> None:
    done, first, second = attempt(1, use="done"), attempt(2), attempt(3)
    said = TurnRecord(key="h", speaker=Speaker.HUMAN, text="Hello?", start_ms=700, end_ms=900)
    facade.store_records(
        call_id,
        [
            CallAnswered(answered_at=timezone.now()),
            said,
            *(done, came_of(done, ToolOutcome.OK)),
            *(first, came_of(first, ToolOutcome.TIMEOUT), second),
        ],
    )

    resumed = taken_over(call_id, arrival(room_name="r", job_id="AJ_next"))

    assert resumed.said == (SaidTurn(speaker=Speaker.HUMAN, text="Hello?", start_ms=700),)
    assert resumed.used == (
        UsedTool(
            name="cancel_order",
            arguments=ORDER,
            outcome=ToolOutcome.OK,
            result={"ok": True},
            start_ms=1_000,
        ),
        UsedTool(
            name="cancel_order",
            arguments=ORDER,
            outcome=ToolOutcome.UNKNOWN,
            result={},
            start_ms=3_000,
        ),
    )
