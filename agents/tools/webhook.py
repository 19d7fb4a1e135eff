"""A tool behind an HTTPS address: ``POST url`` with the arguments as JSON, JSON comes back.

Headers: ``X-Call-Id`` (ours), ``Idempotency-Key`` (one a use of the tool, the same on a retry), and
``X-Webhook-Signature: t=SECONDS,v1=HEX`` when there is a secret, where HEX is the HMAC-SHA256 under
the secret of ``SECONDS.IDEMPOTENCY-KEY.`` and the body's bytes. The secret itself never travels.
A receiver recomputes it, compares in constant time, refuses an old SECONDS (five minutes) and
answers a key that it has seen as it did before.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any, NoReturn
from uuid import UUID

import httpx2

from agents.tools.checked_http import CONNECT_TIMEOUT_S, CheckedBackend, client
from agents.tools.results import ToolFailure
from agents.tools.runner import ToolCall
from telephony.contracts import WebhookSpec
from telephony.contracts.addresses import BlockedAddressError, check_url
from telephony.contracts.signature import sign
from telephony.enums import ToolOutcome

MAX_BODY_BYTES = 64 * 1024
UNREACHABLE = "The system cannot be reached right now."
NO_SENSE = "The system's answer made no sense."
TOO_LONG = "The system's answer was too long to be used."
# An answer that says "not now", which the same question a moment later may not get.
PASSING_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504})


class WebhookTool:
    """One webhook; the runner's time-out bounds the whole exchange."""

    def __init__(
        self,
        spec: WebhookSpec,
        *,
        call_id: UUID,
        trusted: frozenset[str],
        backend: CheckedBackend | None = None,
        make_client: Any = client,
    ) -> None:
        self._spec = spec
        self._call_id = call_id
        self._trusted = trusted
        self._backend = backend or CheckedBackend(trusted)
        self._make_client = make_client

    async def __call__(self, call: ToolCall) -> Mapping[str, Any]:
        body = json.dumps(dict(call.arguments), ensure_ascii=False).encode("utf-8", "replace")
        try:
            check_url(self._spec.url, self._trusted)
            # The runner bounds the whole; only the connect is bounded here.
            limits = httpx2.Timeout(None, connect=CONNECT_TIMEOUT_S)
            async with (
                self._make_client(self._backend, timeout=limits) as session,
                session.stream(
                    "POST", self._spec.url, content=body, headers=self._headers(call, body)
                ) as response,
            ):
                return await _answer(response)
        except BlockedAddressError as error:
            raise ToolFailure(
                "blocked", "This tool is not set up correctly.", ToolOutcome.BLOCKED
            ) from error
        except (httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise ToolFailure("unavailable", UNREACHABLE, passing=True) from error

    def _headers(self, call: ToolCall, body: bytes) -> dict[str, str]:
        headers = {
            "Accept": "application/json",
            # A small answer may unpack to a huge one.
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
            "Idempotency-Key": call.idempotency_key,
            "User-Agent": "contactcenter",
            "X-Call-Id": str(self._call_id),
        }
        if self._spec.secret:
            headers["X-Webhook-Signature"] = sign(
                self._spec.secret, call.idempotency_key, body, seconds=int(time.time())
            )
        return headers


async def _answer(response: httpx2.Response) -> Mapping[str, Any]:
    status = response.status_code
    if not 200 <= status < 300:
        raise ToolFailure(
            f"http_{status}",
            f"The system answered with status {status}, so nothing is known.",
            passing=status in PASSING_STATUSES,
        )
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"", "identity"}:
        raise ToolFailure("bad_response", NO_SENSE)
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise ToolFailure("too_large", TOO_LONG)
    if status == 204 and not body:
        return {}
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        raise ToolFailure("bad_response", NO_SENSE)
    return _object_in(bytes(body))


def _object_in(body: bytes) -> Mapping[str, Any]:
    try:
        answer = json.loads(body.decode("utf-8"), parse_constant=_no_json)
    except (ValueError, RecursionError) as error:
        raise ToolFailure("bad_response", NO_SENSE) from error
    return answer if isinstance(answer, Mapping) else {"result": answer}


def _no_json(constant: str) -> NoReturn:
    # Python reads NaN and Infinity; JSON, and PostgreSQL's jsonb, have neither.
    raise ValueError(constant)
