"""Breaking a running stack on purpose, and starting more of its workers."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psutil
from livekit import api

from tests.support.stack import ROOT, Json

WORKER_READY_S = 60.0
_began = datetime.now(UTC).isoformat()


def kill_tree(pid: int) -> None:
    """-9 to the process and its children at once: nobody gets to say goodbye."""
    parent = psutil.Process(pid)
    for process in [parent, *parent.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()


@contextlib.contextmanager
def stopped(pid: int) -> Iterator[None]:
    """The process tree hangs (SIGSTOP) while the block runs."""
    parent = psutil.Process(pid)
    tree = [parent, *parent.children(recursive=True)]
    for process in tree:
        process.suspend()
    try:
        yield
    finally:
        for process in tree:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.resume()


def environment(stack: Json, part: str) -> dict[str, str]:
    """What a running part of the stack was started with."""
    return psutil.Process(stack["pids"][part]).environ()


def worker_pid(stack: Json) -> int:
    """The stack's own worker as it is now: the supervisor starts a killed one again."""
    for process in psutil.Process(psutil.Process(stack["pids"]["web"]).ppid()).children():
        if "agents.worker" in process.cmdline():
            return process.pid
    raise LookupError("the stack has no worker just now")


@contextlib.contextmanager
def worker_beside(stack: Json, **env: str) -> Iterator[subprocess.Popen[bytes]]:
    """A second agents' worker of this stack, registered; killed with all it started at the end."""
    with tempfile.TemporaryFile("w+b") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "agents.worker"],
            cwd=ROOT,
            env=environment(stack, "web") | {"WORKER_HTTP_PORT": "0"} | env,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            _until_registered(process, log)
            yield process
        finally:
            with contextlib.suppress(psutil.NoSuchProcess):
                kill_tree(process.pid)
            process.wait()


@contextlib.asynccontextmanager
async def another_worker(stack: Json) -> AsyncIterator[None]:
    """The same, while the telephones of this process talk on."""
    with contextlib.ExitStack() as ends:
        await asyncio.to_thread(ends.enter_context, worker_beside(stack))
        yield


def _until_registered(process: subprocess.Popen[bytes], log: Any) -> None:
    deadline = time.monotonic() + WORKER_READY_S
    story = b""
    while time.monotonic() < deadline and process.poll() is None:
        story = os.pread(log.fileno(), 1_000_000, 0)
        if b"registered worker" in story:
            return
        time.sleep(0.1)
    raise RuntimeError(f"no worker came up:\n{story.decode(errors='replace')[-3000:]}")


def drain(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)


@contextlib.asynccontextmanager
async def provider_faults(stack: Json, **faults: object) -> AsyncIterator[None]:
    """The stand-ins' settings while the block runs, their defaults after it."""
    control = stack["providers"]["control_url"]
    async with httpx.AsyncClient(trust_env=False) as client:
        (await client.patch(f"{control}/settings", json=faults)).raise_for_status()
        try:
            yield
        finally:
            (await client.post(f"{control}/reset")).raise_for_status()


def spool_of(stack: Json) -> Path:
    return Path(environment(stack, "web")["SPOOL_DIR"])


def livekit(stack: Json) -> api.LiveKitAPI:
    keys = stack["livekit"]
    url = keys["url"].replace("ws://", "http://")
    return api.LiveKitAPI(url, keys["api_key"], keys["api_secret"])


def begin() -> None:
    """A test begins: a stack has calls of earlier tests, tries and runs."""
    global _began
    _began = datetime.now(UTC).isoformat()


async def calls_from(stack: Json, caller: str, within_s: float = 30.0) -> list[Json]:
    """This caller's calls of this test, whole, once every one of them has ended; at least one."""
    headers = {"Authorization": f"Token {stack['web']['api_token']}"}
    async with httpx.AsyncClient(
        base_url=stack["web"]["url"], headers=headers, trust_env=False
    ) as client:
        deadline = time.monotonic() + within_s
        while True:
            rows = (await client.get("/api/calls/", params={"limit": 200})).json()["results"]
            mine = [
                row
                for row in rows
                if row["caller_number"] == caller and row["started_at"] >= _began
            ]
            if mine and all(row["ending"] for row in mine):
                return [(await client.get(f"/api/calls/{row['id']}/")).json() for row in mine]
            if time.monotonic() > deadline:
                raise AssertionError(f"no ended calls of {caller}: {mine}")
            await asyncio.sleep(0.3)


async def room_of(stack: Json, caller: str) -> str:
    """The name of this caller's room, once there is one."""
    async with livekit(stack) as client:
        for _ in range(50):
            listed = await client.room.list_rooms(api.ListRoomsRequest())
            for room in listed.rooms:
                if caller.lstrip("+") in room.name:
                    return str(room.name)
            await asyncio.sleep(0.1)
    raise AssertionError(f"no room of {caller}")


async def set_up(stack: Json, code: str) -> None:
    """Python in the stack's own Django, as an operator at a shell."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "manage.py", "shell", "-v", "0", "-c", code),
        cwd=ROOT,
        env=environment(stack, "web"),
    )
    assert await process.wait() == 0
