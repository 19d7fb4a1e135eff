"""Errors of the SIP API, as Twirp sends them (https://twitchtv.github.io/twirp/docs/spec_v7.html)."""

from __future__ import annotations

from collections.abc import Mapping

_HTTP_STATUS: Mapping[str, int] = {
    "canceled": 408,
    "unknown": 500,
    "invalid_argument": 400,
    "malformed": 400,
    "deadline_exceeded": 408,
    "not_found": 404,
    "bad_route": 404,
    "already_exists": 409,
    "permission_denied": 403,
    "unauthenticated": 401,
    "resource_exhausted": 429,
    "failed_precondition": 412,
    "aborted": 409,
    "out_of_range": 400,
    "unimplemented": 501,
    "internal": 500,
    "unavailable": 503,
}

# What livekit-server answers when a dialled party refuses: the status of the SIP answer to a Twirp
# code. Statuses not named fall back by class, see code_of_sip_status.
_CODE_OF_SIP_STATUS: Mapping[int, str] = {
    301: "not_found",
    302: "not_found",
    401: "permission_denied",
    402: "permission_denied",
    403: "permission_denied",
    404: "not_found",
    407: "unauthenticated",
    408: "deadline_exceeded",
    409: "failed_precondition",
    410: "not_found",
    412: "failed_precondition",
    416: "out_of_range",
    428: "unauthenticated",
    433: "permission_denied",
    436: "unauthenticated",
    437: "unauthenticated",
    438: "unauthenticated",
    440: "resource_exhausted",
    470: "permission_denied",
    480: "resource_exhausted",
    481: "not_found",
    482: "failed_precondition",
    483: "failed_precondition",
    486: "resource_exhausted",
    487: "aborted",
    491: "aborted",
    494: "unauthenticated",
    504: "deadline_exceeded",
    505: "invalid_argument",
    513: "invalid_argument",
    600: "resource_exhausted",
    603: "permission_denied",
    604: "not_found",
    607: "permission_denied",
    608: "permission_denied",
}


class TwirpError(Exception):
    """An answer of the API that is not a success.

    ``code`` is one of Twirp's codes; ``meta`` goes to the client as it is, so nothing secret in it.
    """

    def __init__(self, code: str, message: str, meta: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.meta = dict(meta or {})

    @property
    def http_status(self) -> int:
        return _HTTP_STATUS[self.code]


def invalid(message: str) -> TwirpError:
    """The request is wrong in itself."""
    return TwirpError("invalid_argument", message)


def code_of_sip_status(status: int) -> str:
    """The Twirp code livekit-server gives for a final SIP status of an outbound call."""
    if status in _CODE_OF_SIP_STATUS:
        return _CODE_OF_SIP_STATUS[status]
    if 500 <= status < 600:
        return "failed_precondition"
    return "invalid_argument" if 300 <= status < 700 else "unknown"


def sip_call_error(status: int, reason: str) -> TwirpError:
    """A dialled call that failed, with the metadata livekit-api turns into a ``SipCallError``."""
    return TwirpError(
        code_of_sip_status(status),
        f"sip status {status}: {reason}",
        {"sip_status_code": str(status), "sip_status": reason},
    )
