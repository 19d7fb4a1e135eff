"""An INVITE that rings here: authenticate, ring, answer or refuse it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Protocol
from urllib.parse import unquote

from aiosipua.headers import parse_uri, stringify_uri

from deploy.local.sipkit.call import Call, CallOwner
from deploy.local.sipkit.dialog import Dialog
from deploy.local.sipkit.digest import DigestServer, Lookup, Verdict
from deploy.local.sipkit.errors import CallFailed, FailureCause
from deploy.local.sipkit.in_dialog import ALLOW
from deploy.local.sipkit.media import CODECS, MediaStream
from deploy.local.sipkit.message import SipAddress, add_headers, header_values, safe_text, uri_host
from deploy.local.sipkit.sdp import DEFAULT_EVENT_TYPE, LocalSdp, PeerMedia
from deploy.local.sipkit.transactions import ServerTransaction


class IncomingOwner(CallOwner, Protocol):
    """What an incoming call needs of its endpoint."""

    digest: DigestServer
    ack_timeout_s: float

    def contact(self, user: str) -> str:
        """Our Contact value."""

    async def open_media(self) -> MediaStream:
        """A media stream with its port bound. Raises PortsExhausted."""

    def register(self, call: Call) -> None:
        """From now on in-dialog requests reach ``call``."""


class IncomingCall:
    """An INVITE with a usable offer (or none: then our 200 makes the offer).

    What a caller sends is data: the text fields hold printable characters only, 1,024 at most.
    """

    def __init__(
        self, owner: IncomingOwner, transaction: ServerTransaction, offer: PeerMedia | None
    ) -> None:
        request = transaction.request
        self.source: SipAddress = request.source
        self.call_id = request.call_id
        self.from_user = _user_text(request.from_.uri.user)
        self.from_display = safe_text(request.from_.display_name or "")
        self.from_uri = safe_text(stringify_uri(request.from_.uri))
        self.to_user = _user_text(request.to.uri.user)
        self.request_user = _user_text(parse_uri(request.message.uri).user)
        self.headers = header_values(request.message)
        self.user_agent = self.headers.get("user-agent", "")
        self.cancelled = asyncio.Event()
        self.media: MediaStream | None = None
        self._owner = owner
        self._transaction = transaction
        self._offer = offer

    @property
    def final_status(self) -> int:
        """The status we answered with, 0 while it rings."""
        return self._transaction.final_status

    def ring(self, headers: Mapping[str, str] | None = None) -> None:
        """Send 180; may be repeated, does nothing after the final answer."""
        if self.final_status:
            return
        response = self._transaction.response(180)
        response.set_header("Contact", self._owner.contact(self.request_user))
        add_headers(response, headers)
        self._transaction.respond(response)

    def verify(self, lookup: Lookup, realm: str) -> Verdict:
        """Check the caller's digest credentials; ``lookup`` gives a user's password or None."""
        return self._owner.digest.verify(self._transaction.request.message, realm, lookup)

    def challenge(self, realm: str, *, proxy: bool = False, stale: bool = False) -> None:
        """Ask for credentials (401, or 407 when ``proxy``).

        This call is over then: the caller's next INVITE is a new IncomingCall.
        """
        response = self._transaction.response(407 if proxy else 401)
        name = "Proxy-Authenticate" if proxy else "WWW-Authenticate"
        response.set_header(name, self._owner.digest.challenge(realm, self.call_id, stale=stale))
        self._transaction.respond(response)
        self._release()

    async def open_media(self) -> MediaStream:
        """Bind the RTP port before answering. Raises PortsExhausted (answer 503)."""
        if self.media is None:
            media = await self._owner.open_media()
            self.media = media
            if self.final_status:
                self._release()
        return self.media or media

    async def answer(self, headers: Mapping[str, str] | None = None) -> Call:
        """Send 200 and return the call; the 200 is repeated until the ACK comes.

        Raises CallFailed when the call was cancelled or refused before, PortsExhausted.
        """
        media = await self.open_media()
        if self.final_status:
            reason = "cancelled or refused before the answer"
            raise CallFailed(self.final_status, reason, FailureCause.CANCELLED)
        transaction = self._transaction
        message = transaction.request.message
        sdp = LocalSdp(media.local_address, id(self) & 0x7FFFFFFF)
        response = transaction.response(200)
        response.set_header("Contact", self._owner.contact(self.request_user))
        response.set_header("Allow", ALLOW)
        response.content_type = "application/sdp"
        add_headers(response, headers)
        own_address = self._owner.layer.address
        dialog = Dialog(
            call_id=self.call_id,
            local=response.headers.get("to")[0],
            remote=message.headers.get("from")[0],
            local_tag=transaction.to_tag,
            remote_tag=transaction.request.from_tag,
            remote_target=f"sip:{uri_host(self.source)}",
            peer=self.source,
            contact=self._owner.contact(self.request_user),
            own_address=own_address,
            remote_cseq=transaction.request.cseq,
            route_set=list(message.headers.get("record-route")),
        )
        dialog.take_target(message)
        call = Call(
            self._owner,
            dialog,
            media,
            sdp,
            direction="in",
            remote_user=self.from_user,
            remote_headers=self.headers,
            invite=transaction,
        )
        if self._offer is None:
            response.body = sdp.offer(tuple(CODECS), DEFAULT_EVENT_TYPE)
            call.expect_answer_in_ack()
        else:
            response.body = sdp.answer(self._offer)
            call.connect(self._offer)
        transaction.on_no_ack = call.on_no_ack
        media.restart_silence_timer()
        self._owner.register(call)
        transaction.respond(response)
        transaction.limit_ack_wait(self._owner.ack_timeout_s)
        return call

    def refuse(
        self, status: int, reason: str | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        """Refuse with a status of 300-699; does nothing after CANCEL or another final answer."""
        if not 300 <= status <= 699:
            raise ValueError(f"{status} is no refusal")
        if not self.final_status:
            response = self._transaction.response(status, reason)
            add_headers(response, headers)
            self._transaction.respond(response)
            self._release()

    def cancel(self, status: int = 487) -> None:
        """The caller gave up (or the endpoint closes)."""
        self.refuse(status)
        self.cancelled.set()

    def _release(self) -> None:
        if self.media is not None:
            self.media.close()


def _user_text(user: str | None) -> str:
    """The user of a SIP URI without its parameters, escapes such as %2B undone."""
    return safe_text(unquote((user or "").partition(";")[0]))
