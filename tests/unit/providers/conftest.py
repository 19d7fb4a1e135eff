"""The stand-ins as a process of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.unit.providers.support import StandIn

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def stand_in_url() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [sys.executable, "-m", "deploy.local.providers"],
        cwd=REPOSITORY,
        env={**os.environ, "PROVIDERS_PORT": str(port)},
    )
    try:
        deadline = time.monotonic() + 20
        while True:
            assert process.poll() is None, "the stand-ins ended at start"
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                assert time.monotonic() < deadline, "the stand-ins did not listen within 20 s"
                time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        assert process.wait(10) == 0


@pytest.fixture
async def stand_in(stand_in_url: str) -> AsyncIterator[StandIn]:
    async with aiohttp.ClientSession() as http:
        async with http.post(f"{stand_in_url}/control/reset") as response:
            assert response.status == 200
        stand_in = StandIn(stand_in_url, http)
        await stand_in.patch(first_token_delay_ms=20, transcription_delay_ms=20)
        await stand_in.patch(tokens_per_second=1000)
        yield stand_in
