"""One livekit-server and one bridge for the session; a client of each API and a phone per test."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from livekit import api

from deploy.local.phone import Phone
from deploy.local.sipbridge.auth import Authenticator
from deploy.local.sipbridge.sip_api import sip_methods
from deploy.local.sipbridge.store import Store
from deploy.local.sipbridge.twirp import TwirpService
from tests.unit.sipbridge import rig

Client = Callable[[Store], Awaitable[api.LiveKitAPI]]
KEY, SECRET = "testkey", "a-secret-that-is-long-enough-for-hs256"


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


async def _no_calls(request: Any) -> Any:
    raise AssertionError("these tests place no calls")


@pytest.fixture
async def serve() -> AsyncIterator[Callable[[Store], Awaitable[str]]]:
    """Serves a store's API; gives its URL."""
    servers: list[TestServer] = []

    async def start(store: Store) -> str:
        app = web.Application()
        methods = sip_methods(store, _no_calls, _no_calls)
        TwirpService(methods, Authenticator(KEY, SECRET)).add_to(app)
        server = TestServer(app)
        await server.start_server()
        servers.append(server)
        return f"http://127.0.0.1:{server.port}"

    yield start
    for server in servers:
        await server.close()


@pytest.fixture
async def connect(
    serve: Callable[[Store], Awaitable[str]],
) -> AsyncIterator[Callable[[Store], Awaitable[api.LiveKitAPI]]]:
    clients: list[api.LiveKitAPI] = []

    async def start(store: Store) -> api.LiveKitAPI:
        client = api.LiveKitAPI(await serve(store), KEY, SECRET)
        clients.append(client)
        return client

    yield start
    for client in clients:
        await client.aclose()
