"""Storing what a worker reports, as often as it reports it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from telephony.contracts import (
    CallAnswered,
    CallEnded,
    CallRecord,
    EventRecord,
    MessageRecord,
    RecordingRecord,
    ToolCallBegun,
    ToolCallRecord,
    TransferRecord,
    TurnMetricRecord,
    TurnRecord,
)
from telephony.models import (
    Call,
    CallEvent,
    CallRecording,
    Message,
    Team,
    ToolCall,
    TranscriptTurn,
    TurnMetric,
)
from telephony.services import mapping
from telephony.services.calls import end_call
from telephony.services.transfers import store_transfer_records

Record = TypeVar("Record")


def store_call_records(*, call_id: UUID, records: Sequence[CallRecord]) -> None:
    """All or nothing. The first of a key stays; of turns, metrics, recordings and what came of a
    tool, the last. A tool's beginning never replaces its end.

    A call that has ended still takes records: transcriptions come late. LookupError for a call
    that does not exist.
    """
    with transaction.atomic():
        call = Call.objects.filter(pk=call_id).first()
        if call is None:
            raise LookupError(f"No call {call_id}.")
        # The answer first and the end last, whatever the order in the batch.
        for answered in _only(records, CallAnswered):
            call.answer(at=answered.answered_at)
        _store_turns(call_id, _only(records, TurnRecord))
        _store_events(call_id, _only(records, EventRecord))
        _store_tool_calls(call_id, _only(records, ToolCallBegun), _only(records, ToolCallRecord))
        _store_messages(call_id, _only(records, MessageRecord))
        _store_metrics(call_id, _only(records, TurnMetricRecord))
        _store_recordings(call_id, _only(records, RecordingRecord))
        store_transfer_records(call=call, records=_only(records, TransferRecord))
        for ended in _only(records, CallEnded):
            if ended.job_id and (call.claimed_by_job != ended.job_id or call.fallback_at):
                continue  # another job, or a human, has the call by now
            end_call(call=call, reason=ended.reason, at=ended.ended_at, detail=ended.detail)


def _only(records: Sequence[CallRecord], kind: type[Record]) -> list[Record]:
    return [record for record in records if isinstance(record, kind)]


def _store_turns(call_id: UUID, records: Iterable[TurnRecord]) -> None:
    # PostgreSQL refuses to update one row twice in a statement: the last of a key only.
    latest = {record.key: record for record in records}
    now = timezone.now()
    rows = [mapping.turn_row(call_id, record) for record in latest.values()]
    for row in rows:
        row.updated_at = now
    TranscriptTurn.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["call", "key"],
        update_fields=[
            "speaker",
            "text",
            "start_ms",
            "end_ms",
            "interrupted",
            "confidence",
            "updated_at",
        ],
    )


def _store_events(call_id: UUID, records: Iterable[EventRecord]) -> None:
    CallEvent.objects.bulk_create(
        [mapping.event_row(call_id, record) for record in records], ignore_conflicts=True
    )


def _store_tool_calls(
    call_id: UUID, begun: Iterable[ToolCallBegun], ended: Iterable[ToolCallRecord]
) -> None:
    # Begun ones first: a file stored again after the end must not bring the beginning back.
    ToolCall.objects.bulk_create(
        [mapping.tool_call_row(call_id, record) for record in begun], ignore_conflicts=True
    )
    latest = {record.key: record for record in ended}
    ToolCall.objects.bulk_create(
        [mapping.tool_call_row(call_id, record) for record in latest.values()],
        update_conflicts=True,
        unique_fields=["call", "key"],
        update_fields=["outcome", "result", "duration_ms"],
    )


def _store_messages(call_id: UUID, records: Iterable[MessageRecord]) -> None:
    rows = list(records)
    named = {record.team for record in rows} - {""}
    teams = dict(Team.objects.filter(key__in=named).values_list("key", "pk")) if named else {}
    Message.objects.bulk_create(
        [mapping.message_row(call_id, record, teams) for record in rows], ignore_conflicts=True
    )


def _store_metrics(call_id: UUID, records: Iterable[TurnMetricRecord]) -> None:
    latest = {record.turn_key: record for record in records}
    TurnMetric.objects.bulk_create(
        [mapping.metric_row(call_id, record) for record in latest.values()],
        update_conflicts=True,
        unique_fields=["call", "turn_key"],
        update_fields=[
            "endpointing_ms",
            "first_token_ms",
            "first_audio_ms",
            "on_wire_ms",
            "framework_ms",
            "speculated",
            "wasted_tokens",
            "tape_ms",
        ],
    )


def _store_recordings(call_id: UUID, records: Iterable[RecordingRecord]) -> None:
    latest = {record.key: record for record in records}
    CallRecording.objects.bulk_create(
        [mapping.recording_row(call_id, record) for record in latest.values()],
        update_conflicts=True,
        unique_fields=["call", "key"],
        update_fields=["path", "started_ms", "duration_ms", "channels"],
    )
