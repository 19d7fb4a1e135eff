"""Offers and answers for one audio stream (RFC 3264): what the peer wants, what we say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiosipua.sdp import (
    ConnectionData,
    MediaDescription,
    Origin,
    SdpMessage,
    TimingField,
    parse_sdp,
    serialize_sdp,
)

from deploy.local.sipkit.errors import SdpError
from deploy.local.sipkit.media import CODEC_NAMES
from deploy.local.sipkit.message import SipAddress, usable_address

DEFAULT_EVENT_TYPE = 101
_PAYLOAD_TYPES = {name: payload_type for payload_type, name in CODEC_NAMES.items()}
_ANSWERS = {
    "sendrecv": "sendrecv",
    "sendonly": "recvonly",
    "recvonly": "sendonly",
    "inactive": "inactive",
}


@dataclass(frozen=True)
class PeerMedia:
    """The peer's audio as its SDP describes it."""

    address: SipAddress | None  # None: it named no address that can be sent to (c=0.0.0.0)
    payload_types: tuple[int, ...]  # of ours, in the peer's order; never empty
    event_type: int | None  # telephone-event payload type the peer wants to receive
    direction: str
    held: bool
    media_index: int
    description: SdpMessage

    @property
    def answer_direction(self) -> str:
        """The direction our answer gives (RFC 3264 section 6.1)."""
        return "inactive" if self.held and self.address is None else _ANSWERS[self.direction]


def read_sdp(body: str, codecs: Sequence[str] = ("PCMU", "PCMA")) -> PeerMedia:
    """Read the peer's offer or answer.

    Raises SdpError when it is not SDP, holds numbers that are none, has no audio, or shares none
    of ``codecs`` with us.
    """
    try:
        sdp = parse_sdp(body)
    except (ValueError, IndexError) as error:
        raise SdpError("the SDP holds a bad number") from error
    index = next((i for i, m in enumerate(sdp.media) if m.media == "audio" and m.port), None)
    if index is None:
        raise SdpError("the SDP has no audio")
    audio = sdp.media[index]
    if audio.proto not in ("RTP/AVP", "RTP/AVPF") or not 0 < audio.port < 65536:
        raise SdpError("the audio is not plain RTP on a UDP port")
    ours = {_PAYLOAD_TYPES[name] for name in codecs}
    types: list[int] = []
    event_type = None
    for codec in audio.codecs:
        name = codec.encoding_name.upper()
        if codec.payload_type in ours and name == CODEC_NAMES[codec.payload_type]:
            types.append(codec.payload_type)
        elif name == "TELEPHONE-EVENT" and codec.clock_rate == 8000 and event_type is None:
            event_type = codec.payload_type if 95 < codec.payload_type < 128 else None
    if not types:
        raise SdpError("no codec in common")
    connection = audio.connection or sdp.connection
    if connection is None:
        raise SdpError("the SDP names no address")
    address = usable_address(connection.address, audio.port)
    nowhere = connection.address in ("0.0.0.0", "::")  # noqa: S104 - an old way to hold, not a bind
    if address is None and not nowhere:
        raise SdpError("the SDP names no usable address")
    direction = _direction(audio, sdp)
    return PeerMedia(
        address=None if nowhere else address,
        payload_types=tuple(dict.fromkeys(types)),
        event_type=event_type,
        direction=direction,
        held=nowhere or direction in ("sendonly", "inactive"),
        media_index=index,
        description=sdp,
    )


def _direction(audio: MediaDescription, sdp: SdpMessage) -> str:
    for attributes in (audio.attributes, sdp.attributes):
        for direction in _ANSWERS:
            if direction in attributes:
                return direction
    return "sendrecv"


class LocalSdp:
    """Our side of a call's SDP: one session id, a version that grows with each change."""

    def __init__(self, address: SipAddress, session_id: int) -> None:
        self._address = address
        self._session_id = session_id
        self._version = 0

    def offer(
        self, payload_types: Sequence[int], event_type: int | None, direction: str = "sendrecv"
    ) -> bytes:
        """An offer of ``payload_types`` in this order."""
        return self._write([self._audio(payload_types, event_type, direction, "RTP/AVP")])

    def answer(self, peer: PeerMedia) -> bytes:
        """The answer to an offer: one codec, its m-lines mirrored, the others refused."""
        offered = peer.description.media
        media = [MediaDescription(m.media, 0, m.proto, list(m.formats) or ["0"]) for m in offered]
        media[peer.media_index] = self._audio(
            peer.payload_types[:1],
            peer.event_type,
            peer.answer_direction,
            offered[peer.media_index].proto,
        )
        return self._write(media)

    def _audio(
        self, payload_types: Sequence[int], event_type: int | None, direction: str, proto: str
    ) -> MediaDescription:
        rtpmap = [f"{number} {CODEC_NAMES[number]}/8000" for number in payload_types]
        attributes: dict[str, list[str]] = {"rtpmap": rtpmap}
        formats = [str(number) for number in payload_types]
        if event_type is not None:
            formats.append(str(event_type))
            rtpmap.append(f"{event_type} telephone-event/8000")
            attributes["fmtp"] = [f"{event_type} 0-15"]
        attributes["ptime"] = ["20"]
        attributes[direction] = []
        return MediaDescription("audio", self._address[1], proto, formats, attributes=attributes)

    def _write(self, media: list[MediaDescription]) -> bytes:
        self._version += 1
        host = self._address[0]
        family = "IP6" if ":" in host else "IP4"
        sdp = SdpMessage(
            origin=Origin("-", str(self._session_id), str(self._version), "IN", family, host),
            session_name="-",
            connection=ConnectionData("IN", family, host),
            timing=TimingField(0, 0),
            media=media,
        )
        return serialize_sdp(sdp).encode()
