"""A quiet stack of the benches' own: its database new, its stand-ins on the benches' scenario."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from livekit import api
from livekit.protocol.agent_dispatch import RoomAgentDispatch
from livekit.protocol.room import RoomConfiguration

from deploy.local.stackfile import read_stack
from tests.bench.voice_lines import SCENARIO
from tests.support.faults import environment
from tests.support.stack import ROOT, Json, running_stack
from tests.unit.sipbridge import rig

VAR = ROOT / "var/bench/stack"
# What issue and contracts fix for every figure: these are the stand-ins' defaults, said again.
DELAYS: dict[str, Any] = {
    "transcription_delay_ms": 150,
    "first_token_delay_ms": 200,
    "tokens_per_second": 60,
    "tts_first_chunk_delay_ms": 90,
    "tts_realtime_factor": 4,
}
NO_DELAYS = DELAYS | {
    "transcription_delay_ms": 0,
    "first_token_delay_ms": 0,
    "tokens_per_second": 100_000,
    "tts_first_chunk_delay_ms": 0,
}
ALLOWED = ["127.0.0.1/32"]


@dataclass(frozen=True)
class BenchStack:
    """A running stack. ``skipped`` names profile fields that this product does not have yet."""

    described: Json
    skipped: tuple[str, ...]

    def uri(self, number: str) -> str:
        sip = self.described["sip"]
        return f"sip:{number}@{sip['host']}:{sip['port']}"

    def pid(self, part: str) -> int:
        return int(self.described["pids"][part])

    def environment(self) -> dict[str, str]:
        """Of the product: settings, keys and addresses."""
        return environment(self.described, "web")

    @property
    def server(self) -> rig.Server:
        keys = self.described["livekit"]
        return rig.Server(
            keys["url"], keys["api_key"], keys["api_secret"], self.pid("livekit-server")
        )

    async def set_providers(self, **settings: Any) -> None:
        """All settings of the stand-ins: those named, the figures' delays, defaults."""
        control = self.described["providers"]["control_url"]
        async with httpx.AsyncClient(trust_env=False) as client:
            (await client.post(f"{control}/reset")).raise_for_status()
            answer = await client.patch(f"{control}/settings", json=DELAYS | settings)
            answer.raise_for_status()

    async def add_foreign_number(
        self, number: str, *, room: str = "", agent_name: str = "", prefix: str = "foreign"
    ) -> None:
        """A number with a trunk and a rule of its own, past the product, by LiveKit's SIP API.

        With ``room`` every caller comes into that room; else each gets one, and ``agent_name`` is
        sent for.
        """
        config = None
        if agent_name:
            config = RoomConfiguration(agents=[RoomAgentDispatch(agent_name=agent_name)])
        rule = None
        if room:
            rule = api.SIPDispatchRule(
                dispatch_rule_direct=api.SIPDispatchRuleDirect(room_name=room)
            )
        sip_url = self.environment()["LIVEKIT_SIP_API_URL"]
        async with self.server.api(sip_url) as client:
            await rig.add_number(
                client,
                number,
                prefix=prefix,
                rule=rule,
                room_config=config,
                allowed_addresses=ALLOWED,
            )


def ended_politely(_number: int, _frame: object) -> None:
    """On SIGTERM: what was measured is written, and the stack stops with the bench."""
    raise SystemExit("ended by SIGTERM")


@contextlib.contextmanager
def bench_stack(specs: list[Json], var: Path = VAR, **env: str) -> Iterator[BenchStack]:
    """Start it with these numbers (see bench_numbers.py), stop it after the block."""
    if read_stack(var) is not None:
        raise SystemExit(f"A stack runs in {var}: another bench? One at a time.")
    shutil.rmtree(var, ignore_errors=True)
    before = dict(os.environ)
    signal.signal(signal.SIGTERM, ended_politely)
    os.environ.update({"PROVIDERS_SCENARIO": str(SCENARIO), **env})
    try:
        with running_stack(var, embedded=True) as described:
            yield BenchStack(described, _seed(described, specs))
    finally:
        os.environ.clear()
        os.environ.update(before)


def _seed(described: Json, specs: list[Json]) -> tuple[str, ...]:
    product = environment(described, "web")
    seeded = subprocess.run(
        [sys.executable, "-m", "tests.bench.bench_numbers", json.dumps(specs)],
        cwd=ROOT,
        env=product,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    subprocess.run(
        [sys.executable, "manage.py", "sync_livekit"],
        cwd=ROOT,
        env=product,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    return tuple(json.loads(seeded.stdout.splitlines()[-1])["skipped"])
