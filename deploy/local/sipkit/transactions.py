"""SIP transactions over UDP (RFC 3261 section 17, with RFC 6026's rule for 2xx).

A server transaction answers retransmissions with its last response and repeats final INVITE
responses until they are acknowledged; a client transaction repeats its request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aiosipua.message import SipRequest, SipResponse

from deploy.local.sipkit.message import Request, Response, SipAddress, build_response

Send = Callable[[bytes, SipAddress], bool]


@dataclass(frozen=True)
class SipTimers:
    """RFC 3261 table 4, in seconds. Tests shorten them; calls should not."""

    t1_s: float = 0.5
    t2_s: float = 4.0
    transaction_timeout_s: float = 32.0  # 64 * T1: timers B, F, H and how long answers are kept


class _Repeater:
    """Sends the same datagram again, first after T1, then doubling up to ``limit_s``."""

    def __init__(self, send: Callable[[], object], first_s: float, limit_s: float) -> None:
        self._send = send
        self._interval_s = first_s
        self._limit_s = limit_s
        self._handle: asyncio.TimerHandle | None = None
        self._arm()

    def _arm(self) -> None:
        self._handle = asyncio.get_running_loop().call_later(self._interval_s, self._fire)

    def _fire(self) -> None:
        self._interval_s = min(self._interval_s * 2, self._limit_s)
        self._arm()
        self._send()

    def stop(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None


class ServerTransaction:
    """One request received, and our answers to it."""

    def __init__(
        self, request: Request, send: Send, timers: SipTimers, to_tag: str, user_agent: str
    ) -> None:
        self.request = request
        self._user_agent = user_agent
        self.to_tag = request.to_tag or to_tag
        self.final_status = 0
        self.on_no_ack: Callable[[], None] | None = None
        """Called when a 2xx to an INVITE was never acknowledged."""
        self.on_done: Callable[[], None] | None = None
        self._send = send
        self._timers = timers
        self._last: bytes | None = None
        self._repeater: _Repeater | None = None
        self._expiry: asyncio.TimerHandle | None = None
        self._acked = False

    def response(self, status: int, reason: str | None = None) -> SipResponse:
        """A response to this request, not yet sent."""
        response = build_response(
            self.request.message, status, reason, to_tag=self.to_tag, source=self.request.source
        )
        response.set_header("Server", self._user_agent)
        return response

    def respond(self, response: SipResponse) -> None:
        """Send a provisional or the final response; a second final one is ignored."""
        if self.final_status:
            return
        self._last = bytes(response)
        self._resend()
        if response.status_code < 200:
            return
        self.final_status = response.status_code
        loop = asyncio.get_running_loop()
        self._expiry = loop.call_later(self._timers.transaction_timeout_s, self._expire)
        if self.request.method == "INVITE":
            self._repeater = _Repeater(self._resend, self._timers.t1_s, self._timers.t2_s)

    def _resend(self) -> None:
        if self._last is not None:
            self._send(self._last, self.request.reply_address)

    def on_retransmission(self) -> None:
        """The same request again: the same answer again."""
        if not self._acked:
            self._resend()

    def on_ack(self) -> None:
        """The final response arrived. The transaction stays to absorb late duplicates."""
        self._acked = True
        if self._repeater is not None:
            self._repeater.stop()

    def limit_ack_wait(self, ack_timeout_s: float) -> None:
        """Give up waiting for the ACK of a 2xx after this time instead of timer H."""
        if self._expiry is not None and not self._acked:
            self._expiry.cancel()
            loop = asyncio.get_running_loop()
            self._expiry = loop.call_later(ack_timeout_s, self._expire)

    def _expire(self) -> None:
        unacknowledged = (
            self.request.method == "INVITE" and self.final_status < 300 and not self._acked
        )
        self.stop()
        if unacknowledged and self.on_no_ack is not None:
            self.on_no_ack()

    def stop(self) -> None:
        """End all timers and leave the endpoint's table."""
        if self._repeater is not None:
            self._repeater.stop()
        if self._expiry is not None:
            self._expiry.cancel()
        if self.on_done is not None:
            self.on_done()
            self.on_done = None


class ClientTransaction:
    """One request sent, and the responses to it.

    ``on_response(response)`` gets each response once, except 2xx to INVITE, which the core must
    acknowledge each time; ``on_response(None)`` means nobody answered (timers B and F).
    """

    def __init__(
        self,
        request: SipRequest,
        branch: str,
        destination: SipAddress,
        send: Send,
        timers: SipTimers,
        on_response: Callable[[Response | None], None],
    ) -> None:
        self.request = request
        self.branch = branch
        self.destination = destination
        self.on_done: Callable[[], None] | None = None
        self._invite = request.method == "INVITE"
        self._send = send
        self._timers = timers
        self._on_response = on_response
        self._wire = bytes(request)
        self._final_status = 0
        self._repeater: _Repeater | None = None
        self._expiry: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Send the request and start timers A and B (E and F)."""
        self._transmit()
        limit_s = float("inf") if self._invite else self._timers.t2_s
        self._repeater = _Repeater(self._transmit, self._timers.t1_s, limit_s)
        self._expire_in(self._timers.transaction_timeout_s)

    def _transmit(self) -> None:
        self._send(self._wire, self.destination)

    def _expire_in(self, seconds: float) -> None:
        if self._expiry is not None:
            self._expiry.cancel()
        self._expiry = asyncio.get_running_loop().call_later(seconds, self._expire)

    def _expire(self) -> None:
        unanswered = not self._final_status
        self.stop()
        if unanswered:
            self._on_response(None)

    def on_datagram(self, response: Response) -> None:
        """A response whose branch and method are ours."""
        if self._repeater is not None and (self._invite or response.status >= 200):
            self._repeater.stop()
        if response.status < 200:
            if self._invite and not self._final_status and self._expiry is not None:
                self._expiry.cancel()  # B ends with a provisional; the caller bounds the ringing
            if not self._final_status:
                self._on_response(response)
            return
        repeated = bool(self._final_status)
        self._final_status = self._final_status or response.status
        if not repeated:
            self._expire_in(self._timers.transaction_timeout_s)
        if self._invite and response.status >= 300:
            self._send(bytes(self._ack(response)), self.destination)
        if not repeated or (self._invite and response.status < 300):
            self._on_response(response)

    def limit_final_wait(self) -> None:
        """After CANCEL: an INVITE that gets no final response is given up (RFC 3261 9.1)."""
        if not self._final_status:
            self._expire_in(self._timers.transaction_timeout_s)

    def _ack(self, response: Response) -> SipRequest:
        """ACK of a refusal: same branch, the response's To (RFC 3261 section 17.1.1.3)."""
        ack = SipRequest(method="ACK", uri=self.request.uri)
        ack.add_header("Via", self.request.headers.get("via")[0])
        ack.set_header("From", self.request.headers.get("from")[0])
        ack.set_header("To", response.message.headers.get("to")[0])
        ack.set_header("Call-ID", self.request.headers.get("call-id")[0])
        ack.set_header("CSeq", f"{response.cseq} ACK")
        ack.set_header("Max-Forwards", "70")
        for route in self.request.headers.get("route"):
            ack.add_header("Route", route)
        return ack

    def stop(self) -> None:
        """End all timers and leave the endpoint's table."""
        if self._repeater is not None:
            self._repeater.stop()
        if self._expiry is not None:
            self._expiry.cancel()
        if self.on_done is not None:
            self.on_done()
            self.on_done = None
