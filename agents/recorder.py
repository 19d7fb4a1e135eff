"""Turns what happens in a call into contract records: stable keys, times on the call's clock.

Every method takes moments as seconds since the epoch. Nothing here waits or fails: a record goes
to the store's queue at once, so that a killed process loses at most the turn being spoken.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from agents.call_context import CallClock
from agents.ports import Store
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
from telephony.enums import EndingReason, EventKind, Speaker, ToolOutcome

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolAttempt:
    """``call_id`` is the model's of this use; ``number`` counts its attempts from 1."""

    call_id: str
    name: str
    arguments: Mapping[str, Any]
    start: float
    number: int = 1
    idempotency_key: str = ""


@dataclass(slots=True)
class _PendingEvent:
    record: EventRecord
    at: float


class Recorder:
    """One call's records. Events before the answer wait for it, as zero is not known until then."""

    def __init__(self, store: Store, clock: CallClock, *, takeover: int = 0) -> None:
        """``takeover`` makes keys of its own for a job that goes on with another's call."""
        self._mark = f"takeover{takeover}:" if takeover else ""
        self.watchers: list[Callable[[CallRecord], None]] = []  # told of each record that is stored
        self._store = store
        self._clock = clock
        self._early: list[_PendingEvent] | None = None if takeover else []
        self._events = 0
        self._agent_start_ms = -1
        self._closed = False

    def answered(self) -> None:
        """Zero of the clock was just set."""
        self._put(CallAnswered(answered_at=self._clock.moment(self._clock.zero)))
        self._release_early()
        self.event(EventKind.ANSWERED, at=self._clock.zero)

    def event(
        self, kind: EventKind, *, at: float | None = None, detail: Mapping[str, Any] | None = None
    ) -> None:
        self._events += 1
        moment = self._clock.now() if at is None else at
        record = EventRecord(
            key=f"{self._mark}{kind.value}:{self._events}",
            kind=kind,
            at_ms=self._clock.ms(moment),
            occurred_at=self._clock.moment(moment),
            detail=dict(detail or {}),
        )
        if self._early is None:
            self._put(record)
        else:
            self._early.append(_PendingEvent(record, moment))

    def caller_turn(
        self, key: str, *, text: str, start: float, end: float, confidence: float | None = None
    ) -> None:
        self._put(
            TurnRecord(
                key=f"{self._mark}{key}",
                speaker=Speaker.CALLER,
                text=text,
                start_ms=self._clock.ms(start),
                end_ms=self._clock.ms(max(start, end)),
                confidence=confidence,
            )
        )

    def agent_turn(
        self, item_id: str, *, text: str, start: float, end: float, interrupted: bool
    ) -> str:
        """Store what was heard of one message of the agent and return the turn's key."""
        # Two messages of one response carry the same start; history still needs an order.
        start_ms = max(self._clock.ms(start), self._agent_start_ms + 1)
        self._agent_start_ms = start_ms
        key = f"{self._mark}agent:{item_id}"
        self._put(
            TurnRecord(
                key=key,
                speaker=Speaker.AGENT,
                text=text,
                start_ms=start_ms,
                end_ms=max(start_ms, self._clock.ms(end)),
                interrupted=interrupted,
            )
        )
        if interrupted:
            self.event(EventKind.INTERRUPTED, at=end, detail={"turn": key})
        return key

    def tool_begun(self, attempt: ToolAttempt) -> None:
        """To be told before anything of it leaves this process."""
        self._put(ToolCallBegun(**self._attempt(attempt)))

    def tool_call(
        self, attempt: ToolAttempt, *, outcome: ToolOutcome, result: Mapping[str, Any]
    ) -> None:
        """What came of an attempt, begun or refused."""
        self._put(
            ToolCallRecord(
                **self._attempt(attempt),
                outcome=outcome,
                result=dict(result),
                duration_ms=max(0, round((self._clock.now() - attempt.start) * 1000)),
            )
        )

    def _attempt(self, attempt: ToolAttempt) -> dict[str, Any]:
        again = f":{attempt.number}" if attempt.number > 1 else ""
        return {
            "key": f"{self._mark}tool:{attempt.call_id}{again}",
            "name": attempt.name,
            "arguments": dict(attempt.arguments),
            "start_ms": self._clock.ms(attempt.start),
            "attempt": attempt.number,
            "idempotency_key": attempt.idempotency_key,
        }

    def human_turn(self, key: str, *, text: str, start: float, end: float) -> None:
        """What the human said whom the caller was handed to."""
        self._put(
            TurnRecord(
                key=f"{self._mark}{key}",
                speaker=Speaker.HUMAN,
                text=text,
                start_ms=self._clock.ms(start),
                end_ms=self._clock.ms(max(start, end)),
            )
        )

    def message(
        self,
        key: str,
        *,
        caller_name: str,
        callback_number: str,
        text: str,
        team: str = "",
        path: str = "",
    ) -> None:
        """A message that the caller left."""
        now = self._clock.now()
        self._put(
            MessageRecord(
                key=f"{self._mark}{key}",
                caller_name=caller_name,
                callback_number=callback_number,
                text=text,
                at_ms=self._clock.ms(now),
                occurred_at=self._clock.moment(now),
                team=team,
                path=path,
            )
        )

    def transfer(self, record: TransferRecord) -> None:
        """A step of a hand-over; its key is of this job already."""
        self._put(record)

    def metric(self, record: TurnMetricRecord) -> None:
        """The same turn again, with more known of it, replaces what was stored."""
        self._put(record)

    def recording(
        self, key: str, *, path: str, started: float, duration_ms: int | None = None
    ) -> None:
        """A tape of the call; the same key again replaces what was stored."""
        self._put(
            RecordingRecord(
                key=f"{self._mark}{key}",
                path=path,
                started_ms=self._clock.ms(started),
                duration_ms=duration_ms,
            )
        )

    def ended(self, reason: EndingReason, *, at: float, detail: str = "") -> None:
        """The last record; whatever comes after it is dropped."""
        if self._closed:
            return
        self._release_early()
        self._put(CallEnded(reason=reason, ended_at=self._clock.moment(at), detail=detail))
        self._closed = True

    def _release_early(self) -> None:
        early, self._early = self._early or [], None
        for pending in early:
            self._put(replace(pending.record, at_ms=self._clock.ms(pending.at)))

    def _put(self, record: CallRecord) -> None:
        if self._closed:
            logger.warning("record after the end of the call dropped: %s", type(record).__name__)
            return
        self._store.put(record)
        for watch in self.watchers:
            watch(record)
