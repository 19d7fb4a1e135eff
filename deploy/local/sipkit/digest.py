"""Digest authentication (RFC 3261 section 22, RFC 7616 with MD5 and qop=auth), both sides."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from enum import StrEnum

from aiosipua.auth import SipDigestAuth, answer_challenge, build_credentials
from aiosipua.headers import AuthChallenge, parse_auth, stringify_auth
from aiosipua.message import SipRequest, SipResponse

_NONCE_LIFETIME_S = 60.0
_MAX_REMEMBERED_NONCES = 10_000

Lookup = Callable[[str], str | None]


class Verdict(StrEnum):
    """What a request's credentials are worth."""

    OK = "ok"
    MISSING = "missing"
    STALE = "stale"  # right, but the nonce is old or used: challenge again with stale=True
    WRONG = "wrong"


class DigestServer:
    """Makes and checks nonces. A nonce is bound to one Call-ID and good for 60 s, each count once.

    The endpoint holds one; the key is random, so a restart makes old nonces stale.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._key = secrets.token_bytes(32)
        self._clock = clock
        self._used: dict[str, int] = {}  # nonce -> highest nonce count accepted

    def challenge(self, realm: str, call_id: str, *, stale: bool = False) -> str:
        """The value of WWW-Authenticate or Proxy-Authenticate."""
        params = {
            "realm": realm.replace('"', "'"),
            "nonce": self._nonce(f"{self._clock():.3f}", call_id),
            "qop": "auth",
            "algorithm": "MD5",
        }
        if stale:
            params["stale"] = "true"
        return stringify_auth(AuthChallenge("Digest", params))

    def verify(self, request: SipRequest, realm: str, lookup: Lookup) -> Verdict:
        """Check the request's credentials for ``realm``; ``lookup`` gives a user's password.

        An unknown user takes the same way as a wrong password.
        """
        params = self._credentials(request, realm)
        if params is None:
            return Verdict.MISSING
        nonce = params.get("nonce", "")
        made_at = nonce.partition("-")[0]
        call_id = request.call_id or ""
        if not hmac.compare_digest(nonce.encode(), self._nonce(made_at, call_id).encode()):
            return Verdict.STALE
        password = lookup(params.get("username", ""))
        count = _hex(params.get("nc", "1"))
        if count is None:
            return Verdict.WRONG
        expected = build_credentials(
            SipDigestAuth(params.get("username", ""), password or secrets.token_hex(16)),
            AuthChallenge("Digest", {"realm": realm, "nonce": nonce, "qop": params.get("qop", "")}),
            request.method,
            # What was signed, not what is requested: SIPp signs its server's address without the
            # user, and proxies rewrite the request URI (RFC 7616 section 3.4.6 allows either).
            params.get("uri", ""),
            nonce_count=count,
            cnonce=params.get("cnonce", ""),
        )
        given = params.get("response", "").lower().encode()
        if (
            expected is None
            or not hmac.compare_digest(expected.params["response"].encode(), given)
            or password is None
        ):
            return Verdict.WRONG
        if self._clock() - float(made_at) > _NONCE_LIFETIME_S:
            return Verdict.STALE
        if self._used.get(nonce, 0) >= count:
            return Verdict.STALE
        self._remember(nonce, count)
        return Verdict.OK

    def _remember(self, nonce: str, count: int) -> None:
        if len(self._used) >= _MAX_REMEMBERED_NONCES:
            # Insertion order is age, and a nonce's age is in its text.
            limit = self._clock() - _NONCE_LIFETIME_S
            self._used = {n: c for n, c in self._used.items() if float(n.partition("-")[0]) > limit}
        self._used[nonce] = count

    def _nonce(self, made_at: str, call_id: str) -> str:
        text = f"{made_at}|{call_id}".encode("utf-8", "replace")
        return f"{made_at}-{hmac.new(self._key, text, hashlib.sha256).hexdigest()[:32]}"

    @staticmethod
    def _credentials(request: SipRequest, realm: str) -> dict[str, str] | None:
        for name in ("authorization", "proxy-authorization"):
            for value in request.headers.get(name):
                given = parse_auth(value, credentials=True)
                params = {key.lower(): text for key, text in given.params.items()}
                if given.scheme.lower() == "digest" and params.get("realm") == realm:
                    return params
        return None


def _hex(text: str) -> int | None:
    try:
        return int(text[:8], 16)
    except ValueError:
        return None


def authorize(
    request: SipRequest, refusal: SipResponse, user: str, password: str
) -> tuple[str, str] | None:
    """Header name and value that answer the challenge of a 401 or 407, or None if we cannot."""
    return answer_challenge(
        SipDigestAuth(user, password), refusal, refusal.status_code, request.method, request.uri
    )
