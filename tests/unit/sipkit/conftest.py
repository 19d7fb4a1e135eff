"""Endpoints on real loopback sockets, and a raw UDP peer that can say anything."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from deploy.local.sipkit import Call, IncomingCall, SipEndpoint, SipTimers

FAST = SipTimers(t1_s=0.05, t2_s=0.2, transaction_timeout_s=0.6)


@dataclass
class Answering:
    """An ``on_invite`` that answers after ``delay_s`` and remembers what it saw."""

    delay_s: float = 0.0
    incoming: list[IncomingCall] = field(default_factory=list)
    calls: asyncio.Queue[Call] = field(default_factory=asyncio.Queue)

    async def __call__(self, incoming: IncomingCall) -> None:
        self.incoming.append(incoming)
        incoming.ring()
        if self.delay_s:
            try:
                async with asyncio.timeout(self.delay_s):
                    await incoming.cancelled.wait()
                return
            except TimeoutError:
                pass
        self.calls.put_nowait(await incoming.answer())

    async def call(self) -> Call:
        async with asyncio.timeout(3):
            return await self.calls.get()


class RawPeer(asyncio.DatagramProtocol):
    """Sends bytes and collects what comes back, as text."""

    def __init__(self) -> None:
        self.received: asyncio.Queue[str] = asyncio.Queue()
        self.transport: Any = None

    async def open(self) -> None:
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=("127.0.0.1", 0)
        )

    @property
    def port(self) -> int:
        port: int = self.transport.get_extra_info("sockname")[1]
        return port

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        self.received.put_nowait(data.decode("utf-8", "replace"))

    def send(self, data: str | bytes, to: SipEndpoint) -> None:
        raw = data.encode() if isinstance(data, str) else data
        self.transport.sendto(raw, to.address)

    async def expect(self, pattern: str, timeout_s: float = 2.0) -> str:
        """The next message whose start line matches; others before it are dropped."""
        async with asyncio.timeout(timeout_s):
            while True:
                text = await self.received.get()
                if re.match(pattern, text):
                    return text

    async def collect(self, seconds: float) -> list[str]:
        """Everything that comes within ``seconds``."""
        await asyncio.sleep(seconds)
        found = []
        while not self.received.empty():
            found.append(self.received.get_nowait())
        return found

    def sdp(self, formats: str = "0 101", extra: str = "", rtp_port: int = 40000) -> str:
        return (
            "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
            f"m=audio {rtp_port} RTP/AVP {formats}\r\na=rtpmap:101 telephone-event/8000\r\n{extra}"
        )

    def request(
        self,
        method: str,
        *,
        call_id: str = "raw-1",
        cseq: str | None = None,
        branch: str = "z9hG4bKraw1",
        to_tag: str = "",
        body: str = "",
        via: str | None = None,
        extra: str = "",
        content_type: str = "application/sdp",
        uri: str = "sip:100@127.0.0.1",
        content_length: str | None = None,
    ) -> str:
        tag = f";tag={to_tag}" if to_tag else ""
        kind = f"Content-Type: {content_type}\r\n" if body else ""
        length = str(len(body.encode())) if content_length is None else content_length
        return (
            f"{method} {uri} SIP/2.0\r\n"
            f"Via: {via or f'SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch};rport'}\r\n"
            f"From: <sip:raw@127.0.0.1>;tag=rawtag\r\nTo: <sip:100@127.0.0.1>{tag}\r\n"
            f"Call-ID: {call_id}\r\nCSeq: {cseq or f'1 {method}'}\r\n"
            f"Contact: <sip:raw@127.0.0.1:{self.port}>\r\nMax-Forwards: 70\r\n"
            f"{kind}{extra}Content-Length: {length}\r\n\r\n{body}"
        )

    def response(self, request: str, status: str, *, body: str = "", tag: str = "rawtag") -> str:
        """An answer to a request that the endpoint sent us."""
        kept = [
            line
            for line in request.split("\r\n")
            if line.split(":")[0] in ("Via", "From", "Call-ID", "CSeq")
        ]
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return (
            f"SIP/2.0 {status}\r\n" + "\r\n".join(kept) + f"\r\nTo: <sip:raw@127.0.0.1>;tag={tag}"
            f"\r\nContact: <sip:raw@127.0.0.1:{self.port}>\r\n{kind}"
            f"Content-Length: {len(body)}\r\n\r\n{body}"
        )

    @staticmethod
    def header(message: str, name: str) -> str:
        match = re.search(rf"(?im)^{name}:\s*(.*?)\s*$", message)
        return match[1] if match else ""

    def to_tag(self, message: str) -> str:
        return self.header(message, "To").partition("tag=")[2]


MakeEndpoint = Callable[..., Awaitable[SipEndpoint]]


@pytest.fixture
async def make() -> AsyncIterator[MakeEndpoint]:
    """Makes started endpoints with short timers, and closes them."""
    made: list[SipEndpoint] = []

    async def make_endpoint(on_invite: Any = None, **options: Any) -> SipEndpoint:
        options.setdefault("timers", FAST)
        options.setdefault("ack_timeout_s", 0.6)
        endpoint = SipEndpoint(on_invite=on_invite, **options)
        await endpoint.start()
        made.append(endpoint)
        return endpoint

    yield make_endpoint
    await asyncio.gather(*(endpoint.close(wait_s=0.02) for endpoint in made))


@pytest.fixture
async def raw() -> AsyncIterator[RawPeer]:
    peer = RawPeer()
    await peer.open()
    yield peer
    peer.transport.close()


@pytest.fixture
def answering() -> type[Answering]:
    return Answering


@pytest.fixture
def uri_of() -> Callable[[SipEndpoint], str]:
    return lambda endpoint: f"sip:100@127.0.0.1:{endpoint.address[1]}"


class Talk:
    """Both sides of a call on one clock: what each sends each tick, and what it heard."""

    def __init__(self, endpoint: SipEndpoint, near: Call, far: Call) -> None:
        self.near, self.far = near, far
        self.heard_near = bytearray()
        self.heard_far = bytearray()
        self.speech_near = b""
        self.speech_far = b""
        self._endpoint = endpoint
        endpoint.clock.add(self._tick)

    def _tick(self) -> None:
        for call, heard, speech in (
            (self.near, self.heard_near, self.speech_near),
            (self.far, self.heard_far, self.speech_far),
        ):
            call.media.send((speech[:320]).ljust(320, b"\0"))
            heard.extend(call.media.read())
        self.speech_near = self.speech_near[320:]
        self.speech_far = self.speech_far[320:]

    def stop(self) -> None:
        self._endpoint.clock.remove(self._tick)


@pytest.fixture
def talk() -> type[Talk]:
    return Talk
