"""Lanes: several calls with different faults at once, each with stand-ins and a worker of its own.

A fault is a setting of one stand-in process, so two calls with different faults need two. A lane
is such a process, a worker of the product that uses it, and a number whose dispatch rule asks for
that worker; everything else is one stack.
"""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
from livekit import api

from deploy.local.plan import HOST, base_env
from deploy.local.ports import tcp
from tests.bench.bench_stack import DELAYS, VAR, BenchStack, bench_stack
from tests.bench.voice_lines import SCENARIO
from tests.support.faults import kill_tree, stopped, worker_beside
from tests.support.stack import ROOT, Json

READY_S = 30.0


@dataclass(frozen=True)
class Lane:
    """``control_url`` is of its own stand-ins."""

    number: str
    control_url: str

    async def set_providers(self, **settings: Any) -> None:
        """The figures' delays and these settings; defaults for the rest."""
        async with httpx.AsyncClient(trust_env=False) as client:
            (await client.post(f"{self.control_url}/reset")).raise_for_status()
            answer = await client.patch(f"{self.control_url}/settings", json=DELAYS | settings)
            answer.raise_for_status()


def number_of(index: int) -> str:
    return f"+1555021{index}"


def specs(count: int) -> list[Json]:
    """A number, a trunk and a persona for each lane; see bench_numbers.py."""
    # A nudge is no answer: who waits for one must not take it for that.
    profile = {"min_endpointing_ms": 300, "max_endpointing_ms": 800, "nudge_after_s": 0}
    return [
        {
            "number": number_of(index),
            "name": f"Lane {index}",
            "trunk": f"Lane {index}",
            "profile": profile,
        }
        for index in range(count)
    ]


@contextlib.contextmanager
def lanes(count: int) -> Iterator[tuple[BenchStack, list[Lane]]]:
    """A stack with so many lanes, until the block ends."""
    with contextlib.ExitStack() as open_:
        stack = open_.enter_context(bench_stack(specs(count), WORKER_IDLE_PROCESSES="1"))
        # Beat would have the product put the rules right again.
        open_.enter_context(stopped(stack.pid("celery-beat")))
        asyncio.run(_ask_for_lanes(stack, count))
        made = []
        for index in range(count):
            port = open_.enter_context(_providers(index))
            open_.enter_context(
                worker_beside(
                    stack.described,
                    AGENT_NAME=_agent(index),
                    OPENAI_BASE_URL=f"http://{HOST}:{port}/v1",
                    CARTESIA_BASE_URL=f"http://{HOST}:{port}",
                    WORKER_IDLE_PROCESSES="1",
                )
            )
            made.append(Lane(number_of(index), f"http://{HOST}:{port}/control"))
        yield stack, made


def _agent(index: int) -> str:
    return f"lane-{index}"


async def _ask_for_lanes(stack: BenchStack, count: int) -> None:
    """Each lane's dispatch rule names its own worker."""
    async with stack.server.api(stack.environment()["LIVEKIT_SIP_API_URL"]) as client:
        trunks = await client.sip.list_inbound_trunk(api.ListSIPInboundTrunkRequest())
        rules = await client.sip.list_dispatch_rule(api.ListSIPDispatchRuleRequest())
        for index in range(count):
            [trunk] = [t.sip_trunk_id for t in trunks.items if number_of(index) in t.numbers]
            [rule] = [rule for rule in rules.items if list(rule.trunk_ids) == [trunk]]
            rule.room_config.agents[0].agent_name = _agent(index)
            await client.sip.update_dispatch_rule(rule.sip_dispatch_rule_id, rule)


@contextlib.contextmanager
def _providers(index: int) -> Iterator[int]:
    port = tcp()
    with (VAR / f"log/providers-{index}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local.providers"],
            cwd=ROOT,
            env=base_env()
            | {
                "PROVIDERS_HOST": HOST,
                "PROVIDERS_PORT": str(port),
                "PROVIDERS_SCENARIO": str(SCENARIO),
            },
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        deadline = time.monotonic() + READY_S
        while True:
            with contextlib.suppress(httpx.TransportError):
                httpx.get(f"http://{HOST}:{port}/healthz", trust_env=False).raise_for_status()
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the stand-ins of lane {index} did not start")
            time.sleep(0.1)
        yield port
    finally:
        kill_tree(process.pid)
        process.wait()
