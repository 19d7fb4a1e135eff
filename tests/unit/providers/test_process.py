"""``python -m deploy.local.providers`` as a process: how it starts, refuses and ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import aiohttp
import psutil
import pytest

REPOSITORY = Path(__file__).resolve().parents[3]


def run(**environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "deploy.local.providers"],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=20,
        check=False,
    )


def test_a_bad_scenario_ends_the_start_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text("name: Bad\npersonas: 7\n", encoding="utf-8")
    ended = run(PROVIDERS_PORT="0", PROVIDERS_SCENARIO=str(path))
    assert ended.returncode == 1
    assert f"{path}:2: personas" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_without_a_port_it_says_what_is_missing() -> None:
    ended = run(PROVIDERS_PORT="")
    assert ended.returncode == 2
    assert "PROVIDERS_PORT" in ended.stderr


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
async def test_it_ends_within_seconds_and_leaves_no_process(
    number: signal.Signals, unused_tcp_port: int
) -> None:
    url = f"http://127.0.0.1:{unused_tcp_port}"
    process = subprocess.Popen(  # noqa: ASYNC220 - nothing else runs on this loop
        [sys.executable, "-m", "deploy.local.providers"],
        cwd=REPOSITORY,
        env={**os.environ, "PROVIDERS_PORT": str(unused_tcp_port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    async with aiohttp.ClientSession() as http:
        deadline = time.monotonic() + 20
        while True:
            try:
                headers = {"Authorization": "Bearer any"}
                socket = await http.ws_connect(f"{url}/v1/realtime", headers=headers)
                break
            except aiohttp.ClientError:
                assert time.monotonic() < deadline
                time.sleep(0.05)  # noqa: ASYNC251 - nothing else runs on this loop yet
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(children) == 2
        process.send_signal(number)
        started = time.monotonic()
        code = process.wait(8)
        _, alive = psutil.wait_procs(children, timeout=5)
        assert not alive
        assert time.monotonic() - started < 6
        assert code == (-signal.SIGKILL if number == signal.SIGKILL else 0)
        await socket.close()
    assert process.stdout is not None
    assert "stand-in" in process.stdout.readline()
    process.stdout.close()
