"""What can go wrong with a call, and the closed vocabularies for how calls fail and end."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class FailureCause(StrEnum):
    """Why a call never came to an answer."""

    REFUSED = "refused"
    CANCELLED = "cancelled"
    RINGING_TIMEOUT = "ringing_timeout"
    NO_RESPONSE = "no_response"
    UNAUTHORIZED = "unauthorized"
    BAD_ANSWER = "bad_answer"
    CLOSED = "closed"


class EndCause(StrEnum):
    """Why an answered call ended."""

    REMOTE_BYE = "remote_bye"
    LOCAL = "local"
    NO_ACK = "no_ack"
    MEDIA_TIMEOUT = "media_timeout"
    FAILED = "failed"


class SipError(Exception):
    """Base of what this package raises."""


class CallFailed(SipError):
    """A call was not answered: ``status`` is the SIP status (408 when nobody spoke)."""

    def __init__(
        self,
        status: int,
        reason: str,
        cause: FailureCause,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(f"{status} {reason} ({cause})")
        self.status = status
        self.reason = reason
        self.cause = cause
        self.headers: dict[str, str] = dict(headers or {})


class RequestTooLarge(SipError, ValueError):
    """An INVITE that UDP must not carry (RFC 3261 section 18.1.1): too many or too long headers."""


class PortsExhausted(SipError):
    """No UDP port of the RTP range is free; a server answers 503."""


class DtmfError(SipError):
    """A key that does not exist, or a peer that did not agree to telephone-event."""


class MessageError(SipError):
    """A datagram is not a SIP message that can be acted on.

    ``status`` is the answer it deserves, or None when it cannot be answered and is dropped.
    """

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


class SdpError(SipError):
    """An offer or answer that cannot be used; an offer with it is refused with 488."""
