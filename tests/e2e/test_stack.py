"""The local stack itself: what it says when it cannot start, and that it mends and ends itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from deploy.local.stackfile import read_stack
from tests.support.stack import ROOT, Json, running_stack


def test_a_part_that_cannot_start_is_named_with_its_last_words(tmp_path: Path) -> None:
    broken = tmp_path / "livekit-server"
    broken.write_text("#!/bin/sh\necho 'no disk, no fun'\nexit 3\n")
    broken.chmod(0o755)
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "deploy.local.stack", "--var", str(tmp_path / "var")],
        cwd=ROOT,
        env={**os.environ, "LIVEKIT_SERVER_BIN": str(broken)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "livekit-server ended with exit code 3" in ended.stdout
    assert "no disk, no fun" in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr
    assert time.monotonic() - began < 20
    assert not (tmp_path / "var" / "stack.json").exists()


def test_a_program_that_is_named_but_missing_says_which_variable_to_mend(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "deploy.local.stack", "--var", str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "LIVEKIT_SIP_BIN": "/nowhere/livekit-sip"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert "LIVEKIT_SIP_BIN names /nowhere/livekit-sip" in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


@pytest.mark.timeout(240)
def test_a_second_stack_runs_beside_the_first_mends_itself_and_leaves_nothing(
    stack: Json, tmp_path: Path
) -> None:
    with running_stack(tmp_path, embedded=True) as second:  # its end checks that no process is left
        assert second["sip"]["port"] != stack["sip"]["port"]
        assert second["web"]["url"] != stack["web"]["url"]
        assert (tmp_path / "stack.json").stat().st_mode & 0o777 == 0o600
        refused = subprocess.run(
            [sys.executable, "-m", "deploy.local.stack", "--var", str(tmp_path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert refused.returncode == 1
        assert "already runs" in refused.stdout

        killed = second["pids"]["sipbridge" if "sipbridge" in second["pids"] else "livekit-sip"]
        os.kill(killed, signal.SIGKILL)
        mended = _wait_for_another(tmp_path, killed)
        assert all(psutil.pid_exists(pid) for pid in mended["pids"].values())
    assert read_stack(tmp_path) is None


def _wait_for_another(var: Path, killed: int) -> Json:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        described = read_stack(var)
        if described is not None and killed not in described["pids"].values():
            return described
        time.sleep(0.1)
    raise AssertionError(f"pid {killed} did not come back:\n{(var / 'stack.log').read_text()}")
