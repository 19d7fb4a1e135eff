"""The endpoint: one UDP address that takes and places calls."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any

from deploy.local.sipkit.call import Call
from deploy.local.sipkit.clock import FrameClock
from deploy.local.sipkit.digest import DigestServer
from deploy.local.sipkit.errors import EndCause, PortsExhausted, SdpError
from deploy.local.sipkit.in_dialog import ALLOW
from deploy.local.sipkit.incoming import IncomingCall
from deploy.local.sipkit.layer import TransactionLayer
from deploy.local.sipkit.media import MediaStream
from deploy.local.sipkit.message import Request, SipAddress, safe_text, uri_host
from deploy.local.sipkit.outgoing import OutgoingCall, check_target, resolve_target
from deploy.local.sipkit.sdp import PeerMedia, read_sdp
from deploy.local.sipkit.transactions import ServerTransaction, SipTimers

OnInvite = Callable[[IncomingCall], Awaitable[None]]
_SWEEP_S = 0.25
_CLOSE_WAIT_S = 2.0
_IN_DIALOG_ONLY = frozenset({"BYE", "INFO", "NOTIFY", "REFER"})


class SipEndpoint:
    """Takes and places calls over UDP. See the README for the whole interface."""

    def __init__(
        self,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        rtp_ports: Sequence[int] | None = None,
        user_agent: str = "sipkit",
        on_invite: OnInvite | None = None,
        media_timeout_s: float | None = 30.0,
        ack_timeout_s: float = 32.0,
        timers: SipTimers | None = None,
        log: logging.Logger | None = None,
    ) -> None:
        self.log = log or logging.getLogger("sipkit")
        self.clock = FrameClock(self.log)
        self.digest = DigestServer()
        self.on_invite = on_invite
        self.media_timeout_s = media_timeout_s
        self.ack_timeout_s = ack_timeout_s
        self.layer = TransactionLayer(self, timers or SipTimers(), user_agent, self.log)
        self._host = host
        self._port = port
        self._rtp_ports = rtp_ports
        self._calls: dict[tuple[str, str], Call] = {}
        self._incoming: dict[ServerTransaction, IncomingCall] = {}
        self._outgoing: set[OutgoingCall] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing = False

    async def start(self) -> None:
        """Bind and begin to answer. Raises OSError when the address cannot be had."""
        await self.layer.open(self._host, self._port)
        self.clock.start()
        self.spawn(self._watch_media)

    @property
    def address(self) -> SipAddress:
        """``(host, port)`` we listen on."""
        return self.layer.address

    @property
    def calls(self) -> tuple[Call, ...]:
        """Calls that are up."""
        return tuple(call for call in self._calls.values() if not call.ended.is_set())

    async def invite(
        self,
        to: str,
        *,
        from_user: str,
        from_display: str = "",
        headers: Mapping[str, str] | None = None,
        credentials: tuple[str, str] | None = None,
        ringing_timeout_s: float = 30.0,
        codecs: Sequence[str] = ("PCMU", "PCMA"),
        destination: SipAddress | None = None,
        on_progress: Callable[[int], None] | None = None,
    ) -> OutgoingCall:
        """Place a call; returns when the INVITE is sent.

        ``destination`` is where to send it when not to the host of ``to``; ``credentials`` are
        used once when challenged; ``ringing_timeout_s`` bounds the whole wait for an answer.
        Raises ValueError (address, header; RequestTooLarge for more than 1,300 bytes), OSError
        (unknown host) and PortsExhausted.
        """
        check_target(to)
        if not re.fullmatch(r"[^\s<>\"@:;]*", from_user):
            raise ValueError(f"{from_user!r} cannot be the user of a SIP address")
        target = await resolve_target(to, destination, self._host)
        media = await self.open_media()
        try:
            outgoing = OutgoingCall(
                self,
                media,
                target,
                to=to,
                from_user=from_user,
                from_display=from_display,
                headers=headers,
                credentials=credentials,
                codecs=codecs,
                on_progress=on_progress,
            )
            outgoing.start(ringing_timeout_s)
        except (ValueError, KeyError):
            media.close()
            raise
        self._outgoing.add(outgoing)
        self.spawn(lambda: self._forget_when_done(outgoing))
        return outgoing

    async def close(self, wait_s: float = _CLOSE_WAIT_S) -> None:
        """End every call (BYE, CANCEL, 503), then close the sockets.

        The other sides get ``wait_s`` to answer that.
        """
        if self._closing:
            return
        self._closing = True
        for incoming in tuple(self._incoming.values()):
            incoming.cancel(503)
        outgoing = tuple(self._outgoing)
        for call_out in outgoing:
            call_out.close()
        goodbyes = [call.hangup() for call in self.calls]
        # One that never got a response has nobody to wait for.
        cancels = [call_out.done.wait() for call_out in outgoing if call_out.statuses]
        waits = [*goodbyes, *cancels]
        if waits:
            tasks = [asyncio.ensure_future(wait) for wait in waits]
            _, late = await asyncio.wait(tasks, timeout=wait_s)
            for task in late:
                task.cancel()
        for kept in tuple(self._tasks):
            kept.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self.clock.stop()
        self.layer.close()

    # What calls need of us

    def contact(self, user: str) -> str:
        """Our Contact value."""
        plain = user if re.fullmatch(r"[A-Za-z0-9+*#._-]{1,64}", user) else ""
        return (
            f"<sip:{plain}@{uri_host(self.address)}>"
            if plain
            else f"<sip:{uri_host(self.address)}>"
        )

    async def open_media(self) -> MediaStream:
        """A media stream with its port bound. Raises PortsExhausted."""
        media = MediaStream(self.log)
        await media.open(self._host, self._rtp_ports)
        return media

    def register(self, call: Call) -> None:
        """From now on in-dialog requests reach ``call``."""
        call.media_timeout_s = self.media_timeout_s
        self._calls[call.dialog.call_id, call.dialog.local_tag] = call

    def forget(self, call: Call) -> None:
        """The dialog is over."""
        key = (call.dialog.call_id, call.dialog.local_tag)
        if self._calls.get(key) is call:
            del self._calls[key]

    def spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        """Run ``work`` as a task that is kept, logged when it fails, and ended with us."""
        task: asyncio.Task[None] = asyncio.ensure_future(work())
        self._tasks.add(task)
        task.add_done_callback(self._task_done)
        return task

    def _task_done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.log.error("a task of the endpoint failed", exc_info=error)

    # What the transaction layer tells us

    def on_request(self, transaction: ServerTransaction) -> None:
        request = transaction.request
        message = request.message
        response = None
        if required := message.headers.get("require"):
            response = transaction.response(420)
            response.set_header("Unsupported", safe_text(", ".join(required)))
        elif request.to_tag:
            call = self._calls.get((request.call_id, request.to_tag))
            if call is not None:
                call.on_request(transaction)
            else:
                response = transaction.response(481)
        elif request.method == "INVITE":
            self._on_invite(transaction)
        elif request.method == "OPTIONS":
            response = transaction.response(200)
            response.set_header("Allow", ALLOW)
            response.set_header("Accept", "application/sdp")
        elif request.method in _IN_DIALOG_ONLY:
            response = transaction.response(481)
        else:
            response = transaction.response(405)
            response.set_header("Allow", ALLOW)
        if response is not None:
            transaction.respond(response)

    def on_cancel(self, transaction: ServerTransaction) -> None:
        incoming = self._incoming.get(transaction)
        if incoming is not None:
            incoming.cancel()

    def on_ack(self, request: Request) -> None:
        call = self._calls.get((request.call_id, request.to_tag))
        if call is not None:
            call.on_ack(request)

    def _on_invite(self, transaction: ServerTransaction) -> None:
        message = transaction.request.message
        on_invite = self.on_invite
        if on_invite is None or self._closing:
            transaction.respond(transaction.response(503 if self._closing else 486))
            return
        offer: PeerMedia | None = None
        if message.body:
            content_type = (message.content_type or "").partition(";")[0].strip().lower()
            if content_type != "application/sdp":
                response = transaction.response(415)
                response.set_header("Accept", "application/sdp")
                transaction.respond(response)
                return
            try:
                offer = read_sdp(message.text)
            except SdpError as error:
                self.log.info("sip offer refused: %s", error)
                transaction.respond(transaction.response(488))
                return
        transaction.respond(transaction.response(100))
        incoming = IncomingCall(self, transaction, offer)
        self._incoming[transaction] = incoming
        done = transaction.on_done

        def forget() -> None:
            self._incoming.pop(transaction, None)
            if done is not None:
                done()

        transaction.on_done = forget
        self.spawn(lambda: self._handle(on_invite, incoming))

    async def _handle(self, on_invite: OnInvite, incoming: IncomingCall) -> None:
        try:
            await on_invite(incoming)
        except PortsExhausted:
            incoming.refuse(503)
        except Exception:
            self.log.exception("the handler of an INVITE failed")
            incoming.refuse(500)

    async def _forget_when_done(self, outgoing: OutgoingCall) -> None:
        await outgoing.done.wait()
        self._outgoing.discard(outgoing)

    async def _watch_media(self) -> None:
        """End calls whose other side has fallen silent: not even RTP packets of silence."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_SWEEP_S)
            for call in self.calls:
                limit_s = call.media_timeout_s
                if limit_s is None or call.on_hold or call.holding:
                    continue
                if loop.time() - call.media.last_packet_s > limit_s and call.finish(
                    EndCause.MEDIA_TIMEOUT
                ):
                    self.log.info("sip call ended: no RTP for %.0f s", limit_s)
                    call.send_bye()
