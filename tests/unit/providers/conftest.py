"""The stand-ins as a process of their own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from livekit.plugins.openai.realtime import RealtimeSession

from deploy.local.ports import tcp
from tests.unit.providers.realtime_support import OpenSession
from tests.unit.providers.support import NORDWIND, TOOLS, StandIn

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def stand_in_url() -> Iterator[str]:
    port = tcp()
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


@pytest.fixture
async def open_session(stand_in: StandIn) -> AsyncIterator[OpenSession]:
    opened: list[RealtimeSession] = []

    async def open_(**options: Any) -> RealtimeSession:
        session = stand_in.model(**options).session()
        opened.append(session)
        await session.update_instructions(NORDWIND)
        await session.update_tools(TOOLS)
        return session

    yield open_
    for session in opened:
        try:
            await session.aclose()
        except Exception as error:
            # A session that a fatal error ended raises it again here (livekit-agents 1.8.9).
            assert "returned an error" in str(error) or "response failed" in str(error), error
