"""Several calls at once, and what each costs: memory of its process, time of the cores."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.bench.bench_stack import BenchStack
from tests.bench.voice_call import Caller, Talk
from tests.bench.voice_lines import DIALOGUES, VOICES, Line
from tests.support.faults import kill_tree
from tests.support.stack import ROOT, Api

PLAIN_AGENT = "plain"
READY_S = 60.0
SETTLED_S = 20.0
# A process for the next call takes about a second of two cores to start.
BETWEEN_DIALS_S = 1.2
# People do not begin to speak in the same moment.
SPREAD_S = 3.0


@dataclass
class Round:
    """``calls`` calls at once. Memory is PSS of the worker's processes above what it held
    idle. ``others``: who is neither the stack nor the bench, and spoils the figures."""

    calls: int
    talks: list[Talk] = field(default_factory=list)
    memory_per_call_mb: float = 0.0
    cpu_per_call_pct: dict[str, float] = field(default_factory=dict)
    machine_busy_pct: float = 0.0
    others_busy_pct: float = 0.0


async def together(
    stack: BenchStack,
    api: Api,
    worker: int,
    idle: Mapping[int, int],
    *,
    number: str,
    series: str,
    calls: int,
    turns: int,
    tapes: Path | None = None,
) -> Round:
    """Hold ``calls`` calls at once of ``turns`` turns each. ``worker`` is its worker's pid,
    ``idle`` how many processes each worker has below it when there is no call."""
    for each, processes in idle.items():
        await settled(each, processes)
    idle_mb = pss_mb(worker)
    made = Round(calls)
    callers = [Caller(stack, number, VOICES[index % len(VOICES)], series) for index in range(calls)]
    said = [_lines(index, turns) for index in range(calls)]
    for caller, lines in zip(callers, said, strict=True):
        await caller.rehearse(lines)
    try:
        answered = await asyncio.gather(
            *(_dial(caller, index * BETWEEN_DIALS_S) for index, caller in enumerate(callers))
        )
        talking = [caller for caller, up in zip(callers, answered, strict=True) if up]
        await settled(worker, idle[worker] + len(talking))
        made.memory_per_call_mb = (pss_mb(worker) - idle_mb) / max(1, len(talking))
        watched = {
            "worker": worker,
            "sip": stack.described["pids"].get("sipbridge")
            or stack.described["pids"].get("livekit-sip"),
            "livekit-server": stack.pid("livekit-server"),
            "providers": stack.pid("providers"),
        }
        before, began = {name: cpu_s(pid) for name, pid in watched.items()}, time.monotonic()
        all_before, phones_before = cpu_s(os.getpid()), time.process_time()
        psutil.cpu_percent()
        await asyncio.gather(
            *(
                _talk(caller, lines, random.Random(index).uniform(0, SPREAD_S))
                for index, (caller, lines) in enumerate(zip(callers, said, strict=True))
                if caller in talking
            )
        )
        took_s = time.monotonic() - began
        made.machine_busy_pct = psutil.cpu_percent()
        made.cpu_per_call_pct = {
            name: 100 * max(0.0, cpu_s(pid) - before[name]) / took_s / max(1, len(talking))
            for name, pid in watched.items()
        }
        phones_s = time.process_time() - phones_before
        made.cpu_per_call_pct["phones"] = 100 * phones_s / took_s / max(1, len(talking))
        all_pct = 100 * (cpu_s(os.getpid()) - all_before) / took_s / (os.cpu_count() or 1)
        made.others_busy_pct = max(0.0, made.machine_busy_pct - all_pct)
    finally:
        await asyncio.gather(*(caller.hang_up(tapes) for caller in callers))
    if "plain_worker" not in series:
        await asyncio.gather(*(caller.fetch(api) for caller in callers))
    made.talks = [caller.talk for caller in callers]
    return made


async def _dial(caller: Caller, after_s: float) -> bool:
    await asyncio.sleep(after_s)
    return await caller.dial()


def _lines(index: int, turns: int) -> list[Line]:
    lines = DIALOGUES[index % len(DIALOGUES)]
    first = index // len(DIALOGUES) * 2 % len(lines)  # not all at the same line
    return [lines[(first + step) % len(lines)] for step in range(turns)]


async def _talk(caller: Caller, lines: list[Line], after_s: float) -> None:
    await asyncio.sleep(after_s)
    await caller.say(lines)


async def settled(pid: int, processes: int) -> None:
    """Wait until the worker has so many processes (ended calls gone, idle ones there again) and
    starts no more; not for ever."""
    deadline = time.monotonic() + SETTLED_S
    last = -1
    while time.monotonic() < deadline:
        now = processes_of(pid)
        if now == last == processes:
            return
        last = now
        await asyncio.sleep(1.0)


def processes_of(pid: int) -> int:
    """How many are below it."""
    return len(psutil.Process(pid).children(recursive=True))


def pss_mb(pid: int) -> float:
    """Proportional set size of a process and all below it, in MB."""
    total = 0
    for process in _tree(pid):
        with contextlib.suppress(OSError, psutil.NoSuchProcess):
            for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


def cpu_s(pid: int | None) -> float:
    """Seconds of a core used by a process and all that is below it now."""
    total = 0.0
    for process in _tree(pid) if pid else ():
        with contextlib.suppress(psutil.NoSuchProcess):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def _tree(pid: int) -> Sequence[psutil.Process]:
    try:
        parent = psutil.Process(pid)
        return [parent, *parent.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


@contextlib.contextmanager
def plain_worker(stack: BenchStack, calls: int, log: Path) -> Iterator[int]:
    """The plain worker beside the product's, on the same server and stand-ins; its pid."""
    product = stack.environment()
    env = {
        name: product[name]
        for name in product
        if name.startswith(("LIVEKIT_", "OPENAI_", "CARTESIA_"))
        or name in ("PATH", "HOME", "PYTHONPATH", "PYTHONUNBUFFERED", "NO_PROXY", "VIRTUAL_ENV")
    }
    env |= {"PLAIN_AGENT_NAME": PLAIN_AGENT, "PLAIN_CALLS": str(calls)}
    with log.open("w+b") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.plain_worker"],
            cwd=ROOT,
            env=env,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # as the product's: it shares no core's time with the phones
        )
        try:
            deadline = time.monotonic() + READY_S
            while b"registered worker" not in log.read_bytes():
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(
                        f"the plain worker did not start:\n{log.read_text()[-2000:]}"
                    )
                time.sleep(0.2)
            yield process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(8)
            except subprocess.TimeoutExpired:
                kill_tree(process.pid)
                process.wait()
