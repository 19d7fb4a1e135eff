"""Raw SIP datagrams to the stack's SIP service, right or wrong, and what comes back."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Self

from tests.support.stack import Json


@dataclass
class SipPeer:
    """A UDP socket on the loopback interface, facing the SIP service."""

    sock: socket.socket
    service: tuple[str, int]

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, stack: Json) -> AsyncIterator[Self]:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.setblocking(False)
            sock.bind(("127.0.0.1", 0))
            yield cls(sock, (stack["sip"]["host"], stack["sip"]["port"]))

    @property
    def port(self) -> int:
        return int(self.sock.getsockname()[1])

    def send(self, data: bytes) -> None:
        self.sock.sendto(data, self.service)

    async def receive(self, timeout_s: float) -> str:
        """The next datagram; empty when none comes in time."""
        try:
            async with asyncio.timeout(timeout_s):
                data = await asyncio.get_running_loop().sock_recv(self.sock, 65_536)
        except TimeoutError:
            return ""
        return data.decode("utf-8", "replace")

    async def options(self, timeout_s: float = 2.0) -> str:
        """Ask OPTIONS and give the answer to it; empty when there is none."""
        host, port = self.service
        mark = secrets.token_hex(8)
        lines = [
            f"OPTIONS sip:{host}:{port} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{mark};rport",
            f"From: <sip:probe@127.0.0.1>;tag={mark}",
            f"To: <sip:{host}:{port}>",
            f"Call-ID: {mark}",
            "CSeq: 1 OPTIONS",
            "Max-Forwards: 70",
            "Content-Length: 0",
        ]
        self.send("\r\n".join([*lines, "", ""]).encode())
        async with asyncio.timeout(timeout_s):
            while answer := await self.receive(timeout_s):
                if mark in answer:  # not a late answer to something sent before
                    return answer
        return ""
