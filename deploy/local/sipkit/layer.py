"""The transaction layer: sorts datagrams into transactions and answers what cannot go further."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Protocol

from aiosipua.message import SipRequest, SipResponse
from aiosipua.utils import generate_tag

from deploy.local.sipkit.errors import MessageError
from deploy.local.sipkit.message import (
    Request,
    Response,
    SipAddress,
    build_response,
    check_request,
    check_response,
    parse_datagram,
)
from deploy.local.sipkit.transactions import ClientTransaction, ServerTransaction, SipTimers
from deploy.local.sipkit.transport import UdpTransport

# Shorter than any SIP message: keep-alives (CRLF, empty, a zero byte) are no error.
_MIN_MESSAGE_BYTES = 20
# Answers are kept for 32 s; a flood of requests must not take all memory.
_MAX_TRANSACTIONS = 10_000

_Key = tuple[str, str, str, int, str]


class TransactionUser(Protocol):
    """What sits above the transactions (RFC 3261 section 5): the endpoint."""

    def on_request(self, transaction: ServerTransaction) -> None:
        """A new request other than ACK and CANCEL; must be answered."""

    def on_cancel(self, transaction: ServerTransaction) -> None:
        """The INVITE of ``transaction`` was cancelled before its final response."""

    def on_ack(self, request: Request) -> None:
        """An ACK of a 2xx."""


class TransactionLayer:
    """Owns the UDP socket and the tables of running transactions."""

    def __init__(
        self, user: TransactionUser, timers: SipTimers, user_agent: str, log: logging.Logger
    ) -> None:
        self._user = user
        self._timers = timers
        self._user_agent = user_agent
        self._log = log
        self._transport = UdpTransport(self._on_datagram, log)
        self._server: dict[_Key, ServerTransaction] = {}
        self._client: dict[tuple[str, str], ClientTransaction] = {}
        self._merge_keys: dict[tuple[str, str, int, str], _Key] = {}

    async def open(self, host: str, port: int) -> None:
        """Bind. Raises OSError."""
        await self._transport.open(host, port)

    @property
    def address(self) -> SipAddress:
        return self._transport.address

    def send_datagram(self, data: bytes, destination: SipAddress) -> bool:
        """Send outside any transaction (an ACK of a 2xx)."""
        return self._transport.send(data, destination)

    def send_request(
        self,
        request: SipRequest,
        branch: str,
        destination: SipAddress,
        on_response: Callable[[Response | None], None],
    ) -> ClientTransaction:
        """Start a client transaction."""
        request.set_header("User-Agent", self._user_agent)
        transaction = ClientTransaction(
            request, branch, destination, self._transport.send, self._timers, on_response
        )
        key = (branch, request.method)
        self._client[key] = transaction

        def forget() -> None:
            self._client.pop(key, None)

        transaction.on_done = forget
        transaction.start()
        return transaction

    def close(self) -> None:
        """Stop all timers and close the socket."""
        for server in tuple(self._server.values()):
            server.on_no_ack = None
            server.stop()
        for client in tuple(self._client.values()):
            client.stop()
        self._transport.close()

    def _on_datagram(self, data: bytes, source: SipAddress) -> None:
        if len(data) < _MIN_MESSAGE_BYTES:
            return
        try:
            message = parse_datagram(data)
        except MessageError as error:
            self._log.info("sip datagram dropped bytes=%d: %s", len(data), error)
            return
        try:
            if isinstance(message, SipResponse):
                self._on_response(check_response(message, source))
            else:
                self._on_request(check_request(message, source, data))
        except MessageError as error:
            self._log.info("sip message refused status=%s: %s", error.status, error)
            if (
                isinstance(message, SipRequest)
                and error.status is not None
                and message.method != "ACK"
            ):
                # Stateless: a message this wrong gets no memory. Always to its source address.
                answer = build_response(message, error.status, to_tag=generate_tag(), source=source)
                self._transport.send(bytes(answer), source)

    def _on_response(self, response: Response) -> None:
        transaction = self._client.get((response.branch, response.cseq_method))
        if transaction is not None:
            transaction.on_datagram(response)

    def _on_request(self, request: Request) -> None:
        key = _key(request, request.method)
        if request.method == "ACK":
            invite = self._server.get(_key(request, "INVITE"))
            if invite is not None and invite.final_status >= 300:
                invite.on_ack()
            else:
                self._user.on_ack(request)
            return
        known = self._server.get(key)
        if known is not None:
            known.on_retransmission()
            return
        if len(self._server) >= _MAX_TRANSACTIONS:
            self._log.warning("sip request dropped: too many transactions")
            return
        transaction = self._add(key, request)
        if transaction is None:
            return
        if request.method == "CANCEL":
            self._on_cancel(transaction)
            return
        try:
            self._user.on_request(transaction)
        except Exception:
            # Our fault, and only this request's: the peer hears so, and the others go on.
            self._log.exception("sip request failed method=%s", request.method[:16])
            transaction.respond(transaction.response(500))

    def _add(self, key: _Key, request: Request) -> ServerTransaction | None:
        transaction = ServerTransaction(
            request, self._transport.send, self._timers, generate_tag(), self._user_agent
        )
        merge_key = (request.call_id, request.from_tag, request.cseq, request.method)
        merged = not request.to_tag and merge_key in self._merge_keys
        self._server[key] = transaction
        if not merged:
            self._merge_keys[merge_key] = key

        def forget() -> None:
            self._server.pop(key, None)
            if self._merge_keys.get(merge_key) == key:
                del self._merge_keys[merge_key]

        transaction.on_done = forget
        if merged and request.method != "CANCEL":
            # The same request by another way (RFC 3261 section 8.2.2.2).
            transaction.respond(transaction.response(482))
            return None
        return transaction

    def _on_cancel(self, transaction: ServerTransaction) -> None:
        invite = self._server.get(_key(transaction.request, "INVITE"))
        if invite is None:
            transaction.respond(transaction.response(481))
            return
        answer = transaction.response(200)
        transaction.respond(answer)
        if not invite.final_status:
            self._user.on_cancel(invite)


def _key(request: Request, method: str) -> _Key:
    """RFC 3261 section 17.2.3, with Call-ID and CSeq for peers whose branch is no unique one."""
    via = request.via
    sent_by = f"{via.host.lower()}:{via.port}"
    return via.branch or "", sent_by, request.call_id, request.cseq, method
