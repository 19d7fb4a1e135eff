"""facade.store_records: as often as it is called, in whatever order, the same rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction

from telephony.contracts import (
    CallAnswered,
    CallArrival,
    CallEnded,
    CallRecord,
    EventRecord,
    ToolCallBegun,
    ToolCallRecord,
    TurnMetricRecord,
    TurnRecord,
)
from telephony.enums import EndingReason, EventKind, Speaker, ToolOutcome
from telephony.facade import open_call, store_records
from telephony.models import Call, PhoneNumber

pytestmark = pytest.mark.django_db

ANSWERED = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
TURN = TurnRecord(key="t1", speaker=Speaker.CALLER, text="Where is", start_ms=900, end_ms=2_000)
EVENT = EventRecord(
    key="e1",
    kind=EventKind.DTMF,
    at_ms=1_500,
    occurred_at=ANSWERED + timedelta(seconds=1.5),
    detail={"digit": "1"},
)
TOOL = ToolCallRecord(
    key="c1",
    name="order_status",
    arguments={"order_number": "4271"},
    outcome=ToolOutcome.OK,
    result={"status": "shipped"},
    start_ms=2_100,
    duration_ms=140,
)
BEGUN = ToolCallBegun(
    key=TOOL.key, name=TOOL.name, arguments=TOOL.arguments, start_ms=TOOL.start_ms
)
METRIC = TurnMetricRecord(turn_key="t2", endpointing_ms=300, framework_ms=700)
END = CallEnded(reason=EndingReason.AGENT_GOODBYE, ended_at=ANSWERED + timedelta(seconds=30))


@pytest.fixture
def call_id(number: PhoneNumber, arrival: Callable[..., CallArrival]) -> UUID:
    return open_call(arrival()).call_id


def rows(call_id: UUID) -> dict[str, list[object]]:
    call = Call.objects.get(pk=call_id)
    return {
        "call": [call.state, call.answered_at, call.ended_at, call.ending_reason],
        "turns": list(call.turns.values_list("key", "text", "start_ms", "interrupted")),
        "events": list(call.events.values_list("key", "kind", "at_ms")),
        "tools": list(call.tool_calls.values_list("key", "outcome", "result")),
        "metrics": list(call.metrics.values_list("turn_key", "framework_ms", "first_token_ms")),
    }


def test_a_whole_call_is_stored_and_storing_it_again_changes_nothing(call_id: UUID) -> None:
    answered = CallAnswered(answered_at=ANSWERED)
    records: list[CallRecord] = [answered, TURN, EVENT, BEGUN, TOOL, METRIC, END]
    store_records(call_id, records)
    before = rows(call_id)

    store_records(call_id, records)
    for record in records:
        store_records(call_id, [record])

    assert rows(call_id) == before
    assert before["call"] == ["ended", ANSWERED, END.ended_at, "agent_goodbye"]
    assert before["turns"] == [("t1", "Where is", 900, False)]
    assert ("ended", "ended", 30_000) in before["events"]
    assert before["tools"] == [("c1", "ok", {"status": "shipped"})]


def test_the_order_of_a_batch_does_not_matter(call_id: UUID) -> None:
    store_records(call_id, [END, METRIC, TURN, CallAnswered(answered_at=ANSWERED)])

    call = Call.objects.get(pk=call_id)
    assert (call.state, call.answered_at) == ("ended", ANSWERED)
    assert call.events.get(key="ended").at_ms == 30_000


def test_a_late_transcription_replaces_the_turn_even_after_the_end(call_id: UUID) -> None:
    store_records(call_id, [CallAnswered(answered_at=ANSWERED), replace(TURN, text=""), END])

    store_records(call_id, [replace(TURN, text="Where is my order?", confidence=0.9)])

    turn = Call.objects.get(pk=call_id).turns.get()
    assert (turn.text, turn.confidence) == ("Where is my order?", 0.9)


def test_the_last_of_a_key_in_one_batch_is_the_one_that_stays(call_id: UUID) -> None:
    store_records(call_id, [TURN, replace(TURN, text="Where is it?"), METRIC, METRIC])

    assert Call.objects.get(pk=call_id).turns.get().text == "Where is it?"


def test_turns_are_in_the_order_they_were_spoken(call_id: UUID) -> None:
    store_records(call_id, [replace(TURN, key="b", start_ms=5_000), replace(TURN, key="a")])
    store_records(call_id, [replace(TURN, key="c", start_ms=100), replace(TURN, key="aa")])

    turns = Call.objects.get(pk=call_id).turns.all()
    assert [turn.key for turn in turns] == ["c", "a", "aa", "b"]


def test_an_event_is_never_rewritten(call_id: UUID) -> None:
    store_records(call_id, [EVENT])
    store_records(call_id, [replace(EVENT, kind=EventKind.INTERRUPTED, detail={})])

    event = Call.objects.get(pk=call_id).events.get(key="e1")
    assert (event.kind, event.detail) == ("dtmf", {"digit": "1"})
    assert event.occurred_at != event.created_at


@pytest.mark.parametrize("together", [True, False])
def test_a_tools_end_replaces_its_beginning_and_never_the_other_way(
    call_id: UUID, together: bool
) -> None:
    store_records(call_id, [BEGUN])
    assert rows(call_id)["tools"] == [("c1", "unknown", {})]

    for batch in ([TOOL, BEGUN],) if together else ([TOOL], [BEGUN]):
        store_records(call_id, batch)

    assert rows(call_id)["tools"] == [("c1", "ok", {"status": "shipped"})]
    assert Call.objects.get(pk=call_id).tool_calls.get().duration_ms == TOOL.duration_ms


def test_the_first_end_wins(call_id: UUID) -> None:
    store_records(call_id, [END])
    later = CallEnded(reason=EndingReason.WORKER_LOST, ended_at=ANSWERED + timedelta(hours=1))
    store_records(call_id, [later])

    call = Call.objects.get(pk=call_id)
    assert (call.ending_reason, call.ended_at) == ("agent_goodbye", END.ended_at)
    assert call.events.filter(kind="ended").count() == 1


def test_the_news_of_the_answer_may_come_after_the_end(call_id: UUID) -> None:
    store_records(call_id, [END])
    store_records(call_id, [CallAnswered(answered_at=ANSWERED)])

    call = Call.objects.get(pk=call_id)
    assert (call.state, call.answered_at) == ("ended", ANSWERED)


def test_every_reason_can_be_stored_with_its_result(
    number: PhoneNumber, arrival: Callable[..., CallArrival]
) -> None:
    for reason in EndingReason:
        call_id = open_call(arrival()).call_id
        store_records(call_id, [CallEnded(reason=reason, ended_at=ANSWERED)])
        assert Call.objects.get(pk=call_id).ending_result == reason.result.value


def test_records_of_an_unknown_call_are_an_error() -> None:
    with pytest.raises(LookupError):
        store_records(uuid4(), [TURN])


def test_a_batch_is_stored_whole_or_not_at_all(call_id: UUID) -> None:
    broken = replace(TURN, key="t2", start_ms=None)  # type: ignore[arg-type]
    # atomic: on PostgreSQL the test's own transaction would be unusable after the error.
    with pytest.raises(IntegrityError), transaction.atomic():
        store_records(call_id, [EVENT, TURN, broken])

    assert not Call.objects.get(pk=call_id).events.filter(key="e1").exists()


def test_text_that_a_database_cannot_hold_is_cleaned(call_id: UUID) -> None:
    store_records(
        call_id,
        [
            replace(TURN, text="a\x00b\ud800c"),
            replace(TOOL, arguments={"x\x00": float("nan"), "y": [float("inf"), "\udfff"]}),
            replace(TOOL, key="k" * 200),
        ],
    )

    call = Call.objects.get(pk=call_id)
    assert call.turns.get().text == "ab?c"
    assert call.tool_calls.get(key="c1").arguments == {"x": None, "y": [None, "?"]}
