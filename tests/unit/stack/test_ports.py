"""Stacks that start in the same instant each get ports of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from deploy.local.plan import Plan
from deploy.local.ports import udp
from tests.support.stack import ROOT

# Picks its ports, says so, and keeps them without listening until its input ends.
PICK = """
import json, pathlib, sys
from deploy.local.plan import Plan
plan = Plan(var=pathlib.Path("."))
ports = {n: v for n, v in vars(plan).items() if n.endswith("_port") or n.startswith("livekit_rtc")}
print(json.dumps({"ports": ports, "rtp": plan.rtp.start}), flush=True)
sys.stdin.read()
"""


def test_stacks_that_pick_their_ports_at_once_share_none_of_them() -> None:
    pickers = [
        subprocess.Popen(
            [sys.executable, "-c", PICK],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    picked = []
    for picker in pickers:
        assert picker.stdout is not None
        picked.append(json.loads(picker.stdout.readline()))
    for picker in pickers:
        picker.communicate("")

    sip = [one["ports"]["sip_port"] for one in picked]
    assert len(set(sip)) == len(sip)
    every = [port for one in picked for name, port in one["ports"].items() if name != "sip_port"]
    assert len(set(every)) == len(every)
    assert len({one["rtp"] for one in picked}) == len(picked)


def test_a_port_whose_stack_ended_is_free_again() -> None:
    wished = udp()  # held by this process
    pick = [sys.executable, "-c", f"from deploy.local.ports import tcp; print(tcp({wished}))"]
    ports = [subprocess.check_output(pick, cwd=ROOT, text=True).strip() for _ in range(2)]
    assert ports == [str(wished)] * 2


def test_a_port_that_this_process_holds_is_nobody_elses() -> None:
    wished = udp()
    pick = [sys.executable, "-c", f"from deploy.local.ports import udp; print(udp({wished}))"]
    assert subprocess.check_output(pick, cwd=ROOT, text=True).strip() != str(wished)


def test_one_stack_picks_no_port_twice(tmp_path: Path) -> None:
    plans = [Plan(var=tmp_path) for _ in range(5)]
    picked = [p for plan in plans for p in (plan.web_port, plan.livekit_port, plan.redis_port)]
    assert len(set(picked)) == len(picked)
