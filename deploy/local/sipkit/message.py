"""SIP messages: parsing with the checks a hostile network needs, and building (RFC 3261).

The text format is aiosipua's. What it lets through (numbers that are none, a body shorter than
its Content-Length, ports above 65535) is caught here, before any handler sees the message.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass

from aiosipua.headers import Address, Via, parse_via
from aiosipua.message import SipMessage, SipRequest, SipResponse
from aiosipua.utils import bracket_ipv6

from deploy.local.sipkit.address import read_address
from deploy.local.sipkit.errors import MessageError

SipAddress = tuple[str, int]

REASONS = {
    100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK", 202: "Accepted",
    400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    405: "Method Not Allowed", 407: "Proxy Authentication Required", 408: "Request Timeout",
    415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension",
    480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
    483: "Too Many Hops", 486: "Busy Here", 487: "Request Terminated",
    488: "Not Acceptable Here", 491: "Request Pending", 500: "Server Internal Error",
    501: "Not Implemented", 503: "Service Unavailable", 505: "Version Not Supported",
    603: "Decline",
}  # fmt: skip

_MAX_TEXT_CHARS = 1024
_CSEQ = re.compile(r"(\d{1,10})\s+([A-Za-z0-9.!%*_+`'~-]+)")
_MAX_CSEQ = 2**31 - 1  # RFC 3261 section 8.1.1.5
_REQUEST_LINE = re.compile(rb"\S+ \S+ SIP/(\d+\.\d+)")
_ONCE_ONLY = ("from", "to", "call-id", "cseq", "max-forwards", "content-length")
# Written by us into every message, so never by a caller's extra headers.
_OWN_HEADERS = frozenset(
    {"via", "from", "to", "call-id", "cseq", "contact", "content-length", "content-type"}
    | {"max-forwards", "route", "record-route", "allow", "user-agent", "server"}
)


@dataclass(frozen=True)
class Request:
    """A request that passed the checks, with what routing needs already parsed."""

    message: SipRequest
    source: SipAddress
    via: Via
    from_: Address
    to: Address
    cseq: int
    call_id: str

    @property
    def method(self) -> str:
        return self.message.method

    @property
    def from_tag(self) -> str:
        return self.from_.tag or ""

    @property
    def to_tag(self) -> str:
        return self.to.tag or ""

    @property
    def reply_address(self) -> SipAddress:
        """Where responses go: never to a host that the sender merely named (RFC 3581).

        The source port when the sender asked for it (rport) or named no usable port.
        """
        host, port = self.source
        if "rport" in self.via.params:
            return host, port
        named = 5060 if self.via.port is None else self.via.port
        return (host, named) if 0 < named < 65536 else (host, port)


@dataclass(frozen=True)
class Response:
    """A response that passed the checks."""

    message: SipResponse
    source: SipAddress
    branch: str
    cseq: int
    cseq_method: str
    to_tag: str

    @property
    def status(self) -> int:
        return self.message.status_code


def safe_text(value: str, limit: int = _MAX_TEXT_CHARS) -> str:
    """``value`` without control characters and no longer than ``limit`` characters."""
    return "".join(c if c.isprintable() else " " for c in value[:limit]).strip()


def header_values(message: SipMessage) -> dict[str, str]:
    """First value of each header, names in lower case, values as safe text."""
    return {
        safe_text(name, 64).lower(): safe_text(values[0])
        for name, values in message.headers.items()
        if values
    }


def parse_cseq(message: SipMessage) -> tuple[int, str]:
    """``(number, method)`` of CSeq. Raises MessageError (400) when it is not one."""
    match = _CSEQ.fullmatch((message.get_header("cseq") or "").strip())
    if match is None or int(match[1]) > _MAX_CSEQ:
        raise MessageError("CSeq is not a number and a method", 400)
    return int(match[1]), match[2]


def parse_datagram(data: bytes) -> SipRequest | SipResponse:
    """Parse one datagram. Raises MessageError without a status: it cannot be answered."""
    try:
        message = SipMessage.parse(data.lstrip(b"\r\n"))  # section 7.5
    except (ValueError, IndexError) as error:
        raise MessageError("not a SIP message") from error
    if any(not message.headers.get(name) for name in ("via", "from", "to", "call-id", "cseq")):
        raise MessageError("a header that every message needs is missing")
    return message


def check_request(message: SipRequest, source: SipAddress, data: bytes) -> Request:
    """Check a parsed request against ``data``, the datagram it came in.

    Raises MessageError with the status it deserves.
    """
    _check_request_line(data, message.uri)
    if any(len(message.headers.get(name)) > 1 for name in _ONCE_ONLY):
        raise MessageError("a header that stands once stands twice", 400)
    cseq, method = parse_cseq(message)
    if method != message.method:
        raise MessageError("CSeq names another method", 400)
    # "SIP / 2.0 / UDP" is one way to write it; aiosipua knows the other.
    via = parse_via(re.sub(r"\s*/\s*", "/", message.headers.get("via")[0], count=2))
    if via.protocol != "SIP/2.0" or not via.host:
        raise MessageError("Via is not one", 400)
    declared = (message.get_header("content-length") or "").strip()
    if declared and not (declared.isascii() and declared.isdigit() and len(declared) < 8):
        raise MessageError("Content-Length is not a number", 400)
    if declared and int(declared) > len(message.body):
        raise MessageError("the body is shorter than Content-Length", 400)
    from_ = read_address(message.headers.get("from")[0])
    if not from_.tag:
        raise MessageError("From has no tag", 400)
    to = read_address(message.headers.get("to")[0])
    if not to.uri.host:
        raise MessageError("To is no address", 400)
    if not message.uri.lower().startswith(("sip:", "sips:")):
        raise MessageError("the request URI is not a SIP URI", 416)
    hops = (message.get_header("max-forwards") or "70").strip()
    if not (hops.isascii() and hops.isdigit() and len(hops) < 6):
        raise MessageError("Max-Forwards is not a number", 400)
    if int(hops) == 0:
        raise MessageError("too many hops", 483)
    return Request(
        message=message,
        source=source,
        via=via,
        from_=from_,
        to=to,
        cseq=cseq,
        call_id=message.call_id or "",
    )


def _check_request_line(data: bytes, uri: str) -> None:
    """Method, URI and version with one space between (RFC 3261 section 7.1).

    What aiosipua makes of other lines leaves out words. A URI with header fields would have us put
    a stranger's headers into a request (RFC 4475 section 3.1.2.11).
    """
    line = _REQUEST_LINE.fullmatch(data.lstrip(b"\r\n").partition(b"\n")[0].rstrip(b"\r"))
    if line is None:
        raise MessageError("the request line is not one", 400)
    if line[1] != b"2.0":
        raise MessageError("another version of SIP", 505)
    if "?" in uri.rpartition("@")[2]:
        raise MessageError("the request URI holds header fields", 400)


def check_response(message: SipResponse, source: SipAddress) -> Response:
    """Check a parsed response. Raises MessageError: a bad response is dropped."""
    cseq, method = parse_cseq(message)
    if not 100 <= message.status_code <= 699:
        raise MessageError("no such status")
    via = parse_via(message.headers.get("via")[0])
    to = read_address(message.headers.get("to")[0])
    return Response(message, source, via.branch or "", cseq, method, to.tag or "")


def build_response(
    request: SipRequest,
    status: int,
    reason: str | None = None,
    *,
    to_tag: str = "",
    source: SipAddress | None = None,
) -> SipResponse:
    """A response with the headers RFC 3261 section 8.2.6.2 copies; no body.

    ``source`` fills received and rport of the top Via (RFC 3581).
    """
    response = SipResponse(
        status_code=status, reason_phrase=safe_text(reason or REASONS.get(status, "Unknown"), 80)
    )
    vias = list(request.headers.get("via"))
    if source is not None:
        vias[0] = _via_with_source(vias[0], source)
    for via in vias:
        response.add_header("Via", via)
    for name in ("From", "To", "Call-ID", "CSeq"):
        response.set_header(name, request.headers.get(name)[0])
    to = response.get_header("To") or ""
    if to_tag and status > 100 and not read_address(to).tag:
        response.set_header("To", f"{to};tag={to_tag}")
    if status < 300:
        for value in request.headers.get("record-route"):
            response.add_header("Record-Route", value)
    return response


def _via_with_source(value: str, source: SipAddress) -> str:
    host, port = source
    head, *params = value.split(";")
    kept = [p for p in params if p.strip().lower().split("=")[0] not in ("rport", "received")]
    if len(kept) != len(params):
        kept.append(f"rport={port}")
    kept.append(f"received={host}")
    return ";".join([head, *kept])


def add_headers(message: SipMessage, headers: Mapping[str, str] | None) -> None:
    """Add a caller's own headers. Raises ValueError for line breaks and for our own headers."""
    for name, value in (headers or {}).items():
        if name.lower() in _OWN_HEADERS or not re.fullmatch(r"[A-Za-z0-9.!%*_+`'~-]+", name):
            raise ValueError(f"header {name!r} cannot be set here")
        message.set_header(name, value)


def uri_host(address: SipAddress) -> str:
    """``host:port`` as a URI or Via wants it."""
    return f"{bracket_ipv6(address[0])}:{address[1]}"


def usable_address(host: str, port: int | None) -> SipAddress | None:
    """``(ip, port)`` when a datagram can be sent there at all, else None.

    asyncio closes a UDP socket for good when sendto gets a port above 65535 or a bad address.
    """
    port = 5060 if port is None else port
    if not 0 < port < 65536:
        return None
    try:
        ip = ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return None
    return None if ip.is_multicast else (str(ip), port)
