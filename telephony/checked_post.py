"""POST of JSON to an address that a person typed: signed, never to a machine of our own side.

The name is resolved once, every address it has is checked, and the connection is made to one of
those, so that no second answer of the DNS leads elsewhere. Redirects are not followed.
"""

from __future__ import annotations

import http.client
import json
import socket
import ssl
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import SplitResult, quote, urlsplit

from telephony.contracts.addresses import check_resolved, check_url
from telephony.contracts.signature import sign

TIMEOUT_S = 5.0
# Each address gets so long: a name may have one that leads nowhere beside one that answers.
CONNECT_TIMEOUT_S = 2.0
MAX_ADDRESSES = 4
# What a request line may hold as it is; "%" because the path may be quoted already.
_PATH, _QUERY = "/%:@!$&'()*+,;=~", "/%:@!$&'()*+,;=~?"


class TargetUnavailableError(Exception):
    """No answer, or one that says not now: asking again may help."""


def post_json(
    url: str,
    content: Mapping[str, Any],
    *,
    secret: str,
    idempotency_key: str,
    seconds: int,
    trusted: frozenset[str] = frozenset(),
) -> int:
    """The answer's status. ``trusted``: host:port pairs that may be private, and plain http.

    Signed as the webhooks of tools are (agents/README.md). Raises BlockedAddressError and
    TargetUnavailableError.
    """
    check_url(url, trusted)
    parts = urlsplit(url)
    body = json.dumps(dict(content), ensure_ascii=False).encode("utf-8", "replace")
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": idempotency_key,
        "User-Agent": "contactcenter",
        "X-Webhook-Signature": sign(secret, idempotency_key, body, seconds=seconds),
    }
    connection = _connection(parts, trusted)
    try:
        connection.request("POST", _target(parts), body=body, headers=headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise TargetUnavailableError(type(error).__name__) from error
    finally:
        connection.close()
    if status in (408, 425, 429) or status >= 500:
        raise TargetUnavailableError(f"status {status}")
    return status


def _target(parts: SplitResult) -> str:
    """Path and query in ASCII (RFC 3986, 2.1): a request line takes nothing else."""
    query = f"?{quote(parts.query, safe=_QUERY, errors='replace')}" if parts.query else ""
    return f"{quote(parts.path, safe=_PATH, errors='replace') or '/'}{query}"


class _Checked(http.client.HTTPConnection):
    """Connects to the first of the checked addresses that answers, whatever its host is called."""

    def __init__(
        self, host: str, port: int, addresses: Sequence[str], context: ssl.SSLContext | None
    ) -> None:
        super().__init__(host, port, timeout=TIMEOUT_S)
        self._addresses = addresses
        self._context = context

    def connect(self) -> None:
        self.sock = self._first_that_answers()
        self.sock.settimeout(TIMEOUT_S)
        if self._context is not None:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)

    def _first_that_answers(self) -> socket.socket:
        refused = OSError("no address")
        for address in self._addresses:
            try:
                return socket.create_connection((address, self.port), CONNECT_TIMEOUT_S)
            except OSError as error:
                refused = error
        raise refused


def _connection(parts: SplitResult, trusted: frozenset[str]) -> http.client.HTTPConnection:
    host, tls = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if tls else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TargetUnavailableError("the name is not known") from error
    addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
    check_resolved(host, port, addresses, trusted)
    context = ssl.create_default_context() if tls else None
    return _Checked(host, port, addresses[:MAX_ADDRESSES], context)
