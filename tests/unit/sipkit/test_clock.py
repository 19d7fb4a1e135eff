"""The media clock."""

from __future__ import annotations

import asyncio
import logging
import time

import pytest

from deploy.local.sipkit import FrameClock


@pytest.fixture
async def clock():
    clock = FrameClock(logging.getLogger("test"))
    clock.start()
    yield clock
    clock.stop()


async def test_it_ticks_every_20_ms_without_drift(clock):
    started = time.monotonic()
    for _ in range(25):
        await clock.tick()
    assert clock.ticks + clock.skipped >= 25
    assert 0.48 < time.monotonic() - started < 1.0


async def test_after_a_stall_it_catches_up_two_frames_and_skips_the_rest(clock):
    calls: list[int] = []
    await clock.tick()
    clock.add(lambda: calls.append(clock.ticks))
    time.sleep(0.2)  # noqa: ASYNC251 - the stall is what is tested
    await clock.tick()
    assert 1 <= len(calls) <= 3
    assert clock.skipped >= 7
    assert calls[-1] >= 10


async def test_a_callback_that_fails_does_not_stop_the_others(clock):
    calls: list[int] = []

    def fails() -> None:
        raise RuntimeError("on purpose")

    clock.add(fails)
    clock.add(lambda: calls.append(1))
    await clock.tick()
    await clock.tick()
    clock.remove(fails)
    clock.remove(fails)
    assert len(calls) >= 2


async def test_stopping_cancels_who_waits(clock):
    waiting = asyncio.create_task(clock.tick())
    await asyncio.sleep(0)
    clock.stop()
    with pytest.raises(asyncio.CancelledError):
        await waiting
