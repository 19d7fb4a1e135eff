"""What a call talks to and keeps its records with, without LiveKit and Django."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterable, Callable
from pathlib import Path

from livekit import rtc

from telephony.contracts import (
    CallArrival,
    CallPlan,
    CallRecord,
    EventRecord,
    ToolCallRecord,
    TransferRecord,
    TurnMetricRecord,
    TurnRecord,
)
from telephony.enums import EventKind

RATE = 24_000
FRAME = RATE // 50
HERE = Path(__file__).parent
ROOT = HERE.parent.parent


class ListStore:
    """A ``Store`` that keeps what it is given."""

    def __init__(self) -> None:
        self.records: list[CallRecord] = []
        self.closed = False

    async def open_call(self, arrival: CallArrival) -> CallPlan:
        raise NotImplementedError

    def put(self, record: CallRecord) -> None:
        self.records.append(record)

    async def close(self, timeout_s: float) -> int:
        self.closed = True
        return 0

    @property
    def turns(self) -> list[TurnRecord]:
        """The last record of each key, in the order of the speech."""
        latest = {r.key: r for r in self.records if isinstance(r, TurnRecord)}
        return sorted(latest.values(), key=lambda turn: turn.start_ms)

    @property
    def said(self) -> list[tuple[str, str]]:
        return [(turn.speaker.value, turn.text) for turn in self.turns]

    @property
    def tools(self) -> list[ToolCallRecord]:
        return [r for r in self.records if isinstance(r, ToolCallRecord)]

    @property
    def metrics(self) -> list[TurnMetricRecord]:
        return [r for r in self.records if isinstance(r, TurnMetricRecord)]

    @property
    def transfers(self) -> list[TransferRecord]:
        return [r for r in self.records if isinstance(r, TransferRecord)]

    @property
    def states(self) -> list[str]:
        """Of all transfers, in the order told."""
        return [record.state.value for record in self.transfers]

    def events(self, kind: EventKind) -> list[EventRecord]:
        return [r for r in self.records if isinstance(r, EventRecord) and r.kind is kind]


class FakeLine:
    """A ``Line`` that notes what was done to it, and how long the last words were."""

    def __init__(self) -> None:
        self.hung_up_at: float | None = None
        self.played_s = 0.0
        self.left = asyncio.Event()

    async def answer(self, on_active: Callable[[], None]) -> None:
        on_active()

    async def hang_up(self) -> None:
        self.hung_up_at = time.time()

    async def play(self, audio: AsyncIterable[rtc.AudioFrame]) -> None:
        async for frame in audio:
            self.played_s += frame.duration

    def leave(self, reason: str) -> None:
        self.left.set()
