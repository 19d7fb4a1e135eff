"""A local stack for the tests that need one, and the API as a script outside would use it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import psutil
import psycopg
from psycopg import sql

from deploy.local.stackfile import read_stack

ROOT = Path(__file__).resolve().parents[2]
START_WITHIN_S = 90.0
STOP_WITHIN_S = 10.0

Json = dict[str, Any]


def own_var() -> Path:
    """Where the stack of these tests is: STACK_VAR, else a folder for each process that tests."""
    folder = "stack" + (f"-{worker}" if (worker := _beside()) else "")
    return Path(os.environ.get("STACK_VAR", ROOT / "var" / "test" / folder))


def use_servers_of_our_own() -> None:
    """Change the environment so that tests side by side do not share a stack's data.

    The first process has the servers that the environment names. Another has an empty database on
    that PostgreSQL, and its stack a Redis of its own: LiveKit's messages do not know Redis's
    numbered databases, one stack would answer for the other.
    """
    if not (worker := _beside()):
        return
    os.environ.pop("REDIS_URL", None)
    if url := os.environ.get("DATABASE_URL"):
        parts = urlsplit(url)
        name = f"{parts.path.strip('/')}_{worker}"
        with psycopg.connect(url, autocommit=True) as database:
            for command in ("DROP DATABASE IF EXISTS {}", "CREATE DATABASE {}"):
                database.execute(sql.SQL(command).format(sql.Identifier(name)))
        os.environ["DATABASE_URL"] = parts._replace(path=f"/{name}").geturl()


def _beside() -> str:
    """This process among those that pytest-xdist runs tests in; empty for the first or only one."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "gw0")
    return "" if worker == "gw0" else worker


@contextlib.contextmanager
def running_stack(var: Path, *, embedded: bool = False) -> Iterator[Json]:
    """Start a stack in ``var``, give its stack.json, stop it, and insist that nothing is left.

    ``embedded``: with a database and a Redis of its own, whatever the environment names: a second
    stack must not share those of the first.
    """
    servers = ("DATABASE_URL", "REDIS_URL") if embedded else ()
    env = {name: value for name, value in os.environ.items() if name not in servers}
    var.mkdir(parents=True, exist_ok=True)
    with (var / "stack.log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local.stack", "--var", str(var)],
            cwd=ROOT,
            env=env,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            stack = _wait_until_healthy(process, var)
            yield stack
        finally:
            stop_and_check(process, var)


def _wait_until_healthy(process: subprocess.Popen[bytes], var: Path) -> Json:
    deadline = time.monotonic() + START_WITHIN_S
    while time.monotonic() < deadline and process.poll() is None:
        if (stack := read_stack(var)) is not None:
            return stack
        time.sleep(0.1)
    story = (var / "stack.log").read_text()
    raise RuntimeError(f"the stack did not come up within {START_WITHIN_S:.0f} s:\n{story}")


def stop_and_check(process: subprocess.Popen[bytes], var: Path) -> None:
    """Ctrl-C, then: ended within 10 s, and no process of it left."""
    if process.poll() is not None:
        return
    family = psutil.Process(process.pid).children(recursive=True)
    began = time.monotonic()
    os.kill(process.pid, signal.SIGINT)
    try:
        process.wait(STOP_WITHIN_S)
    except subprocess.TimeoutExpired:
        process.kill()
        raise RuntimeError((var / "stack.log").read_text()) from None
    _, left = psutil.wait_procs(family, timeout=STOP_WITHIN_S - (time.monotonic() - began))
    for survivor in left:
        survivor.kill()
    if left:
        raise RuntimeError(f"left behind by the stack: {[p.pid for p in left]}")


class Api:
    """The calls API, waited on as a script would: ask again until it is so, or say what it was."""

    def __init__(self, stack: Json) -> None:
        self._client = httpx.AsyncClient(
            base_url=stack["web"]["url"],
            headers={"Authorization": f"Token {stack['web']['api_token']}"},
            trust_env=False,
        )

    async def close(self) -> None:
        await self._client.aclose()

    async def find(self, sip_call_id: str) -> Json | None:
        """The call with this SIP Call-ID, whole; None while there is none."""
        response = await self._client.get("/api/calls/", params={"sip_call_id": sip_call_id})
        response.raise_for_status()
        rows = response.json()["results"]
        if not rows:
            return None
        assert len(rows) == 1, f"more than one call for {sip_call_id}"
        detail = await self._client.get(f"/api/calls/{rows[0]['id']}/")
        detail.raise_for_status()
        call: Json = detail.json()
        return call

    async def wait_for(
        self, sip_call_id: str, holds: Callable[[Json], object], timeout_s: float = 15.0
    ) -> Json:
        """Poll until ``holds(call)``; raises AssertionError with the call's last state."""
        deadline = time.monotonic() + timeout_s
        call: Json | None = None
        while time.monotonic() < deadline:
            call = await self.find(sip_call_id)
            if call is not None and holds(call):
                return call
            await asyncio.sleep(0.15)
        raise AssertionError(f"not so within {timeout_s:.0f} s; the call is now {call}")

    async def ended(self, sip_call_id: str, timeout_s: float = 15.0) -> Json:
        return await self.wait_for(sip_call_id, lambda call: call["ending"], timeout_s)


def said(call: Json, speaker: str) -> list[str]:
    """What one side said, in order."""
    return [turn["text"] for turn in call["transcript"] if turn["speaker"] == speaker]
