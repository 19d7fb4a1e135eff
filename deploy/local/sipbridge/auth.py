"""Who may call the API: LiveKit's access tokens (JWT, HS256, issued by the API key)."""

from __future__ import annotations

import enum

import jwt
from livekit import api

from .errors import TwirpError


class Grant(enum.StrEnum):
    """What a method asks of its caller (LiveKit's ``sip`` claim)."""

    ADMIN = "admin"
    CALL = "call"


class Authenticator:
    """Checks tokens against one API key and secret."""

    def __init__(self, api_key: str, api_secret: str) -> None:
        self._verifier = api.TokenVerifier(api_key, api_secret)

    def require(self, authorization: str | None, grant: Grant) -> None:
        """Raises TwirpError: unauthenticated (no or bad token) or permission_denied (no grant)."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise TwirpError("unauthenticated", "no access token: send Authorization: Bearer TOKEN")
        try:
            claims = self._verifier.verify(token.strip())
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            # The kind of failure helps (expired, not yet valid); the token itself is a secret.
            raise TwirpError(
                "unauthenticated", f"invalid access token ({type(error).__name__})"
            ) from None
        granted = claims.sip is not None and (
            claims.sip.admin if grant is Grant.ADMIN else claims.sip.call
        )
        if granted is not True:
            raise TwirpError("permission_denied", f"the token does not grant sip.{grant}")
