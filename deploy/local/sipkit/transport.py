"""A UDP socket: drains what has come, guards every send, survives whatever arrives.

Not an asyncio transport: that reads one packet a round of the loop, so that packets pile up
behind a busy loop, and closes itself for good when asked to send to an impossible port.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable

from deploy.local.sipkit.message import SipAddress, usable_address

# A UDP payload cannot be longer; a longer sendto fails, and says so only in a log.
_MAX_DATAGRAM_BYTES = 65_507
_RECEIVE_BUFFER_BYTES = 1 << 20
_MAX_READS = 32  # per round of the loop, so that a flood cannot keep the loop to itself


class UdpTransport:
    """One UDP socket. What ``on_datagram(data, source)`` raises is logged; the socket lives on."""

    def __init__(
        self, on_datagram: Callable[[bytes, SipAddress], None], log: logging.Logger
    ) -> None:
        self._on_datagram = on_datagram
        self._log = log
        self._socket: socket.socket | None = None
        self.address: SipAddress = ("", 0)

    async def open(self, host: str, port: int) -> None:
        """Bind. Raises OSError when the port is taken or the host is not local."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        sock = socket.socket(family, socket.SOCK_DGRAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER_BYTES)
            sock.bind((host, port))
            asyncio.get_running_loop().add_reader(sock, self._drain)
        except BaseException:
            sock.close()
            raise
        self._socket = sock
        self.address = sock.getsockname()[:2]

    def send(self, data: bytes, destination: SipAddress) -> bool:
        """Send one datagram; False when it cannot be sent (bad address, too long, closed)."""
        usable = usable_address(*destination)
        if self._socket is None or usable is None or len(data) > _MAX_DATAGRAM_BYTES:
            self._log.debug("datagram not sent bytes=%d", len(data))
            return False
        try:
            self._socket.sendto(data, usable)
        except OSError as error:
            # A full buffer or an unreachable network is a lost packet, as UDP loses them.
            self._log.debug("datagram lost: %s", error)
            return False
        return True

    def close(self) -> None:
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None

    def _drain(self) -> None:
        for _ in range(_MAX_READS):
            if self._socket is None:
                return
            try:
                data, source = self._socket.recvfrom(_MAX_DATAGRAM_BYTES)
            except BlockingIOError:
                return
            except OSError as error:
                self._log.debug("socket reported %s", error)  # an ICMP error of an earlier send
                continue
            try:
                self._on_datagram(data, (source[0], source[1]))
            except Exception:
                # The last line of defence: one caller's datagram must not end every other call.
                self._log.exception("datagram not handled bytes=%d", len(data))
