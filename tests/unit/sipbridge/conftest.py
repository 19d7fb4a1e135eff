"""One livekit-server and one bridge for the session; a client of each API and a phone per test."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from livekit import api

from deploy.local.phone import Phone
from tests.unit.sipbridge import rig


@pytest.fixture(scope="session")
def server() -> Iterator[rig.Server]:
    with rig.livekit_server() as running:
        yield running


@pytest.fixture(scope="session")
def bridge(
    server: rig.Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[rig.BridgeProcess]:
    with rig.bridge(server, tmp_path_factory.mktemp("bridge")) as running:
        yield running


@pytest.fixture
async def sip_api(server: rig.Server, bridge: rig.BridgeProcess) -> AsyncIterator[api.LiveKitAPI]:
    """The bridge's API."""
    async with server.api(bridge.http_url) as client:
        yield client


@pytest.fixture
async def livekit(server: rig.Server) -> AsyncIterator[api.LiveKitAPI]:
    """livekit-server's API."""
    async with server.api() as client:
        yield client


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    async with await Phone.start(user=f"+49{uuid.uuid4().int % 10**9:09d}") as started:
        yield started


@pytest.fixture
def new_number() -> Callable[[], str]:
    """Numbers that no other test uses: the bridge is shared."""
    return lambda: f"+1555{uuid.uuid4().int % 10**7:07d}"
