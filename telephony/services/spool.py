"""Storing what workers left on disk: records of calls whose process died, or whose database did.

A worker appends every record to a file of its call before the database is asked, holds a lock on
the file as long as it lives, and removes it when all is stored. So a file without a lock belongs to
nobody alive, and whoever gets the lock stores it. Records are idempotent by their keys: storing a
file again, or one that was stored in part, changes nothing.
"""

from __future__ import annotations

import fcntl
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from itertools import groupby
from pathlib import Path
from typing import IO
from uuid import UUID

import structlog
from django.db import (
    DatabaseError,
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    transaction,
)

from telephony import queue
from telephony.contracts import CallRecord
from telephony.models import Call
from telephony.queries import REJECTED_SUFFIX
from telephony.services.calls import refuse_arrival
from telephony.services.record_lines import (
    BadLineError,
    NewerLineError,
    RefusedArrival,
    read_line,
)
from telephony.services.records import store_call_records

log = structlog.get_logger(__name__)

SUFFIX = ".jsonl"
BATCH = 200
# During a deploy a new worker's records meet an old reader. After a day no newer one will come.
READER_COMES_WITHIN = timedelta(days=1)
# As agents/store.py names it: when, which call, whose job.
_NAME = re.compile(r"\d+-(?P<call>[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})-(?P<job>AJ_\w+)-\w+")
_AWAY = (OperationalError, InterfaceError)
# What the line itself is to blame for. All else is the database: read-only after a failover, or of
# another version's tables.
_UNFIT = (IntegrityError, DataError, LookupError, ValueError, TypeError)

Entry = tuple[UUID, CallRecord] | RefusedArrival


def store_spool(*, folder: Path) -> int:
    """Stores every file that nobody holds, oldest first; returns how many files were stored.

    Raises OperationalError or InterfaceError when the database is away or cannot write; the files
    stay. A line that can never be stored is moved to a file of its own (``.rejected``), so that it
    holds up nothing; a file with records that only a newer version can read stays for that one.
    """
    stored = 0
    unable: DatabaseError | None = None
    for path in sorted(folder.glob(f"*{SUFFIX}"), key=_age):
        with _locked(path) as file:
            if file is None:
                continue
            try:
                whole = _store_file(path, file)
            except _AWAY:
                raise
            except DatabaseError as error:
                unable = error
                continue
            if whole:
                path.unlink()
                stored += 1
            _report_death(path)
    if unable is not None:
        raise OperationalError(f"The database took no records: {type(unable).__name__}.")
    return stored


def take_back_rejected(*, folder: Path) -> int:
    """Gives lines that were set aside back to the spool; returns of how many files."""
    taken = 0
    for path in folder.glob(f"*{REJECTED_SUFFIX}"):
        spooled = path.with_suffix(SUFFIX)
        if not spooled.exists():  # one that is just being stored may still add to what is set aside
            path.rename(spooled)
            taken += 1
    return taken


def _report_death(path: Path) -> None:
    """A call that still runs and whose file had no owner has lost its worker, long before LiveKit
    notices: its job is in the file's name."""
    named = _NAME.fullmatch(path.stem)
    if named and Call.objects.open().filter(pk=UUID(named["call"])).exists():
        with suppress(queue.QueueUnavailableError):
            queue.enqueue(queue.CHECK_WORKER, named["call"], named["job"], True)


def _age(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:  # stored by another just now
        return 0.0


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes] | None]:
    """The file, ours alone while the block runs; None when it is another's or gone."""
    with suppress(FileNotFoundError), path.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
            return
        # Its holder may have stored and removed it between our opening and our locking.
        yield file if os.fstat(file.fileno()).st_nlink else None
        return
    yield None


def _store_file(path: Path, file: IO[bytes]) -> bool:
    """False when a line waits for a newer reader."""
    batch: list[tuple[bytes, Entry]] = []
    too_old = time.time() - _age(path) > READER_COMES_WITHIN.total_seconds()
    newer = 0
    for line in file:
        try:
            batch.append((line, read_line(line)))
        except BadLineError:
            _reject(path, line, "unreadable")
        except NewerLineError:
            newer += 1
            if too_old:
                _reject(path, line, "of a newer version")
        if len(batch) >= BATCH:
            _store_batch(path, batch)
            batch = []
    _store_batch(path, batch)
    if newer and not too_old:
        log.warning("spooled_records_wait_for_a_newer_version", count=newer)
    return not newer or too_old


def _store_batch(path: Path, batch: list[tuple[bytes, Entry]]) -> None:
    """In the order of the file; neighbours of one call in one transaction."""

    def owner(item: tuple[bytes, Entry]) -> UUID | None:
        entry = item[1]
        return None if isinstance(entry, RefusedArrival) else entry[0]

    for call_id, items in groupby(batch, key=owner):
        group = list(items)
        try:
            _store_entries(call_id, [entry for _, entry in group])
        except _UNFIT as error:
            if len(group) == 1:
                _reject(path, group[0][0], type(error).__name__)
                continue
            for item in group:
                _store_batch(path, [item])


def _store_entries(call_id: UUID | None, entries: list[Entry]) -> None:
    with transaction.atomic():
        for entry in entries:
            if isinstance(entry, RefusedArrival):
                refuse_arrival(arrival=entry.arrival, reason=entry.reason, at=entry.at)
        if call_id is not None:
            records = [entry[1] for entry in entries if not isinstance(entry, RefusedArrival)]
            store_call_records(call_id=call_id, records=records)


def _reject(path: Path, line: bytes, why: str) -> None:
    target = path.with_suffix(REJECTED_SUFFIX)
    with os.fdopen(os.open(target, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as file:
        file.write(line.rstrip(b"\n") + b"\n")
    # The line itself holds what callers said: it is kept, and never logged.
    log.error("spooled_record_rejected", error_type=why)
