"""An INVITE of ours, until it is answered, refused or given up."""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Callable, Mapping, Sequence

from aiosipua.headers import parse_uri
from aiosipua.message import SipRequest
from aiosipua.utils import generate_branch, generate_call_id, generate_tag

from deploy.local.sipkit.call import Call, CallOwner
from deploy.local.sipkit.dialog import Dialog
from deploy.local.sipkit.digest import authorize
from deploy.local.sipkit.errors import CallFailed, FailureCause, RequestTooLarge, SdpError
from deploy.local.sipkit.in_dialog import ALLOW
from deploy.local.sipkit.incoming import IncomingOwner
from deploy.local.sipkit.media import MediaStream
from deploy.local.sipkit.message import (
    Response,
    SipAddress,
    add_headers,
    header_values,
    safe_text,
    uri_host,
)
from deploy.local.sipkit.sdp import DEFAULT_EVENT_TYPE, LocalSdp, read_sdp
from deploy.local.sipkit.transactions import ClientTransaction

_PAYLOAD_TYPES = {"PCMU": 0, "PCMA": 8}
# RFC 3261 section 18.1.1: above it a request has to go over TCP, which is not spoken here.
_MAX_REQUEST_BYTES = 1_300
_URI = re.compile(r"sip:[^\s<>\"]+")


class OutgoingCall:
    """A call being placed. ``answered`` tells how it went; ``cancel`` gives it up."""

    def __init__(
        self,
        owner: IncomingOwner,
        media: MediaStream,
        destination: SipAddress,
        *,
        to: str,
        from_user: str,
        from_display: str,
        headers: Mapping[str, str] | None,
        credentials: tuple[str, str] | None,
        codecs: Sequence[str],
        on_progress: Callable[[int], None] | None,
    ) -> None:
        self.call_id = generate_call_id(owner.layer.address[0])
        self.statuses: list[int] = []
        self.ringing = asyncio.Event()
        self.done = asyncio.Event()
        """Set when no response of this call is awaited any more."""
        self._owner = owner
        self._media = media
        self._destination = destination
        self._to = to
        self._headers = dict(headers or {})
        self._credentials = credentials
        self._codecs = tuple(codecs)
        self._on_progress = on_progress
        self._tag = generate_tag()
        display = safe_text(from_display).replace("\\", "").replace('"', "'")
        uri = f"<sip:{from_user}@{uri_host(owner.layer.address)}>;tag={self._tag}"
        self._from = f'"{display}" {uri}' if display else uri
        self._contact = owner.contact(from_user)
        self._sdp = LocalSdp(media.local_address, id(self) & 0x7FFFFFFF)
        self._cseq = 0
        self._transaction: ClientTransaction | None = None
        self._gave_up: CallFailed | None = None
        self._cancel_sent = False
        self._ringing_timer: asyncio.TimerHandle | None = None
        self._calls: dict[str, Call] = {}  # by remote tag: a proxy may fork to several phones
        self._result: asyncio.Future[Call] = asyncio.get_running_loop().create_future()
        # A caller that never asks for the result has not lost an exception.
        self._result.add_done_callback(lambda future: future.cancelled() or future.exception())

    def start(self, ringing_timeout_s: float) -> None:
        """Send the INVITE. Raises ValueError for a header that cannot be set, RequestTooLarge."""
        self._send_invite(None)
        self._ringing_timer = asyncio.get_running_loop().call_later(
            ringing_timeout_s, self._ringing_timed_out
        )

    async def answered(self) -> Call:
        """Wait for the answer. Raises CallFailed.

        Cancelling the waiting task does not cancel the call: ``cancel`` does.
        """
        return await asyncio.shield(self._result)

    def cancel(self) -> None:
        """Give up: CANCEL, or ACK and BYE when the answer is already on its way."""
        self._give_up(CallFailed(487, "Request Terminated", FailureCause.CANCELLED))

    def close(self) -> None:
        """Give up because the endpoint closes."""
        self._give_up(CallFailed(487, "the endpoint closes", FailureCause.CLOSED))

    def _ringing_timed_out(self) -> None:
        reason = "nobody answered in time"
        self._give_up(CallFailed(408, reason, FailureCause.RINGING_TIMEOUT))

    def _give_up(self, failure: CallFailed) -> None:
        if self._result.done():
            return
        self._gave_up = failure
        self._fail(failure)
        if self.statuses:
            self._send_cancel()

    def _send_invite(self, authorization: tuple[str, str] | None) -> None:
        request, branch = self._invite(authorization)
        if len(bytes(request)) > _MAX_REQUEST_BYTES:
            raise RequestTooLarge(f"the INVITE has more than {_MAX_REQUEST_BYTES} bytes")
        self._transaction = self._owner.layer.send_request(
            request, branch, self._destination, self._on_response
        )

    def _invite(self, authorization: tuple[str, str] | None) -> tuple[SipRequest, str]:
        self._cseq += 1
        branch = generate_branch()
        request = SipRequest(method="INVITE", uri=self._to)
        address = uri_host(self._owner.layer.address)
        request.add_header("Via", f"SIP/2.0/UDP {address};branch={branch};rport")
        request.set_header("From", self._from)
        request.set_header("To", f"<{self._to}>")
        request.set_header("Call-ID", self.call_id)
        request.set_header("CSeq", f"{self._cseq} INVITE")
        request.set_header("Max-Forwards", "70")
        request.set_header("Contact", self._contact)
        request.set_header("Allow", ALLOW)
        add_headers(request, self._headers)
        if authorization is not None:
            request.set_header(*authorization)
        request.content_type = "application/sdp"
        types = [_PAYLOAD_TYPES[name] for name in self._codecs]
        request.body = self._sdp.offer(types, DEFAULT_EVENT_TYPE)
        return request, branch

    def _send_cancel(self) -> None:
        """CANCEL copies the INVITE's identifiers (RFC 3261 section 9.1)."""
        invite = self._transaction
        if self._cancel_sent or invite is None:
            return
        self._cancel_sent = True
        invite.limit_final_wait()
        cancel = SipRequest(method="CANCEL", uri=invite.request.uri)
        for name in ("Via", "From", "To", "Call-ID"):
            cancel.set_header(name, invite.request.headers.get(name)[0])
        cancel.set_header("CSeq", f"{self._cseq} CANCEL")
        cancel.set_header("Max-Forwards", "70")
        layer = self._owner.layer
        layer.send_request(cancel, invite.branch, invite.destination, lambda _: None)

    def _on_response(self, response: Response | None) -> None:
        if response is None:
            self._fail(CallFailed(408, "nobody answered at all", FailureCause.NO_RESPONSE))
            self.done.set()
        elif response.status < 200:
            self._on_provisional(response.status)
        elif response.status < 300:
            self._on_answer(response)
        else:
            self._on_refusal(response)

    def _on_provisional(self, status: int) -> None:
        self.statuses.append(status)
        if self._gave_up is not None:
            self._send_cancel()  # not allowed before the first response
        elif status > 100:
            self.ringing.set()
            if self._on_progress is not None:
                self._on_progress(status)

    def _on_refusal(self, response: Response) -> None:
        status, message = response.status, response.message
        credentials, self._credentials = self._credentials, None
        if status in (401, 407) and credentials is not None and self._gave_up is None:
            transaction = self._transaction
            if transaction is not None:
                answer = authorize(transaction.request, message, *credentials)
                if answer is not None and self._sent_again(answer):
                    return
        self.statuses.append(status)
        cause = FailureCause.UNAUTHORIZED if status in (401, 407) else FailureCause.REFUSED
        reason = safe_text(message.reason_phrase, 200)
        self._fail(CallFailed(status, reason, cause, header_values(message)))
        self.done.set()

    def _sent_again(self, authorization: tuple[str, str]) -> bool:
        try:
            self._send_invite(authorization)
        except RequestTooLarge as error:
            self._fail(CallFailed(513, str(error), FailureCause.UNAUTHORIZED))
            self.done.set()
        return True

    def _on_answer(self, response: Response) -> None:
        known = self._calls.get(response.to_tag)
        if known is not None:
            known.send_ack(response.cseq)  # our ACK was lost
            return
        call = self._call(response)
        self._calls[response.to_tag] = call
        call.send_ack(response.cseq)
        self._owner.register(call)
        self.statuses.append(response.status)
        self.done.set()
        if self._result.done():
            # Given up meanwhile, or a second phone of a fork: it has been answered, so BYE.
            call.ended.set()
            call.send_bye()
            return
        try:
            call.connect(read_sdp(response.message.text, self._codecs))
        except SdpError as error:
            call.ended.set()
            call.send_bye()
            self._fail(CallFailed(488, str(error), FailureCause.BAD_ANSWER))
            return
        self._media.restart_silence_timer()
        self._stop_timer()
        self._result.set_result(call)

    def _call(self, response: Response) -> Call:
        message = response.message
        dialog = Dialog(
            call_id=self.call_id,
            local=self._from,
            remote=message.headers.get("to")[0],
            local_tag=self._tag,
            remote_tag=response.to_tag,
            remote_target=self._to,
            peer=response.source,
            contact=self._contact,
            own_address=self._owner.layer.address,
            local_cseq=self._cseq,
            route_set=list(reversed(message.headers.get("record-route"))),
        )
        dialog.take_target(message)
        owner: CallOwner = self._owner
        return Call(
            owner,
            dialog,
            self._media,
            self._sdp,
            direction="out",
            remote_user=safe_text(parse_uri(self._to).user or ""),
            remote_headers=header_values(message),
        )

    def _fail(self, failure: CallFailed) -> None:
        self._stop_timer()
        if not self._result.done():
            self._media.close()
            self._result.set_exception(failure)

    def _stop_timer(self) -> None:
        if self._ringing_timer is not None:
            self._ringing_timer.cancel()


def check_target(to: str) -> None:
    """Raise ValueError when ``to`` is no SIP URI that may stand in a request line."""
    if not _URI.fullmatch(to) or not parse_uri(to).host:
        raise ValueError(f"{to!r} is not a SIP address: write sip:user@host:port")


async def resolve_target(to: str, destination: SipAddress | None, own_host: str) -> SipAddress:
    """Where a call to ``to`` goes: ``destination``, else the host that the URI names.

    Raises ValueError for a port that is none, OSError for a host that is unknown.
    """
    uri = parse_uri(to)
    host, port = destination or (uri.host.strip("[]"), 5060 if uri.port is None else uri.port)
    if not 0 < port < 65536:
        raise ValueError(f"{port} is no UDP port")
    family = socket.AF_INET6 if ":" in own_host else socket.AF_INET
    found = await asyncio.get_running_loop().getaddrinfo(host, port, family=family)
    return str(found[0][4][0]), port
