"""POST of JSON to an address that a person typed: signed, never to a machine of our own side.

The name is resolved once, every address it has is checked, and one of those is connected to, so
that no second answer of the DNS leads elsewhere. Redirects are not followed.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import ipaddress
import json
import socket
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import SplitResult, urlsplit

TIMEOUT_S = 5.0


class BlockedTargetError(Exception):
    """The URL is none that may be called."""


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

    Signed as the webhooks of tools are (agents/README.md). Raises BlockedTargetError and
    TargetUnavailableError.
    """
    parts = urlsplit(url)
    body = json.dumps(dict(content), ensure_ascii=False).encode("utf-8", "replace")
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": idempotency_key,
        "User-Agent": "contactcenter",
        "X-Webhook-Signature": signature(secret, idempotency_key, body, seconds=seconds),
    }
    connection = _connection(parts, free=parts.netloc in trusted)
    path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
    try:
        connection.request("POST", path, body=body, headers=headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise TargetUnavailableError(type(error).__name__) from error
    finally:
        connection.close()
    if status in (408, 425, 429) or status >= 500:
        raise TargetUnavailableError(f"status {status}")
    return status


def signature(secret: str, idempotency_key: str, body: bytes, *, seconds: int) -> str:
    """HMAC-SHA256 under the secret of ``SECONDS.KEY.`` and the body, as ``t=SECONDS,v1=HEX``."""
    signed = f"{seconds}.{idempotency_key}.".encode() + body
    return f"t={seconds},v1={hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()}"


class _Checked(http.client.HTTPConnection):
    """Connects to the address that was checked, whatever its host is called."""

    def __init__(self, parts: SplitResult, address: str, context: ssl.SSLContext | None) -> None:
        port = parts.port or (443 if context else 80)
        super().__init__(parts.hostname or "", port, timeout=TIMEOUT_S)
        self._address = address
        self._context = context

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._context is not None:
            self.sock = self._context.wrap_socket(self.sock, server_hostname=self.host)


def _connection(parts: SplitResult, *, free: bool) -> http.client.HTTPConnection:
    if not parts.hostname or parts.username or (parts.scheme != "https" and not free):
        raise BlockedTargetError("not an https URL")
    tls = ssl.create_default_context() if parts.scheme == "https" else None
    port = parts.port or (443 if tls else 80)
    try:
        found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise TargetUnavailableError("the name is not known") from error
    addresses = [str(one[4][0]) for one in found]
    # One bad address among them may be the one that is used.
    if not addresses or not (free or all(map(_is_public, addresses))):
        raise BlockedTargetError("the name leads to an address inside")
    return _Checked(parts, addresses[0], tls)


def _is_public(text: str) -> bool:
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        # What carries a v4 address inside is as dangerous as that one, and nobody needs it here.
        hides = address.ipv4_mapped or address.sixtofour or address.teredo
        if hides or address in _NAT64:
            return False
    return address.is_global and not address.is_multicast


_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
