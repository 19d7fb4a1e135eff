"""A tool behind an HTTPS address: ``POST url`` with the arguments as JSON, JSON comes back.

Headers: ``Authorization: Bearer SECRET`` when there is a secret, ``X-Call-Id`` (ours), and
``Idempotency-Key`` (one a tool call). Redirects are not followed: an answer must not choose where
the secret goes next. Plain HTTP only to hosts named in WEBHOOK_ALLOWED_HTTP_HOSTS.
"""

from __future__ import annotations

import json
import ssl
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx

from agents.tools.results import ToolFailure
from agents.tools.runner import ToolCall
from telephony.contracts import WebhookSpec

MAX_BODY_BYTES = 64 * 1024
CONNECT_TIMEOUT_S = 3.0


class WebhookTool:
    """One webhook; the runner's time-out bounds the whole exchange."""

    def __init__(
        self, spec: WebhookSpec, *, call_id: UUID, allowed_http_hosts: frozenset[str]
    ) -> None:
        self._spec = spec
        self._call_id = call_id
        self._allowed_http_hosts = allowed_http_hosts

    async def __call__(self, call: ToolCall) -> Mapping[str, Any]:
        self._check_address()
        status, body = await self._post(call)
        if not 200 <= status < 300:
            raise ToolFailure(
                f"http_{status}", f"The system answered with status {status}, so nothing is known."
            )
        return _object_in(body)

    def _check_address(self) -> None:
        address = urlsplit(self._spec.url)
        if address.scheme == "https" and address.hostname:
            return
        if address.scheme == "http" and address.netloc.lower() in self._allowed_http_hosts:
            return
        raise ToolFailure("unavailable", "This tool is not set up correctly.")

    async def _post(self, call: ToolCall) -> tuple[int, bytes]:
        headers = {
            "Accept": "application/json",
            "Idempotency-Key": f"{self._call_id}:{call.id}",
            "X-Call-Id": str(self._call_id),
        }
        if self._spec.secret:
            headers["Authorization"] = f"Bearer {self._spec.secret}"
        # The runner bounds the whole; only the connect is bounded here. The environment's proxies
        # would see secrets and numbers, so they are not used.
        limits = httpx.Timeout(None, connect=CONNECT_TIMEOUT_S)
        try:
            async with (
                httpx.AsyncClient(timeout=limits, trust_env=False, verify=tls()) as client,
                client.stream(
                    "POST", self._spec.url, json=dict(call.arguments), headers=headers
                ) as response,
            ):
                return response.status_code, await _read(response)
        except httpx.HTTPError as error:
            raise ToolFailure("unavailable", "The system cannot be reached right now.") from error


@cache
def tls() -> ssl.SSLContext:
    """Reading the certificate bundle takes tens of milliseconds: once for all webhooks."""
    return httpx.create_ssl_context(trust_env=False)


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    async for chunk in response.aiter_bytes():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise ToolFailure("too_large", "The system's answer was too long to be used.")
    return bytes(body)


def _object_in(body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body)
    except ValueError as error:
        raise ToolFailure("bad_response", "The system's answer made no sense.") from error
    return answer if isinstance(answer, Mapping) else {"result": answer}
