"""One call's audio: G.711 at 8 kHz mono over RTP, and its telephone events."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiortp.codecs.g711 import PcmaCodec, PcmuCodec
from aiortp.packet import RtpPacket

from deploy.local.sipkit.clock import FRAME_BYTES, FRAME_S, FRAME_SAMPLES
from deploy.local.sipkit.dtmf import PACKET_MS, DtmfReceiver, check_keys, event_payloads
from deploy.local.sipkit.errors import DtmfError
from deploy.local.sipkit.jitter import JitterBuffer
from deploy.local.sipkit.message import SipAddress
from deploy.local.sipkit.rtp import RtpSocket

CODECS = {0: PcmuCodec(), 8: PcmaCodec()}
CODEC_NAMES = {0: "PCMU", 8: "PCMA"}
# A longer pause between frames is a gap in the talk. A shorter one is a busy machine whose ticks
# came late: its audio goes on where it stopped, for a hole in the time would be heard.
_TALK_GAP_S = 0.25
# Between keys no audio need flow, and two keys must never share a timestamp.
_KEY_GAP_S = 3 * FRAME_S


@dataclass
class MediaStats:
    """Counters since the stream began; ``delay_ms`` is the jitter buffer's depth now."""

    packets_sent: int = 0
    packets_received: int = 0
    late: int = 0
    lost: int = 0
    duplicates: int = 0
    concealed_ms: int = 0
    dropped_ms: int = 0
    delay_ms: float = 0.0


class MediaStream:
    """Sends and receives 20 ms frames: ``send`` and ``read`` 320 bytes of s16le at a time."""

    def __init__(self, log: logging.Logger) -> None:
        self.on_dtmf: Callable[[str], None] | None = None
        self.tap: Callable[[float, int, bytes], None] | None = None
        self.sending = True  # False while either side holds
        self._log = log
        self._socket = RtpSocket(self._on_packet, log)
        self._payload_type = 0
        self._event_send_type: int | None = None
        self._event_receive_types: frozenset[int] = frozenset()
        self._jitter = JitterBuffer()
        self._dtmf_receiver = DtmfReceiver()
        self._dtmf_lock = asyncio.Lock()
        self._ssrc = random.getrandbits(32)
        self._sequence = random.getrandbits(15)
        self._timestamp = random.getrandbits(31)
        self._sent_at_s: float | None = None
        self._marker = 1
        self._in_tone = False
        self._packets_sent = 0
        self._packets_received = 0
        self._remote_ssrc: int | None = None
        self._highest_sequence = 0
        self._expected = 0
        self._closed = False

    async def open(self, host: str, ports: Sequence[int] | None) -> None:
        """Bind the RTP port. Raises PortsExhausted."""
        await self._socket.open(host, ports)

    def connect(
        self,
        remote: SipAddress | None,
        payload_type: int,
        event_send_type: int | None,
        event_receive_types: frozenset[int],
    ) -> None:
        """Apply what the SDP agreed on; again after a re-INVITE."""
        self._socket.connect(remote)
        self._payload_type = payload_type
        self._event_send_type = event_send_type
        self._event_receive_types = event_receive_types

    @property
    def codec(self) -> str:
        """PCMU or PCMA."""
        return CODEC_NAMES[self._payload_type]

    @property
    def payload_type(self) -> int:
        return self._payload_type

    @property
    def local_address(self) -> SipAddress:
        return self._socket.local_address

    @property
    def remote_address(self) -> SipAddress | None:
        return self._socket.remote_address

    @property
    def last_packet_s(self) -> float:
        """loop.time() of the last RTP packet received, or of opening."""
        return self._socket.last_packet_s

    def restart_silence_timer(self) -> None:
        """Count the media time-out from now (a hold has ended)."""
        self._socket.last_packet_s = asyncio.get_running_loop().time()

    @property
    def stats(self) -> MediaStats:
        jitter = self._jitter
        return MediaStats(
            packets_sent=self._packets_sent,
            packets_received=self._packets_received,
            late=jitter.late,
            lost=max(0, self._expected - self._packets_received),
            duplicates=jitter.duplicates,
            concealed_ms=jitter.concealed_ms,
            dropped_ms=jitter.dropped_ms,
            delay_ms=jitter.depth_ms,
        )

    def send(self, pcm: bytes) -> None:
        """Send 320 bytes of s16le as one packet now; the caller keeps the 20 ms pace.

        Nothing is sent on hold, during a key's tone or after the end. Raises ValueError for
        another length.
        """
        if len(pcm) != FRAME_BYTES:
            raise ValueError(f"a frame is {FRAME_BYTES} bytes, not {len(pcm)}")
        timestamp = self._catch_up_timestamp(_TALK_GAP_S)
        self._timestamp += FRAME_SAMPLES
        if self._in_tone or not self.sending or self._closed:
            self._marker = 1
            return
        payload = CODECS[self._payload_type].encode(pcm)
        self._transmit(self._payload_type, payload, timestamp, self._marker)
        self._marker = 0

    def _catch_up_timestamp(self, gap_s: float) -> int:
        """The timestamp of what is sent now: further on after a gap (RFC 3550 section 5.1)."""
        now = asyncio.get_running_loop().time()
        if self._sent_at_s is not None and now - self._sent_at_s > gap_s:
            missed_frames = round((now - self._sent_at_s) / FRAME_S) - 1
            self._timestamp += missed_frames * FRAME_SAMPLES
            self._marker = 1
        self._sent_at_s = now
        return self._timestamp & 0xFFFFFFFF

    def _transmit(self, payload_type: int, payload: bytes, timestamp: int, marker: int) -> None:
        packet = RtpPacket(payload_type, marker, self._sequence, timestamp, self._ssrc, payload)
        if self._socket.send(packet):
            self._sequence = (self._sequence + 1) & 0xFFFF
            self._packets_sent += 1

    def read(self) -> bytes:
        """The next 320 bytes to play; call once every 20 ms. Silence when there is nothing."""
        return self._jitter.pop(asyncio.get_running_loop().time())

    async def send_dtmf(self, keys: str, tone_ms: int = 160, gap_ms: int = 80) -> None:
        """Press ``keys`` one after the other, paced (RFC 4733 section 2.5); returns when done.

        Audio is suppressed during each tone. Raises DtmfError for what is no key, or when the
        other side did not agree to telephone-event.
        """
        check_keys(keys, tone_ms, gap_ms)
        if self._event_send_type is None:
            raise DtmfError("the other side does not take telephone-event")
        loop = asyncio.get_running_loop()
        async with self._dtmf_lock:
            due_s = loop.time()
            for key in keys:
                timestamp = self._catch_up_timestamp(_KEY_GAP_S)
                self._in_tone = True
                try:
                    for index, payload in enumerate(event_payloads(key, tone_ms)):
                        await asyncio.sleep(max(0.0, due_s - loop.time()))
                        if self._closed:
                            return
                        marker = 1 if index == 0 else 0
                        self._transmit(self._event_send_type, payload, timestamp, marker)
                        due_s = max(due_s, loop.time() - FRAME_S) + PACKET_MS / 1000
                finally:
                    self._in_tone = False
                due_s += gap_ms / 1000
                await asyncio.sleep(max(0.0, due_s - loop.time()))

    def close(self) -> None:
        """Stop for good and free the port."""
        self._closed = True
        self._socket.close()

    def key_pressed(self, key: str) -> None:
        """Report a key, however it came."""
        if self.on_dtmf is not None:
            self.on_dtmf(key)

    def _on_packet(self, packet: RtpPacket, now_s: float) -> None:
        if self._closed:
            return
        self._count(packet)
        if packet.payload_type in self._event_receive_types:
            key = self._dtmf_receiver.key_of(packet.ssrc, packet.timestamp, packet.payload)
            if key is not None:
                self.key_pressed(key)
            return
        codec = CODECS.get(packet.payload_type)
        if codec is None:
            return  # comfort noise or something never agreed on
        pcm = codec.decode(packet.payload)
        if self.tap is not None:
            self.tap(now_s, packet.timestamp, pcm)
        self._jitter.push(packet.timestamp, pcm, now_s)

    def _count(self, packet: RtpPacket) -> None:
        """Count packets expected by sequence number, for ``stats.lost`` (RFC 3550 A.3)."""
        ahead = (packet.sequence_number - self._highest_sequence) & 0xFFFF
        if packet.ssrc != self._remote_ssrc:
            self._remote_ssrc = packet.ssrc
            self._highest_sequence = packet.sequence_number
            self._expected += 1
        elif 0 < ahead < 0x8000:
            self._highest_sequence = packet.sequence_number
            self._expected += ahead
        self._packets_received += 1
