"""A studio for conversations: the real session, models' wire protocols, VAD and speech, no room.

The provider stand-ins run as their own process. The caller speaks by espeak-ng into a paced audio
input; the agent's audio goes to an output that plays in real time into nothing.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from agents.config import WorkerConfig
from deploy.local.ports import tcp
from tests.support.call_fakes import ListStore
from tests.support.chains import DEFAULT, Chain
from tests.support.studio import Studio

RATE = 24_000
FRAME = RATE // 50
HERE = Path(__file__).parent
ROOT = HERE.parent.parent


class Providers:
    """The stand-ins' process and its control endpoint."""

    def __init__(self, url: str) -> None:
        self.url = url

    def set(self, **settings: object) -> None:
        self._request("PATCH", "/control/settings", settings)

    def hear(self, *phrases: str) -> None:
        """These can be heard as well, until ``reset``."""
        self._request("PUT", "/control/ears", {"phrases": phrases})

    def reset(self) -> None:
        self._request("POST", "/control/reset", {})

    def sessions(self) -> list[dict[str, Any]]:
        """The last connections, oldest first."""
        with urllib.request.urlopen(f"{self.url}/control/log", timeout=5) as answer:  # noqa: S310
            found: list[dict[str, Any]] = json.load(answer)["sessions"]
        return found

    def _request(self, method: str, path: str, body: object) -> None:
        request = urllib.request.Request(  # noqa: S310 - our own loopback address
            self.url + path, json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        request.method = method
        urllib.request.urlopen(request, timeout=5).close()  # noqa: S310


@pytest.fixture
def store() -> ListStore:
    return ListStore()


@pytest.fixture(scope="session")
def providers_process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Providers]:
    port = tcp()
    environment = {
        **os.environ,
        "PROVIDERS_PORT": str(port),
        "PROVIDERS_SCENARIO": str(HERE / "scenario.yaml"),
        "PYTHONPATH": str(ROOT),
    }
    log = tmp_path_factory.mktemp("providers") / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.local.providers"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(200):
            assert process.poll() is None, log.read_text()
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"{url}/healthz", timeout=1).close()  # noqa: S310
                break
            time.sleep(0.1)
        yield Providers(url)
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def providers(providers_process: Providers) -> Providers:
    providers_process.reset()
    return providers_process


@pytest.fixture
def config(providers: Providers, tmp_path: Path) -> WorkerConfig:
    return WorkerConfig(
        livekit_url="ws://127.0.0.1:1",
        livekit_api_key="key",
        livekit_api_secret="secret",
        agent_name="test",
        openai_api_key="stand-in",
        openai_base_url=f"{providers.url}/v1",
        cartesia_api_key="stand-in",
        cartesia_base_url=providers.url,
        phrase_cache_dir=tmp_path / "phrases",
    )


@pytest.fixture
def chain(request: pytest.FixtureRequest) -> Chain:
    """Who hears, thinks and speaks; a test may be given others by ``indirect`` parameters."""
    return getattr(request, "param", DEFAULT)


@pytest.fixture
async def studio(config: WorkerConfig, chain: Chain) -> AsyncIterator[Studio]:
    studio = Studio(config, *chain)
    yield studio
    await studio.aclose()
