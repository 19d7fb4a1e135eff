"""Records -> telephony.facade, in order, off the event loop, through a database that may be away.

Each record is first appended to the call's spool file, which outlives this process, then stored by
one thread: the call never waits for the database, and the order of records is the order of rows.
The file goes when all is stored; else it stays, and whoever finds it unlocked stores it again,
which is harmless. The only module of agents beside worker.py that knows Django.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import ParamSpec, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError, connections

from agents.ports import StoreUnavailableError
from agents.spool import SpoolFile
from telephony import facade
from telephony.contracts import (
    AnsweringPersona,
    CallArrival,
    CallEnded,
    CallPlan,
    CallRecord,
    HumanOffer,
    HumansFree,
    KnowledgePassage,
    NobodyOffer,
)
from telephony.enums import EndingReason

logger = logging.getLogger(__name__)

MAX_QUEUED = 5_000
BATCH = 50
FIRST_BACKOFF_S = 0.1
MAX_BACKOFF_S = 5.0
OPEN_TIMEOUT_S = 4.0

Question = ParamSpec("Question")
Answer = TypeVar("Answer")

# An InternalError is what PostgreSQL says when it only reads, after a failover.
_AWAY = (OperationalError, InterfaceError, InternalError)


class DjangoStore:
    """``Store`` over telephony.facade; ``write`` and ``open_`` are the facade's two functions."""

    def __init__(
        self,
        *,
        open_: Callable[[CallArrival], CallPlan] = facade.open_call,
        write: Callable[[UUID, Sequence[CallRecord]], None] = facade.store_records,
        first_backoff_s: float = FIRST_BACKOFF_S,
        max_queued: int = MAX_QUEUED,
        spool_dir: Path | None = None,
    ) -> None:
        self._open = open_
        self._write = write
        self._first_backoff_s = first_backoff_s
        self._max_queued = max_queued
        self._spool_dir = spool_dir or Path(settings.SPOOL_DIR)
        self._spool: SpoolFile | None = None
        self._call_id: UUID | None = None
        self._job_id = ""
        self._queue: deque[CallRecord] = deque()
        self._lost = 0
        self._changed = threading.Condition()
        self._stop_at: float | None = None
        self._thread: threading.Thread | None = None

    async def open_call(self, arrival: CallArrival) -> CallPlan:
        opening = asyncio.create_task(asyncio.to_thread(self._open_with_retries, arrival))
        try:
            # A locked database answers late, not with an error. The thread cannot be stopped: a
            # claim that it still gets is ended when the refusal is stored.
            plan = await asyncio.wait_for(asyncio.shield(opening), OPEN_TIMEOUT_S + 1.0)
        except (TimeoutError, StoreUnavailableError) as error:
            opening.add_done_callback(lambda done: done.cancelled() or done.exception())
            self._spool_refusal(arrival)
            raise StoreUnavailableError("the database does not answer") from error
        self._call_id, self._job_id = plan.call_id, arrival.job_id
        self._spool = SpoolFile(self._spool_dir, f"{plan.call_id}-{arrival.job_id}")
        self._thread = threading.Thread(
            target=self._run, args=(plan.call_id,), name="call-store", daemon=True
        )
        self._thread.start()
        return plan

    def _spool_refusal(self, arrival: CallArrival) -> None:
        spool = SpoolFile(self._spool_dir, "refused")
        refused = facade.RefusedArrival(
            arrival=arrival, reason=EndingReason.STORE_UNAVAILABLE, at=datetime.now(UTC)
        )
        spool.append(facade.refusal_line(refused))
        spool.sync()
        spool.close(keep=True)

    def put(self, record: CallRecord) -> None:
        if isinstance(record, CallEnded):
            record = replace(record, job_id=self._job_id)
        if self._spool is not None and self._call_id is not None:
            self._spool.append(facade.record_line(self._call_id, record))
        with self._changed:
            # The end is always taken: a call without one would look alive for ever.
            if len(self._queue) >= self._max_queued and not isinstance(record, CallEnded):
                self._lost += 1
                if self._lost == 1:
                    logger.error("the record queue is full; records wait in the spool")
                return
            self._queue.append(record)
            self._changed.notify()

    async def close(self, timeout_s: float) -> int:
        if self._thread is None:
            return len(self._queue)
        with self._changed:
            self._stop_at = time.monotonic() + timeout_s
            self._changed.notify()
        await asyncio.to_thread(self._thread.join, timeout_s + 1.0)
        missing = len(self._queue) + self._lost
        if self._spool is not None:
            self._spool.sync()
            self._spool.close(keep=bool(missing))
            if missing and self._spool.complete:
                logger.warning("%d records of this call wait in the spool", missing)
                return 0
        if missing:
            logger.error("%d records of this call were not stored", missing)
        return missing

    def _open_with_retries(self, arrival: CallArrival) -> CallPlan:
        deadline, backoff = time.monotonic() + OPEN_TIMEOUT_S, self._first_backoff_s
        try:
            while True:
                try:
                    return self._open(arrival)
                except _AWAY as error:
                    connections.close_all()
                    if time.monotonic() + backoff > deadline:
                        raise StoreUnavailableError("the database does not answer") from error
                    time.sleep(backoff)
                    backoff = min(backoff * 2, MAX_BACKOFF_S)
        finally:
            # Connections belong to a thread; this one is the pool's, not ours.
            connections.close_all()

    def _run(self, call_id: UUID) -> None:
        backoff = self._first_backoff_s
        try:
            while (batch := self._next_batch()) is not None:
                if self._try_write(call_id, batch):
                    backoff = self._first_backoff_s
                    with self._changed:
                        for _ in batch:
                            self._queue.popleft()
                elif not self._wait(backoff):
                    return
                else:
                    backoff = min(backoff * 2, MAX_BACKOFF_S)
        finally:
            connections.close_all()

    def _next_batch(self) -> list[CallRecord] | None:
        with self._changed:
            while not self._queue:
                if self._stop_at is not None:
                    return None
                self._changed.wait()
            # Left in the queue until written, so that a failure keeps the order.
            return [self._queue[i] for i in range(min(BATCH, len(self._queue)))]

    def _try_write(self, call_id: UUID, batch: Sequence[CallRecord]) -> bool:
        """Return False when the database is away and the batch must be tried again."""
        try:
            self._write(call_id, batch)
        except _AWAY as error:
            logger.warning("the database is away, records wait: %s", type(error).__name__)
            if self._spool is not None:
                self._spool.sync()
            connections.close_all()
            return False
        except Exception as error:
            # One record that cannot be stored must not take its neighbours with it.
            if len(batch) > 1:
                return all(self._try_write(call_id, [record]) for record in batch)
            self._lost += 1  # stays in the spool, where it is set aside
            # No traceback: a database error's text quotes the values of the row.
            logger.error("a %s cannot be stored: %s", type(batch[0]).__name__, type(error).__name__)
        return True

    def _wait(self, seconds: float) -> bool:
        """Sleep before the next try; False when there is no time left for one."""
        with self._changed:
            if self._stop_at is None:
                self._changed.wait_for(lambda: self._stop_at is not None, timeout=seconds)
                return True
            if time.monotonic() + seconds > self._stop_at:
                return False
        time.sleep(seconds)
        return True


def store_left_records() -> int:
    """Store what workers left that are gone; how many files. 0 when the database is away."""
    try:
        return facade.store_spool(Path(settings.SPOOL_DIR))
    except _AWAY as error:
        logger.warning("the spool waits for the database: %s", type(error).__name__)
        return 0
    finally:
        connections.close_all()


async def answering_personas() -> list[AnsweringPersona]:
    """Whose sentences are to be kept ready. Raises what the database raises."""
    return await _in_thread(facade.answering_personas)


class DjangoHandoff:
    """``Handoff`` over telephony.facade, in a thread: the call goes on meanwhile."""

    async def reserve_human(
        self, call_id: UUID, transfer_key: str, team_key: str, tried: Sequence[int]
    ) -> HumanOffer | NobodyOffer:
        return await _in_thread(facade.reserve_human, call_id, transfer_key, team_key, tried)

    async def humans_free(self, call_id: UUID, team_key: str) -> HumansFree:
        return await _in_thread(facade.humans_free, call_id, team_key)


class DjangoKnowledge:
    """``Knowledge`` over telephony.facade, in a thread: the caller's audio goes on meanwhile."""

    async def search_knowledge(
        self, call_id: UUID, question: str, limit: int
    ) -> list[KnowledgePassage]:
        return await _in_thread(facade.search_knowledge, call_id, question, limit)


async def _in_thread(
    ask: Callable[Question, Answer], *args: Question.args, **more: Question.kwargs
) -> Answer:
    def asked() -> Answer:
        try:
            return ask(*args, **more)
        finally:
            # Connections belong to a thread; this one is the pool's, not ours.
            connections.close_all()

    return await asyncio.to_thread(asked)
