"""``make demo`` is what a newcomer sees first: both of its calls hold, and nothing is left."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.stack import stop_running
from deploy.local.stackfile import running_pid
from tests.support.stack import ROOT

pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]


def test_the_demos_two_calls_hold_and_its_stack_is_stopped(tmp_path: Path) -> None:
    # A database and a Redis of its own, whatever the environment names.
    ours = ("DATABASE_URL", "REDIS_URL", "HOLD_MUSIC_FILE")
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "deploy.local.demo", "--var", str(tmp_path), "--once"],
            cwd=ROOT,
            env={name: value for name, value in os.environ.items() if name not in ours},
            capture_output=True,
            text=True,
            timeout=280,
            check=False,
        )
        left = running_pid(tmp_path)
    finally:
        stop_running(tmp_path)
    assert ended.returncode == 0, ended.stdout[-3000:] + ended.stderr[-3000:]
    told = json.loads((tmp_path / "demo.json").read_text())
    assert told["ok"]
    assert {call["name"]: call["broken"] for call in told["calls"]} == {
        "order_status": [],
        "handoff": [],
    }
    assert left is None, "--once stops the stack"
