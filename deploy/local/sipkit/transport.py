"""The UDP socket: receives, guards every send, survives whatever arrives."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable

from deploy.local.sipkit.message import SipAddress, usable_address

# A UDP payload cannot be longer; a longer sendto fails, and says so only in a log.
_MAX_DATAGRAM_BYTES = 65_507
_RECEIVE_BUFFER_BYTES = 1 << 20


class UdpTransport(asyncio.DatagramProtocol):
    """One UDP socket. What ``on_datagram(data, source)`` raises is logged; the socket lives on."""

    def __init__(self, on_datagram: Callable[[bytes, SipAddress], None], log: logging.Logger):
        self._on_datagram = on_datagram
        self._log = log
        self._transport: asyncio.DatagramTransport | None = None
        self.address: SipAddress = ("", 0)

    async def open(self, host: str, port: int) -> None:
        """Bind. Raises OSError when the port is taken or the host is not local."""
        loop = asyncio.get_running_loop()
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
            sock.bind((host, port))
            transport, _ = await loop.create_datagram_endpoint(lambda: self, sock=sock)
        except BaseException:
            sock.close()
            raise
        self._transport = transport
        self.address = sock.getsockname()[:2]

    def send(self, data: bytes, destination: SipAddress) -> bool:
        """Send one datagram; False when it cannot be sent (bad address, too long, closed)."""
        usable = usable_address(*destination)
        if self._transport is None or usable is None or len(data) > _MAX_DATAGRAM_BYTES:
            self._log.warning("sip datagram not sent bytes=%d", len(data))
            return False
        self._transport.sendto(data, usable)
        return True

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
            self._transport = None

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        try:
            self._on_datagram(data, (addr[0], addr[1]))
        except Exception:
            # The last line of defence: one caller's datagram must not end every other call.
            self._log.exception("sip datagram not handled bytes=%d", len(data))

    def error_received(self, exc: Exception) -> None:
        # ICMP "port unreachable" of an earlier send; time-outs of the transaction deal with it.
        self._log.debug("sip socket reported %s", exc)
