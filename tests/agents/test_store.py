"""Records arrive in order, once, through a database that goes away, and never hold up a call."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import InternalError, OperationalError

from agents.ports import StoreUnavailableError
from agents.store import DjangoStore
from telephony.contracts import (
    CallAlreadyClaimedError,
    CallArrival,
    CallEnded,
    CallPlan,
    CallRecord,
    PersonaSpec,
    TurnRecord,
)
from telephony.enums import EndingReason, RealtimeProvider, Speaker, VoiceProvider
from telephony.services.record_lines import RefusedArrival, read_line

ARRIVAL = CallArrival(
    room_name="call_1",
    job_id="AJ_1",
    worker_id="AW_1",
    participant_identity="sip_1",
    called_number="+15550100",
    caller_number="+15550199",
    livekit_trunk_id="ST_1",
    livekit_rule_id="SDR_1",
    livekit_call_id="SCL_1",
    sip_call_id="abc@host",
)
PLAN = CallPlan(
    call_id=uuid4(),
    called_number="+15550100",
    caller_number="+15550199",
    persona=PersonaSpec(
        name="Shop",
        version=1,
        instructions="",
        greeting="Hello.",
        language="en",
        realtime_provider=RealtimeProvider.OPENAI_REALTIME,
        realtime_model="gpt-realtime",
        voice_provider=VoiceProvider.CARTESIA,
        voice_model="sonic-3",
        voice_id="v",
    ),
    opening_hours=None,
    max_duration_s=600,
)
END = CallEnded(reason=EndingReason.CALLER_HUNG_UP, ended_at=datetime.now(UTC))


class Database:
    """Takes batches as the facade does, and can be away or refuse a record."""

    def __init__(self) -> None:
        self.rows: list[str] = []
        self.away = 0
        self.outage: Exception = OperationalError("server closed the connection")
        self.refused = ""
        self.open_gate = threading.Event()
        self.open_gate.set()

    def open(self, arrival: CallArrival) -> CallPlan:
        self._maybe_away()
        return PLAN

    def write(self, call_id: UUID, records: Sequence[CallRecord]) -> None:
        assert call_id == PLAN.call_id
        self.open_gate.wait()
        self._maybe_away()
        keys = [record.key if isinstance(record, TurnRecord) else "end" for record in records]
        if self.refused in keys:
            raise ValueError("this row is not right")
        self.rows += keys

    def _maybe_away(self) -> None:
        if self.away:
            self.away -= 1
            raise self.outage


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture(autouse=True)
def spool(tmp_path: Path, settings: Any) -> Path:
    settings.SPOOL_DIR = tmp_path / "spool"
    return tmp_path / "spool"


async def opened(database: Database, **options: int) -> DjangoStore:
    store = DjangoStore(open_=database.open, write=database.write, first_backoff_s=0.01, **options)
    await store.open_call(ARRIVAL)
    return store


def turn(number: int) -> TurnRecord:
    return TurnRecord(key=str(number), speaker=Speaker.AGENT, text="x", start_ms=0, end_ms=1)


@pytest.mark.parametrize(
    "outage",
    [
        OperationalError("server closed the connection"),
        InternalError("cannot execute INSERT in a read-only transaction"),
    ],
    ids=["away", "reads only"],
)
async def test_order_survives_a_database_that_goes_away(
    database: Database, outage: Exception
) -> None:
    database.outage = outage
    store = await opened(database)
    database.away = 3
    for number in range(120):
        store.put(turn(number))
    store.put(END)
    assert await store.close(5) == 0
    assert database.rows == [*map(str, range(120)), "end"]


async def test_a_call_is_opened_through_a_short_outage(database: Database) -> None:
    database.away = 2
    store = await opened(database)
    assert await store.close(1) == 0


async def test_a_database_that_stays_away_is_said_so(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.store.OPEN_TIMEOUT_S", 0.1)
    database.away = 1_000
    with pytest.raises(StoreUnavailableError):
        await opened(database)


async def test_a_lost_claim_is_not_tried_again() -> None:
    asked = []

    def claimed(arrival: CallArrival) -> CallPlan:
        asked.append(arrival)
        raise CallAlreadyClaimedError("another job")

    with pytest.raises(CallAlreadyClaimedError):
        await DjangoStore(open_=claimed).open_call(ARRIVAL)
    assert len(asked) == 1


async def test_one_record_that_cannot_be_stored_does_not_take_others_with_it(
    database: Database, spool: Path
) -> None:
    store = await opened(database)
    database.refused = "1"
    database.open_gate.clear()
    for number in range(3):
        store.put(turn(number))
    database.open_gate.set()
    assert await store.close(5) == 0, "kept for a look, not lost"
    assert database.rows == ["0", "2"]
    assert len(spooled(spool)) == 3


async def test_put_does_not_wait_for_the_database(database: Database) -> None:
    store = await opened(database)
    database.open_gate.clear()
    start = time.monotonic()
    for number in range(1_000):
        store.put(turn(number))
    assert time.monotonic() - start < 0.2
    database.open_gate.set()
    assert await store.close(5) == 0


async def test_a_full_queue_leaves_turns_to_the_spool_but_never_the_end(
    database: Database, spool: Path
) -> None:
    store = await opened(database, max_queued=10)
    database.open_gate.clear()
    for number in range(50):
        store.put(turn(number))
    store.put(END)
    database.open_gate.set()
    assert await store.close(5) == 0
    assert database.rows == [*map(str, range(10)), "end"]
    assert len(spooled(spool)) == 51


def spooled(spool: Path) -> list[object]:
    """What whoever comes next finds."""
    [file] = spool.glob("*.jsonl")
    return [read_line(line) for line in file.read_bytes().splitlines()]


def modes(spool: Path) -> list[int]:
    return [file.stat().st_mode & 0o777 for file in spool.iterdir()]


def spool_is_a_file(spool: Path) -> None:
    spool.write_text("a file where the folder should be")


async def test_closing_gives_up_in_time_and_leaves_the_rest_on_disk(
    database: Database, spool: Path
) -> None:
    store = await opened(database)
    database.away = 10_000
    store.put(turn(1))
    store.put(END)
    start = time.monotonic()
    assert await store.close(0.3) == 0
    assert time.monotonic() - start < 2
    end = replace(END, job_id=ARRIVAL.job_id)
    assert spooled(spool) == [(PLAN.call_id, turn(1)), (PLAN.call_id, end)]
    assert modes(spool) == [0o600]


async def test_a_record_is_on_disk_before_the_database_has_it(
    database: Database, spool: Path
) -> None:
    store = await opened(database)
    database.open_gate.clear()
    store.put(turn(1))
    assert spooled(spool) == [(PLAN.call_id, turn(1))]
    database.open_gate.set()
    assert await store.close(5) == 0
    assert modes(spool) == [], "stored, so nothing is left"


async def test_a_disk_that_takes_nothing_does_not_end_the_call(
    database: Database, spool: Path
) -> None:
    spool_is_a_file(spool)
    store = await opened(database)
    store.put(turn(1))
    assert await store.close(5) == 0
    assert database.rows == ["1"]


async def test_a_caller_turned_away_for_want_of_a_database_is_noted_on_disk(
    database: Database, spool: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agents.store.OPEN_TIMEOUT_S", 0.1)
    database.away = 1_000
    with pytest.raises(StoreUnavailableError):
        await opened(database)
    [refused] = spooled(spool)
    assert isinstance(refused, RefusedArrival)
    assert (refused.arrival, refused.reason) == (ARRIVAL, EndingReason.STORE_UNAVAILABLE)
