"""The process: the bridge, and the HTTP server with the SIP API and GET /healthz."""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

from .auth import Authenticator
from .bridge import Bridge
from .outbound import Dialer
from .settings import Settings
from .sip_api import sip_methods
from .store import Store
from .transfers import Transfers
from .twirp import TwirpService

log = logging.getLogger("sipbridge")

_PROBE_TIMEOUT_S = 2.0
_BRIDGE = web.AppKey("bridge", Bridge)
_CLIENT = web.AppKey("client", aiohttp.ClientSession)


def make_app(bridge: Bridge) -> web.Application:
    """The HTTP side of ``bridge``."""
    app = web.Application()
    app[_BRIDGE] = bridge
    methods = sip_methods(
        bridge.store,
        Dialer(bridge).create_participant,
        Transfers(bridge).transfer_participant,
    )
    settings = bridge.settings
    TwirpService(methods, Authenticator(settings.api_key, settings.api_secret)).add_to(app)
    app.router.add_get("/healthz", _healthz)
    app.cleanup_ctx.append(_client)
    return app


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Run until ``stop``. Raises StateError, or OSError when a port is taken."""
    bridge = Bridge(settings, Store(settings.state_path))
    await bridge.start()
    runner = web.AppRunner(make_app(bridge), shutdown_timeout=1.0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.http_port)
        await site.start()
        host, port = bridge.endpoint.address
        log.info(
            "sipbridge (stand-in for livekit-sip) listening on sip:%s:%d and http://%s:%d",
            host,
            port,
            settings.host,
            settings.http_port,
        )
        _steady_the_clock()
        await stop.wait()
        log.info("stopping calls=%d", bridge.active_calls)
    finally:
        await bridge.close()
        await runner.cleanup()


def _steady_the_clock() -> None:
    """Keep pauses of the interpreter short beside a tick of 20 ms.

    What start-up made is never garbage, so a collection need not walk it; and livekit's threads,
    which bring audio, need the interpreter lock sooner than after the usual 5 ms.
    """
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(0.001)


async def _client(app: web.Application) -> AsyncIterator[None]:
    async with aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=_PROBE_TIMEOUT_S)
    ) as client:
        app[_CLIENT] = client
        yield


async def _healthz(request: web.Request) -> web.Response:
    """200 when the SIP socket is open and LiveKit answers, else 503, each part named."""
    bridge = request.app[_BRIDGE]
    livekit = await _livekit_answers(request.app[_CLIENT], bridge.livekit.url)
    sip = not bridge.closing.is_set()
    body = {
        "implementation": "sipbridge (stand-in for livekit-sip)",
        "sip": sip,
        "livekit": livekit,
        "calls": bridge.active_calls,
    }
    return web.json_response(body, status=200 if sip and livekit else 503)


async def _livekit_answers(client: aiohttp.ClientSession, url: str) -> bool:
    http_url = "http" + url.removeprefix("ws").removeprefix("http")
    try:
        async with client.get(http_url) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
