"""HTTP to where somebody configured, and nowhere inside: resolved once, checked, connected to that.

A name is resolved here, every address it has is checked, and the connection is made to one of those
addresses, so a name server has no second answer to give (DNS rebinding). TLS is verified against
the name. No redirects are followed, no proxy of the environment is used.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import cache
from typing import Any, cast

import httpcore2
import httpx2

from telephony.contracts.addresses import check_resolved

CONNECT_TIMEOUT_S = 3.0
MAX_ADDRESSES = 8

Resolver = Callable[[str, int], Awaitable[list[str]]]
"""Host and port to IP addresses, best first. Raises OSError."""


async def resolve(host: str, port: int) -> list[str]:
    """The system's resolver, in a thread."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class CheckedBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections for httpcore2. ``trusted`` are ``host:port`` the operator vouches for."""

    def __init__(
        self,
        trusted: frozenset[str] = frozenset(),
        *,
        resolver: Resolver = resolve,
        dialler: httpcore2.AsyncNetworkBackend | None = None,
    ) -> None:
        self._trusted = trusted
        self._resolver = resolver
        self._dialler = dialler or httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to a checked address of ``host``. Raises httpcore2.ConnectError and
        ConnectTimeout, and BlockedAddressError."""
        try:
            async with asyncio.timeout(timeout):
                found = await self._addresses(host, port)
                return await self._first_that_answers(found, port, socket_options)
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout("no connection in time") from error

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            found = await self._resolver(host, port)
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError("the name is not known") from error
        if not found:
            raise httpcore2.ConnectError("the name has no address")
        check_resolved(host, port, found, self._trusted)
        return found[:MAX_ADDRESSES]

    async def _first_that_answers(
        self, found: list[str], port: int, socket_options: Iterable[Any] | None
    ) -> httpcore2.AsyncNetworkStream:
        refused: httpcore2.ConnectError | None = None
        for address in found:
            try:
                return await self._dialler.connect_tcp(address, port, socket_options=socket_options)
            except httpcore2.ConnectError as error:
                refused = error
        raise refused or httpcore2.ConnectError("nothing answers")


class CheckedTransport(httpx2.AsyncHTTPTransport):
    """httpx2's own transport over a CheckedBackend; an answer that is longer than
    ``max_response_bytes`` breaks off with ReadError.
    """

    def __init__(
        self,
        backend: CheckedBackend,
        context: ssl.SSLContext,
        max_response_bytes: int | None = None,
    ) -> None:
        super().__init__(verify=context, trust_env=False)
        self._max_response_bytes = max_response_bytes
        # httpx2 has no argument for the backend; the pool is all that its transport is made of.
        self._pool = httpcore2.AsyncConnectionPool(
            ssl_context=context, network_backend=backend, max_connections=10
        )

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        if self._max_response_bytes is not None:
            inner = cast(httpx2.AsyncByteStream, response.stream)
            response.stream = _CutStream(inner, self._max_response_bytes)
        return response


class _CutStream(httpx2.AsyncByteStream):
    def __init__(self, inner: httpx2.AsyncByteStream, most: int) -> None:
        self._inner = inner
        self._left = most

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self._left -= len(chunk)
            if self._left < 0:
                raise httpx2.ReadError("the answer is too long")
            yield chunk

    async def aclose(self) -> None:
        await self._inner.aclose()


def client(
    backend: CheckedBackend,
    *,
    timeout: httpx2.Timeout,
    headers: dict[str, Any] | None = None,
    context: ssl.SSLContext | None = None,
    max_response_bytes: int | None = None,
) -> httpx2.AsyncClient:
    """Return a client that can reach only what ``backend`` lets it."""
    return httpx2.AsyncClient(
        transport=CheckedTransport(backend, context or tls(), max_response_bytes),
        timeout=timeout,
        headers=headers,
        trust_env=False,
        follow_redirects=False,
    )


@cache
def tls() -> ssl.SSLContext:
    """Reading the certificate bundle takes tens of milliseconds: once for all."""
    return httpx2.create_ssl_context(trust_env=False)
