"""What stands around a call goes away while it lasts: the call goes on, and its record is whole."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shlex
import sqlite3
import subprocess
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from deploy.local.phone import CallFailed
from tests.e2e.conftest import PhoneMaker
from tests.support.faults import calls_from, environment, spool_of, stopped
from tests.support.order_call import asks_for_the_order
from tests.support.rooms import rooms_of
from tests.support.stack import Api, Json, said

pytestmark = [pytest.mark.full, pytest.mark.alone, pytest.mark.timeout(150)]
Uri = Callable[[str], str]


@contextlib.asynccontextmanager
async def database_away(stack: Json) -> AsyncIterator[None]:
    """SQLite: locked by somebody else. PostgreSQL: its server is stopped."""
    url = environment(stack, "web")["DATABASE_URL"]
    if url.startswith("sqlite"):
        other = sqlite3.connect(url.removeprefix("sqlite:///"), timeout=10, isolation_level=None)
        other.execute("BEGIN EXCLUSIVE")
        try:
            yield
        finally:
            other.rollback()
            other.close()
        return
    missing("TEST_PG_DATA", "TEST_PG_BIN")
    # pg_ctl start does not remember the port that the server was given on its command line.
    ran = shlex.split((Path(os.environ["TEST_PG_DATA"]) / "postmaster.opts").read_text())
    await asyncio.to_thread(_postgres, "stop", "-m", "fast")
    try:
        yield
    finally:
        options = shlex.join(ran[1:])
        await asyncio.to_thread(_postgres, "start", "-l", "/dev/null", "-o", options)


def missing(*names: str) -> None:
    """Skip where a server is somebody else's to stop; in CI it never is, so there it fails."""
    if lacking := [name for name in names if name not in os.environ]:
        reason = f"{' and '.join(lacking)} must name the server that this test may stop"
        assert "CI" not in os.environ, reason
        pytest.skip(reason)


def _postgres(*words: str) -> None:
    data, folder = os.environ["TEST_PG_DATA"], os.environ["TEST_PG_BIN"]
    command = [f"{folder}/pg_ctl", "-D", data, "-w", *words]
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        command = ["runuser", "-u", "postgres", "--", *command]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


async def test_a_call_goes_on_while_the_database_is_away_for_20_s_and_its_record_is_whole(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    phone, second = await new_phone(user="+15550311"), await new_phone(user="+15550312")
    call = await phone.dial(uri("shop"))
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    async with database_away(stack):
        over = asyncio.create_task(asyncio.sleep(20))
        await asks_for_the_order(call)
        with pytest.raises(CallFailed) as refused:
            await second.dial(uri("shop"), ringing_timeout_s=20)
        await over
    await call.say("No, thank you, goodbye.")
    await asyncio.wait_for(call.ended.wait(), 15)

    stored = await api.ended(call.sip_call_id, 40)
    assert stored["ending"] == {"result": "success", "reason": "agent_goodbye"}
    assert [turn["speaker"] for turn in stored["transcript"]] == (
        ["agent", "caller", "agent", "caller", "agent"]
    )
    assert any("Tuesday" in text for text in said(stored, "agent"))
    assert len(stored["tool_calls"]) >= 1
    assert refused.value.status == 486
    [turned_away] = await calls_from(stack, "+15550312", 40)
    assert turned_away["ending"] == {"result": "our_fault", "reason": "store_unavailable"}
    assert list(spool_of(stack).glob("*")) == []
    await rooms_of(stack, "+15550312", count=0)


async def test_calls_begin_go_on_and_end_while_redis_hangs(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    if "redis" not in stack["pids"]:
        missing("TEST_REDIS_PID")
    redis = int(stack["pids"].get("redis") or os.environ["TEST_REDIS_PID"])
    running, new = await new_phone(user="+15550313"), await new_phone(user="+15550314")
    call = await running.dial(uri("shop"))
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    with stopped(redis):
        await asks_for_the_order(call)
        during = await new.dial(uri("shop"))
        await during.wait_for_speech(5)
        await during.wait_for_silence()
        await during.hangup()
    await call.hangup()

    for one, turns in ((call, 3), (during, 1)):
        stored = await api.ended(one.sip_call_id, 20)
        assert stored["ending"] == {"result": "caller", "reason": "caller_hung_up"}
        assert len(stored["transcript"]) == turns
    for caller in ("+15550313", "+15550314"):
        assert len(await calls_from(stack, caller)) == 1
        await rooms_of(stack, caller, count=0)


async def test_calls_begin_go_on_and_end_while_celery_hangs(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    phone = await new_phone(user="+15550315")
    with stopped(stack["pids"]["celery-worker"]), stopped(stack["pids"]["celery-beat"]):
        call = await phone.dial(uri("shop"))
        await call.wait_for_speech(5)
        await call.wait_for_silence()
        await asks_for_the_order(call)
        await call.hangup()
        stored = await api.ended(call.sip_call_id)
    assert stored["ending"] == {"result": "caller", "reason": "caller_hung_up"}
    assert len(stored["transcript"]) == 3
    await asyncio.sleep(3)  # what had piled up is worked off
    assert await calls_from(stack, "+15550315") == [await api.ended(call.sip_call_id)]
