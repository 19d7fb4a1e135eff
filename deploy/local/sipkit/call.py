"""An answered call, either side: its dialog, its media, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol

from aiosipua.message import SipRequest, SipResponse

from deploy.local.sipkit.dialog import Dialog
from deploy.local.sipkit.dtmf import key_of_info
from deploy.local.sipkit.errors import CallFailed, EndCause, FailureCause, SdpError
from deploy.local.sipkit.in_dialog import ALLOW, InDialogRequest
from deploy.local.sipkit.layer import TransactionLayer
from deploy.local.sipkit.media import CODECS, MediaStream
from deploy.local.sipkit.message import Request, Response, add_headers
from deploy.local.sipkit.sdp import DEFAULT_EVENT_TYPE, LocalSdp, PeerMedia, read_sdp
from deploy.local.sipkit.transactions import ServerTransaction

_BYE_WAIT_S = 4.0


class CallOwner(Protocol):
    """What a call needs of its endpoint."""

    layer: TransactionLayer

    def forget(self, call: Call) -> None:
        """The dialog is over: requests for it get 481 from now on."""

    def spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        """Run a coroutine function as a task that the endpoint keeps and cleans up."""


class Call:
    """A confirmed call. ``ended`` is set once, with ``end_cause``."""

    def __init__(
        self,
        owner: CallOwner,
        dialog: Dialog,
        media: MediaStream,
        sdp: LocalSdp,
        *,
        direction: str,
        remote_user: str,
        remote_headers: dict[str, str],
        invite: ServerTransaction | None = None,
    ) -> None:
        self.dialog = dialog
        self.media = media
        self.direction = direction
        self.remote_user = remote_user
        self.remote_headers = remote_headers
        self.ended = asyncio.Event()
        self.acked = asyncio.Event()
        self.end_cause: EndCause | None = None
        self.bye_headers: dict[str, str] = {}
        """Headers of the BYE that ended the call (Reason, for one), when the other side sent it."""
        self.on_hold = False
        self.holding = False
        self.media_timeout_s: float | None = None
        self.on_end: Callable[[Call], None] | None = None
        self.on_hold_change: Callable[[bool], None] | None = None
        self.handlers: dict[str, Callable[[InDialogRequest], None]] = {
            "BYE": self._on_bye,
            "INVITE": self._on_reinvite,
            "INFO": self._on_info,
            "OPTIONS": lambda request: request.respond(200, headers={"Accept": "application/sdp"}),
        }
        self._owner = owner
        self._sdp = sdp
        self._invite = invite
        self._offer_sent = False  # our 200 held an offer: the ACK holds the answer
        if invite is None:
            self.acked.set()

    @property
    def call_id(self) -> str:
        """The SIP Call-ID."""
        return self.dialog.call_id

    # How it ends

    async def hangup(self, headers: Mapping[str, str] | None = None) -> None:
        """End the call: media stops at once, BYE goes out when allowed. Again: does nothing.

        Returns when the other side has answered the BYE, or after 4 s. Raises ValueError for a
        header that cannot be set.
        """
        add_headers(SipRequest(), headers)
        if not self.finish(EndCause.LOCAL):
            return
        await asyncio.shield(self.send_bye(headers))

    def finish(self, cause: EndCause) -> bool:
        """Mark the end and free the media; False when it had ended already."""
        if self.ended.is_set():
            return False
        self.end_cause = cause
        self.media.close()
        self.ended.set()
        if self.on_end is not None:
            self.on_end(self)
        return True

    def send_bye(self, headers: Mapping[str, str] | None = None) -> asyncio.Task[None]:
        """BYE in the background, after the ACK that is due (RFC 3261 section 15)."""

        async def bye() -> None:
            await self.acked.wait()
            async with asyncio.timeout(_BYE_WAIT_S):
                await self.request("BYE", headers)

        async def run() -> None:
            try:
                await bye()
            except TimeoutError:
                pass  # nobody there to say goodbye to; the transaction repeats it a while longer
            finally:
                self._owner.forget(self)

        return self._owner.spawn(run)

    def on_no_ack(self) -> None:
        """Nobody acknowledged our 200 for as long as we wait."""
        if not self.acked.is_set():
            self.acked.set()
            if self.finish(EndCause.NO_ACK):
                self.send_bye()

    # Requests of ours

    async def request(
        self,
        method: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        content_type: str | None = None,
    ) -> SipResponse:
        """Send an in-dialog request and return its final response; 408 when nobody answers."""
        message, branch = self.dialog.request(method)
        add_headers(message, headers)
        message.body = body
        if content_type:
            message.content_type = content_type
        answer: asyncio.Future[SipResponse] = asyncio.get_running_loop().create_future()

        def on_response(response: Response | None) -> None:
            if response is not None and response.status < 200:
                return
            if response is not None and method == "INVITE" and response.status < 300:
                self.send_ack(response.cseq)
            if not answer.done():
                nobody = SipResponse(status_code=408, reason_phrase="Request Timeout")
                answer.set_result(nobody if response is None else response.message)

        self._owner.layer.send_request(message, branch, self.dialog.destination(), on_response)
        return await answer

    def send_ack(self, cseq: int) -> None:
        """Acknowledge a 2xx to our INVITE."""
        ack, _ = self.dialog.request("ACK", cseq=cseq)
        self._owner.layer.send_datagram(bytes(ack), self.dialog.destination())

    async def hold(self) -> None:
        """Put the other side on hold (re-INVITE, a=sendonly). Raises CallFailed."""
        await self._reinvite("sendonly")
        self.holding = True

    async def resume(self) -> None:
        """End our hold. Raises CallFailed."""
        await self._reinvite("sendrecv")
        self.holding = False
        self.media.restart_silence_timer()

    async def _reinvite(self, direction: str) -> None:
        offer = self._sdp.offer([self.media.payload_type], DEFAULT_EVENT_TYPE, direction)
        answer = await self.request("INVITE", body=offer, content_type="application/sdp")
        status = answer.status_code
        if status >= 300:
            raise CallFailed(status, answer.reason_phrase, FailureCause.REFUSED)
        try:
            peer = read_sdp(answer.text)
        except SdpError as error:
            raise CallFailed(488, str(error), FailureCause.BAD_ANSWER) from error
        # The peer answers a hold with recvonly: that is its echo of our hold, not one of its own.
        self.connect(peer, held=peer.held and direction == "sendrecv")

    # Requests of theirs

    def on_request(self, transaction: ServerTransaction) -> None:
        """Dispatch an in-dialog request by its method."""
        request = transaction.request
        wrapped = InDialogRequest(transaction)
        if request.from_tag != self.dialog.remote_tag:
            wrapped.respond(481)
        elif request.cseq < self.dialog.remote_cseq:
            wrapped.respond(500, "CSeq is out of order")
        elif (handler := self.handlers.get(request.method)) is None:
            wrapped.respond(405)
        else:
            self.dialog.remote_cseq = request.cseq
            handler(wrapped)

    def on_ack(self, request: Request) -> None:
        """The ACK of our 200 to an INVITE or re-INVITE."""
        if self._invite is None or request.cseq != self._invite.request.cseq:
            return
        self._invite.on_ack()
        first = not self.acked.is_set()
        self.acked.set()
        if self._offer_sent:
            self._offer_sent = False
            try:
                self.connect(read_sdp(request.message.text))
            except SdpError:
                if first and self.finish(EndCause.FAILED):
                    self.send_bye()

    def expect_answer_in_ack(self) -> None:
        """Our 200 carried the offer (the INVITE had none)."""
        self._offer_sent = True

    def connect(self, peer: PeerMedia, *, held: bool | None = None) -> None:
        """Apply the peer's side of the SDP to the media stream."""
        self.media.connect(
            peer.address,
            peer.payload_types[0],
            peer.event_type,
            frozenset({DEFAULT_EVENT_TYPE, peer.event_type or DEFAULT_EVENT_TYPE}),
        )
        held = peer.held if held is None else held
        self.media.sending = peer.direction != "inactive" and not held
        if held != self.on_hold:
            self.on_hold = held
            self.media.restart_silence_timer()
            if self.on_hold_change is not None:
                self.on_hold_change(held)

    def _on_bye(self, request: InDialogRequest) -> None:
        request.respond(200)
        self.bye_headers = request.headers
        if self._invite is not None:
            self._invite.on_ack()  # whoever hangs up has heard our 200
        self.acked.set()
        if self.finish(EndCause.REMOTE_BYE):
            self._owner.forget(self)

    def _on_reinvite(self, request: InDialogRequest) -> None:
        transaction = request.transaction
        if not self.acked.is_set():
            request.respond(491)
            return
        message = transaction.request.message
        peer: PeerMedia | None = None
        if message.body:
            try:
                peer = read_sdp(message.text)
            except SdpError:
                request.respond(488)
                return
        self.dialog.take_target(message)
        response = transaction.response(200)
        response.set_header("Contact", self.dialog.contact)
        response.set_header("Allow", ALLOW)
        response.content_type = "application/sdp"
        self._offer_sent = peer is None
        if peer is None:
            response.body = self._sdp.offer(tuple(CODECS), DEFAULT_EVENT_TYPE)
        else:
            response.body = self._sdp.answer(peer)
            self.connect(peer)
        self._invite = transaction
        transaction.respond(response)

    def _on_info(self, request: InDialogRequest) -> None:
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != "application/dtmf-relay":
            request.respond(200 if not request.body else 415)
            return
        key = key_of_info(request.body.decode("utf-8", "replace"))
        request.respond(400 if key is None else 200)
        if key is not None:
            self.media.key_pressed(key)
