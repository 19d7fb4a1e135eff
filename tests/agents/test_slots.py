"""How many calls a worker takes when they come together."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from agents.slots import Slots


class Worker:
    """A server whose jobs become active only when their process is there."""

    def __init__(self) -> None:
        self.active_jobs: list[object] = []
        self.processes_ready = asyncio.Event()


class Request:
    def __init__(self, worker: Worker) -> None:
        self.worker = worker
        self.left_to_others = False

    async def accept(self) -> None:
        await self.worker.processes_ready.wait()
        self.worker.active_jobs.append(self)

    async def reject(self, *, terminate: bool) -> None:
        self.left_to_others = not terminate


async def test_of_twelve_calls_at_once_ten_slots_take_ten_and_leave_two_to_another_worker() -> None:
    slots, worker = Slots(10), Worker()
    requests = [Request(worker) for _ in range(12)]
    taking = [asyncio.create_task(slots.take(cast(Any, worker), cast(Any, r))) for r in requests]
    await asyncio.sleep(0)
    assert slots.load(cast(Any, worker)) == 1.0
    worker.processes_ready.set()
    await asyncio.gather(*taking)
    assert len(worker.active_jobs) == 10
    assert [request.left_to_others for request in requests] == [False] * 10 + [True] * 2


async def test_a_call_whose_assignment_fails_gives_its_slot_back() -> None:
    class Lost(Request):
        async def accept(self) -> None:
            raise TimeoutError

    slots, worker = Slots(1), Worker()
    taken = asyncio.create_task(slots.take(cast(Any, worker), cast(Any, Lost(worker))))
    await asyncio.gather(taken, return_exceptions=True)
    assert slots.load(cast(Any, worker)) == 0.0
