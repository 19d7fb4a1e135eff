"""What a dead worker left on disk is stored by whoever comes: in order, once, all of it."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from django.db import InternalError, OperationalError, connection
from django.test import Client
from django.urls import reverse

from telephony import facade
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
from telephony.models import Call, PhoneNumber, TranscriptTurn
from telephony.queries import alarms
from telephony.services.record_lines import RefusedArrival, read_line, record_line, refusal_line
from telephony.services.spool import store_spool
from tests.telephony.test_races import at_once

pytestmark = pytest.mark.django_db(transaction=True)

AT = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
RECORDS: list[CallRecord] = [
    CallAnswered(answered_at=AT),
    TurnRecord(key="a", speaker=Speaker.AGENT, text="Hello\u2028\ud800?", start_ms=0, end_ms=900),
    TurnRecord(key="c", speaker=Speaker.CALLER, text="", start_ms=1000, end_ms=1900),
    EventRecord(key="e", kind=EventKind.DTMF, at_ms=5, occurred_at=AT, detail={"digit": "4"}),
    ToolCallBegun(key="t", name="order_status", arguments={"order_number": "4271"}, start_ms=1),
    ToolCallRecord(
        key="t",
        name="order_status",
        arguments={"order_number": "4271"},
        outcome=ToolOutcome.OK,
        result={"ok": True},
        start_ms=1,
        duration_ms=2,
    ),
    TurnMetricRecord(turn_key="a", first_token_ms=200),
    TurnRecord(
        key="c", speaker=Speaker.CALLER, text="Hi", start_ms=1000, end_ms=1900, confidence=0.5
    ),
]


@pytest.fixture
def call_id(number: PhoneNumber, arrival: Callable[..., CallArrival]) -> UUID:
    return facade.open_call(arrival()).call_id


def spooled(folder: Path, *lines: bytes, name: str = "1-call.jsonl") -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_bytes(b"".join(lines))
    return path


def turns(call_id: UUID) -> list[tuple[str, str]]:
    return list(TranscriptTurn.objects.filter(call=call_id).values_list("key", "text"))


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_record_comes_back_from_its_line_as_it_was(record: CallRecord) -> None:
    call_id = uuid4()
    line = record_line(call_id, record)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    assert read_line(line) == (call_id, record)


def test_a_file_that_was_stored_in_part_is_stored_once_and_removed(
    call_id: UUID, tmp_path: Path
) -> None:
    facade.store_records(call_id, RECORDS[:4])
    path = spooled(tmp_path, *(record_line(call_id, record) for record in RECORDS))

    assert store_spool(folder=tmp_path) == 1

    assert not path.exists()
    assert turns(call_id) == [("a", "Hello\u2028??"), ("c", "Hi")]
    call = Call.objects.get(pk=call_id)
    assert (call.answered_at, call.events.filter(kind="dtmf").count()) == (AT, 1)
    assert [tool.outcome for tool in call.tool_calls.all()] == ["ok"]
    assert store_spool(folder=tmp_path) == 0


def test_a_file_whose_worker_lives_is_left_to_it(call_id: UUID, tmp_path: Path) -> None:
    path = spooled(tmp_path, record_line(call_id, RECORDS[1]))
    with path.open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert store_spool(folder=tmp_path) == 0
    assert turns(call_id) == []

    assert store_spool(folder=tmp_path) == 1
    assert len(turns(call_id)) == 1


def test_of_many_who_come_at_once_each_file_is_stored_by_one(call_id: UUID, tmp_path: Path) -> None:
    for index in range(6):
        spooled(tmp_path, record_line(call_id, RECORDS[1]), name=f"{index}-call.jsonl")

    stored = at_once(*[lambda: store_spool(folder=tmp_path)] * 4)

    assert sum(count for count in stored if isinstance(count, int)) == 6, stored
    assert list(tmp_path.iterdir()) == []


def test_a_line_cut_by_a_crash_and_one_that_fits_nowhere_are_set_aside(
    call_id: UUID, tmp_path: Path
) -> None:
    good, stranger = record_line(call_id, RECORDS[1]), record_line(uuid4(), RECORDS[1])
    spooled(tmp_path, stranger, good, good[:40])

    assert store_spool(folder=tmp_path) == 1

    assert len(turns(call_id)) == 1
    [rejected] = tmp_path.iterdir()
    assert rejected.name == "1-call.rejected"
    assert rejected.stat().st_mode & 0o777 == 0o600
    assert sorted(rejected.read_bytes().splitlines()) == sorted([stranger.strip(), good[:40]])


def test_files_wait_for_a_database_that_is_away(
    call_id: UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = spooled(tmp_path, record_line(call_id, RECORDS[1]))

    def away(**_: object) -> None:
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as patched:
        patched.setattr("telephony.services.spool.store_call_records", away)
        with pytest.raises(OperationalError):
            store_spool(folder=tmp_path)
    assert path.exists()
    assert store_spool(folder=tmp_path) == 1


def read_only(connection: Any) -> Any:
    """PostgreSQL after a failover; Django makes InternalError of it."""

    def refuse(execute: Any, sql: str, *more: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE")):
            raise InternalError("cannot execute INSERT in a read-only transaction")
        return execute(sql, *more)

    return connection.execute_wrapper(refuse)


def test_a_database_that_only_reads_loses_no_line(call_id: UUID, tmp_path: Path) -> None:
    path = spooled(tmp_path, record_line(call_id, RECORDS[1]))
    with read_only(connection), pytest.raises(OperationalError, match="InternalError"):
        store_spool(folder=tmp_path)

    assert list(tmp_path.iterdir()) == [path]
    assert store_spool(folder=tmp_path) == 1
    assert len(turns(call_id)) == 1


@pytest.mark.parametrize(
    "newer",
    [
        ('"EventRecord"', '"MoodRecord"'),
        ('"kind":"dtmf"', '"kind":"mood"'),
        ('"at_ms"', '"mood":1,"at_ms"'),
    ],
    ids=["kind of record", "word", "field"],
)
def test_a_line_of_a_newer_worker_waits_for_a_newer_reader_and_holds_up_nothing(
    call_id: UUID, tmp_path: Path, newer: tuple[str, str]
) -> None:
    known = record_line(call_id, RECORDS[3]).decode()
    unknown = known.replace(*newer)
    assert unknown != known
    path = spooled(tmp_path, unknown.encode(), record_line(call_id, RECORDS[1]))

    assert store_spool(folder=tmp_path) == 0
    assert (list(tmp_path.iterdir()), len(turns(call_id))) == ([path], 1)

    os.utime(path, (time.time() - 2 * 86_400,) * 2)
    assert store_spool(folder=tmp_path) == 1, "nobody newer came in two days"
    assert (tmp_path / "1-call.rejected").read_bytes() == unknown.encode()


def test_what_was_set_aside_is_said_and_can_be_tried_once_more(
    call_id: UUID, tmp_path: Path, settings: Any, admin_client: Client
) -> None:
    settings.SPOOL_DIR = tmp_path
    (tmp_path / "1-call.rejected").write_bytes(record_line(call_id, RECORDS[1]))
    assert any("could not be stored" in alarm for alarm in alarms())
    assert "store_spool --rejected" in admin_client.get(reverse("admin:index")).content.decode()

    call_command("store_spool", "--rejected")

    assert (list(tmp_path.iterdir()), len(turns(call_id))) == ([], 1)
    assert not any("could not be stored" in alarm for alarm in alarms())


def test_the_command_stores_the_folder_of_the_settings(
    call_id: UUID, tmp_path: Path, settings: object
) -> None:
    settings.SPOOL_DIR = tmp_path  # type: ignore[attr-defined]
    spooled(tmp_path, record_line(call_id, RECORDS[1]))
    call_command("store_spool")
    assert len(turns(call_id)) == 1


def test_a_caller_turned_away_without_a_database_becomes_a_refused_call_once(
    number: PhoneNumber, arrival: Callable[..., CallArrival], tmp_path: Path
) -> None:
    turned_away, taken = arrival(room_name="away"), arrival(room_name="taken")
    facade.open_call(arrival(room_name="taken"))
    at = datetime.now(UTC) - timedelta(minutes=1)
    refused = [
        refusal_line(RefusedArrival(arrival=one, reason=EndingReason.STORE_UNAVAILABLE, at=at))
        for one in (turned_away, turned_away, taken)
    ]
    spooled(tmp_path, *refused)

    store_spool(folder=tmp_path)

    call = Call.objects.get(room_name="away")
    assert (call.ending_reason, call.ending_result) == ("store_unavailable", "our_fault")
    assert (call.ended_at, call.started_at) == (at, at)
    assert Call.objects.get(room_name="taken").ended_at is None, "another job took it since"


def test_the_end_of_a_job_that_lost_the_call_does_not_end_it(call_id: UUID) -> None:
    mine = Call.objects.get(pk=call_id).claimed_by_job
    end = CallEnded(reason=EndingReason.LIVEKIT_LOST, ended_at=AT, job_id="AJ_lost")
    facade.store_records(call_id, [end])
    assert Call.objects.get(pk=call_id).ended_at is None

    end = CallEnded(reason=EndingReason.AGENT_GOODBYE, ended_at=AT, job_id=mine)
    facade.store_records(call_id, [end])
    assert Call.objects.get(pk=call_id).ending_reason == "agent_goodbye"
