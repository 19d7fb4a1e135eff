"""Starts the parts of the local stack in order, watches them, restarts them, stops them.

The libraries looked at (circus, honcho, supervisor) each lack one of the three things needed here:
"ready" by asking the part itself, a restart with back-off, and no process left behind when the
supervisor itself is killed. asyncio has the rest.
"""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from deploy.local.cores import go_first

LOG_LINES_SHOWN = 15
RESTARTS_ALLOWED = 5
RESTART_WINDOW_S = 60.0
STOP_WAVE_S = 4.0
START_MARK = "=== started "
PR_SET_PDEATHSIG = 1  # linux/prctl.h

Probe = Callable[[], Awaitable[bool]]


class PartFailedError(Exception):
    """A part did not start, or would not stay up; the message holds its last log lines."""


@dataclass(kw_only=True)
class Part:
    """One long-running process. ``ready`` answers whether it does its work by now.

    ``wave`` orders the stop: wave 0 (the product) ends before wave 1 (what it stands on).
    ``media``: it carries the sound of all calls, and goes before the others where that is allowed.
    """

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    ready: Probe
    ready_within_s: float = 30.0
    wave: int = 0
    media: bool = False
    process: asyncio.subprocess.Process | None = field(default=None, repr=False)
    started_at: list[float] = field(default_factory=list, repr=False)


def die_with_parent() -> None:
    """Ask Linux to end this process when the supervisor dies, however it dies."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def _media() -> None:
    die_with_parent()
    go_first()


class Supervisor:
    """Runs parts. ``on_change`` is called whenever a pid or the health of the whole changes."""

    def __init__(
        self, *, log_dir: Path, cwd: Path, say: Callable[[str], None], on_change: Callable[[], None]
    ) -> None:
        self.parts: list[Part] = []
        self.healthy = False
        self._log_dir = log_dir
        self._cwd = cwd
        self._say = say
        self._on_change = on_change
        self._stopping = False
        self._watchers: list[asyncio.Task[None]] = []
        self.failed: asyncio.Future[PartFailedError] = asyncio.get_running_loop().create_future()
        log_dir.mkdir(parents=True, exist_ok=True)

    async def start(self, part: Part) -> None:
        """Start a part and wait until it is ready. Raises PartFailedError."""
        began = time.monotonic()
        self.parts.append(part)
        await self._spawn(part)
        await self._wait_ready(part)
        self._watchers.append(asyncio.create_task(self._watch(part), name=f"watch-{part.name}"))
        self._say(f"  {part.name:<16} ready after {time.monotonic() - began:.1f} s")

    async def run_once(self, name: str, command: Sequence[str], env: Mapping[str, str]) -> None:
        """Run a one-off command to its end. Raises PartFailedError when it exits non-zero."""
        with self._log(name).open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *command,
                env=dict(env),
                cwd=self._cwd,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                preexec_fn=die_with_parent,
            )
            try:
                code = await process.wait()
            except asyncio.CancelledError:
                process.terminate()
                raise
        if code:
            raise PartFailedError(self._story(name, f"ended with exit code {code}"))
        self._say(f"  {name:<16} done")

    async def stop(self) -> None:
        """Stop every part, the product first; SIGKILL for what is left after its wave's time."""
        self._stopping = True
        self.healthy = False
        self._on_change()
        for task in self._watchers:
            task.cancel()
        for wave in sorted({part.wave for part in self.parts}):
            await asyncio.gather(*(_stop(p) for p in self.parts if p.wave == wave))

    def pids(self) -> dict[str, int]:
        return {p.name: p.process.pid for p in self.parts if p.process is not None}

    def set_healthy(self, healthy: bool) -> None:
        self.healthy = healthy
        self._on_change()

    async def _spawn(self, part: Part) -> None:
        part.started_at.append(time.monotonic())
        with self._log(part.name).open("ab") as log:
            log.write(f"{START_MARK}{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n".encode())
            log.flush()
            part.process = await asyncio.create_subprocess_exec(
                *part.command,
                env=dict(part.env),
                cwd=self._cwd,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C in the terminal reaches the supervisor alone
                preexec_fn=_media if part.media else die_with_parent,
            )

    async def _wait_ready(self, part: Part) -> None:
        assert part.process is not None  # noqa: S101 -- spawned by the caller just before
        deadline = time.monotonic() + part.ready_within_s
        while time.monotonic() < deadline:
            if part.process.returncode is not None:
                code = part.process.returncode
                raise PartFailedError(self._story(part.name, f"ended with exit code {code}"))
            with contextlib.suppress(OSError, asyncio.TimeoutError):
                if await part.ready():
                    return
            await asyncio.sleep(0.1)
        raise PartFailedError(
            self._story(part.name, f"was not ready within {part.ready_within_s:.0f} s")
        )

    async def _watch(self, part: Part) -> None:
        while not self._stopping:
            assert part.process is not None  # noqa: S101 -- spawned before it is watched
            code = await part.process.wait()
            if self._stopping:
                return
            self.set_healthy(False)
            now = time.monotonic()
            recent = [t for t in part.started_at if now - t < RESTART_WINDOW_S]
            if len(recent) > RESTARTS_ALLOWED:
                self._fail(self._story(part.name, f"keeps ending (exit code {code})"))
                return
            self._say(f"  {part.name} ended with exit code {code}; starting it again")
            await asyncio.sleep(min(0.2 * 2 ** len(recent), 5.0))
            try:
                await self._spawn(part)
                await self._wait_ready(part)
            except PartFailedError as error:
                self._fail(str(error))
                return
            self._say(f"  {part.name} is back")
            self.set_healthy(True)

    def _fail(self, message: str) -> None:
        if not self.failed.done():
            self.failed.set_result(PartFailedError(message))

    def _log(self, name: str) -> Path:
        return self._log_dir / f"{name}.log"

    def _story(self, name: str, what: str) -> str:
        path = self._log(name)
        latest = path.read_text(errors="replace").rpartition(START_MARK)[2]
        lines = latest.splitlines()[-LOG_LINES_SHOWN:]
        shown = "\n".join(f"    | {line}" for line in lines) or "    | (it wrote nothing)"
        return f"{name} {what}. The last lines of {path}:\n{shown}"


async def _stop(part: Part) -> None:
    process = part.process
    if process is None:
        return
    # The group, not the process: a worker's children must not outlive it.
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with contextlib.suppress(asyncio.TimeoutError):
            await asyncio.wait_for(process.wait(), STOP_WAVE_S)
            break
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
