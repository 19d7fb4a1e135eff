"""The UDP socket of one RTP stream, out of a port range, latched to one sender."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence

from aiortp.packet import RtpPacket

from deploy.local.sipkit.errors import PortsExhausted
from deploy.local.sipkit.message import SipAddress
from deploy.local.sipkit.transport import UdpTransport


class RtpSocket:
    """Sends and receives RTP packets with one peer (symmetric RTP).

    Packets are sent where the peer's come from. The first sender is taken, so that a peer behind
    address translation is heard; the address that the peer signalled always takes over. Packets
    of anybody else are dropped, and RTCP is ignored.
    """

    def __init__(self, on_packet: Callable[[RtpPacket, float], None], log: logging.Logger) -> None:
        self.foreign_packets = 0
        self._on_packet = on_packet
        self._transport = UdpTransport(self._on_datagram, log)
        self._signalled: SipAddress | None = None
        self._latched: SipAddress | None = None
        self.last_packet_s = 0.0

    async def open(self, host: str, ports: Sequence[int] | None) -> None:
        """Bind to a free even port of ``ports`` (any free port when None).

        Raises PortsExhausted.
        """
        self.last_packet_s = asyncio.get_running_loop().time()
        if ports is None:
            await self._transport.open(host, 0)
            return
        even = [port for port in ports if port % 2 == 0]
        # From a random place: a port just given up may still get the last packets of a call.
        start = random.randrange(len(even)) if even else 0
        for port in even[start:] + even[:start]:
            try:
                await self._transport.open(host, port)
            except OSError:
                continue
            return
        raise PortsExhausted(f"all {len(even)} RTP ports are in use")

    @property
    def local_address(self) -> SipAddress:
        return self._transport.address

    @property
    def remote_address(self) -> SipAddress | None:
        return self._latched or self._signalled

    def connect(self, signalled: SipAddress | None) -> None:
        """Set the address that the peer's SDP names; a change forgets the latched sender."""
        if signalled != self._signalled:
            self._signalled = signalled
            self._latched = None

    def send(self, packet: RtpPacket) -> bool:
        """Send one packet; False when there is no peer."""
        remote = self._latched or self._signalled
        return remote is not None and self._transport.send(packet.serialize(), remote)

    def close(self) -> None:
        self._transport.close()

    def _on_datagram(self, data: bytes, source: SipAddress) -> None:
        # RTCP on the same port has packet types 200-204 where RTP has marker and payload type.
        if len(data) < 12 or data[0] >> 6 != 2 or 200 <= data[1] <= 207:
            return
        if source != self._latched:
            if self._latched is not None and source != self._signalled:
                self.foreign_packets += 1
                return
            self._latched = source
        try:
            packet = RtpPacket.parse(data)
        except (ValueError, IndexError):
            return
        self.last_packet_s = asyncio.get_running_loop().time()
        self._on_packet(packet, self.last_packet_s)
