"""The bridge's own cost: ``python -m tests.bench.bridge`` writes var/bench/bridge.json.

Phones call through the bridge into rooms where an echo job sends their audio back; bursts of a
tone are timed on each phone's tape, from where they were sent to where they were heard. The path
measured: phone, bridge, livekit-server, echo job (20 ms frames), livekit-server, bridge, phone
with its jitter buffer. Everything runs on this machine, one process each; an echo job per call.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import dataclasses
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from livekit import api
from livekit.protocol import sip

from deploy.local.phone import Phone, PhoneCall, Tape
from tests.unit.sipbridge import rig

OUTPUT = rig.ROOT / "var/bench/bridge.json"
CALLS = 8
SECONDS_ALONE = 15.0
SECONDS_TOGETHER = 20.0

BURST_MS = 80
# Not a multiple of the 20 ms frame: bursts fall everywhere in a frame.
PERIOD_MS = 707
TONE_HZ = 700
AMPLITUDE = 12000
LOUD = 3000
SAMPLES_PER_MS = 8
_SETTLE_S = 1.5
_JOIN_TIMEOUT_S = 30.0

TARGETS = {"echo.1_call": 200.0, "echo.8_calls": 250.0, "cpu_per_call_pct": 7.0}


@dataclasses.dataclass
class Round:
    """What one number of calls gave."""

    delays_ms: list[float]
    lost_bursts: int
    lost_packets: int
    cpu_per_call_pct: list[float]


async def main(output: Path) -> int:
    began = time.monotonic()
    with (
        tempfile.TemporaryDirectory() as folder,
        rig.livekit_server() as server,
        rig.bridge(server, Path(folder)) as bridge,
    ):
        async with server.api(bridge.http_url) as sip_api:
            for index in range(CALLS):
                await make_number(sip_api, index)
        alone = await measure(server, bridge, 1, SECONDS_ALONE)
        together = await measure(server, bridge, CALLS, SECONDS_TOGETHER)
        memory_mb = psutil.Process(bridge.pid).memory_info().rss / 2**20
        lost_in_bridge = sum(
            int(lost) for lost in re.findall(r"call ended .* lost=(\d+)", bridge.log.read_text())
        )
    lost = alone.lost_packets + together.lost_packets + lost_in_bridge
    results = [
        result("echo.1_call", "ms", alone.delays_ms, TARGETS["echo.1_call"]),
        result(f"echo.{CALLS}_calls", "ms", together.delays_ms, TARGETS["echo.8_calls"]),
        result("cpu_per_call_pct", "%", together.cpu_per_call_pct, TARGETS["cpu_per_call_pct"]),
        result("lost_packets", "packets", [float(lost)], 0.0),
        result("lost_bursts", "bursts", [float(alone.lost_bursts + together.lost_bursts)], 0.0),
    ]
    report = {
        "commands": ["python -m tests.bench.bridge"],
        "machine": {
            "cores": os.cpu_count(),
            "memory_mb": psutil.virtual_memory().total // 2**20,
        },
        "settings": {
            "calls": CALLS,
            "seconds": [SECONDS_ALONE, SECONDS_TOGETHER],
            "codec": "PCMU",
            "echo_frame_ms": 20,
            "bridge_rss_mb": round(memory_mb),
            "load_average_1_min": round(os.getloadavg()[0], 2),
            "took_s": round(time.monotonic() - began),
        },
        "results": results,
        "turns": [],
    }
    write(output, report)
    for one in results:
        verdict = "ok" if one["ok"] else "MISSED"
        print(  # noqa: T201
            f"{one['name']:18} p50 {one['p50']:7.1f}  p95 {one['p95']:7.1f}  p99 {one['p99']:7.1f} "
            f"{one['unit']:8} n {one['n']:4}  target {one['target']:g}  {verdict}"
        )
    return 0 if all(one["ok"] for one in results) else 1


async def make_number(sip_api: api.LiveKitAPI, index: int) -> None:
    rule = sip.SIPDispatchRule(
        dispatch_rule_direct=sip.SIPDispatchRuleDirect(room_name=f"echo-{index}")
    )
    await rig.add_number(sip_api, f"+1555000{index}", rule=rule)


async def measure(
    server: rig.Server, bridge: rig.BridgeProcess, count: int, seconds: float
) -> Round:
    """``count`` calls at once for ``seconds``."""
    async with contextlib.AsyncExitStack() as stack:
        for index in range(count):
            await stack.enter_async_context(echo_job(server, f"echo-{index}"))
        phones = [
            await stack.enter_async_context(await Phone.start(user=f"+4930{index}"))
            for index in range(count)
        ]
        calls = [
            await phone.dial(bridge.uri(f"+1555000{index}")) for index, phone in enumerate(phones)
        ]
        await asyncio.sleep(_SETTLE_S)
        process = psutil.Process(bridge.pid)
        cpu: list[float] = []
        talk = asyncio.gather(*(burst(call, seconds) for call in calls))
        while not talk.done():
            before, at = process.cpu_times(), time.monotonic()
            await asyncio.wait({talk}, timeout=2.0)
            after, took_s = process.cpu_times(), time.monotonic() - at
            if took_s > 1.0:
                used_s = after.user + after.system - before.user - before.system
                cpu.append(100 * used_s / took_s / count)
        await talk
        await asyncio.sleep(0.5)
        for call in calls:
            await call.hangup()
    delays, lost = [], 0
    for call in calls:
        found, missing = delays_of(call.tape)
        delays += found
        lost += missing
    return Round(delays, lost, sum(call.media.stats.lost for call in calls), cpu)


async def burst(call: PhoneCall, seconds: float) -> None:
    times = np.arange(BURST_MS * SAMPLES_PER_MS) / (1000 * SAMPLES_PER_MS)
    tone = (AMPLITUDE * np.sin(2 * np.pi * TONE_HZ * times)).astype(np.int16).tobytes()
    period = tone + bytes(2 * SAMPLES_PER_MS * (PERIOD_MS - BURST_MS))
    await call.play(period * int(seconds * 1000 / PERIOD_MS))


@contextlib.asynccontextmanager
async def echo_job(server: rig.Server, room: str) -> AsyncIterator[None]:
    env = {**os.environ, "LIVEKIT_URL": server.url, "TOKEN": server.token("echo", room)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.bench.bridge_echo",
        room,
        env=env,
        cwd=rig.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    if process.stdout is None:
        raise RuntimeError("the echo job has no output")
    try:
        line = await asyncio.wait_for(process.stdout.readline(), _JOIN_TIMEOUT_S)
        if not line:
            raise RuntimeError(f"the echo job for {room} did not start")
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def delays_of(tape: Tape) -> tuple[list[float], int]:
    """The delay of each burst in ms, and how many were never heard."""
    sent, heard = onsets_ms(tape.sent), onsets_ms(tape.heard)
    delays, missing = [], 0
    for at in sent:
        after = next((one for one in heard if at < one < at + PERIOD_MS), None)
        if after is None:
            missing += 1
        else:
            delays.append(after - at)
    return delays, missing


def onsets_ms(pcm: bytes) -> list[float]:
    """Where each burst begins: loud after at least 150 ms that were not."""
    loud = np.flatnonzero(np.abs(np.frombuffer(pcm, np.int16).astype(np.int32)) > LOUD)
    quiet = 150 * SAMPLES_PER_MS
    starts = [
        index
        for index, gap in zip(loud, np.diff(loud, prepend=-quiet - 1), strict=False)
        if gap > quiet
    ]
    return [float(index) / SAMPLES_PER_MS for index in starts]


def result(name: str, unit: str, values: list[float], target: float) -> dict[str, Any]:
    p50, p95, p99 = (
        (float(np.percentile(values, q)) for q in (50, 95, 99)) if values else (np.inf,) * 3
    )
    return {
        "name": name,
        "unit": unit,
        "n": len(values),
        "p50": round(p50, 1),
        "p95": round(p95, 1),
        "p99": round(p99, 1),
        "target": target,
        "ok": bool(p50 <= target),
    }


def write(path: Path, report: dict[str, Any]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".json.tmp")
    temporary.write_text(json.dumps(report, indent=1))
    temporary.replace(path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="What the bridge costs in time and CPU.")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    sys.exit(asyncio.run(main(parser.parse_args().output)))
