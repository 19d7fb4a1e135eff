"""Keys as RTP telephone events (RFC 4733) and as SIP INFO bodies (application/dtmf-relay)."""

from __future__ import annotations

from collections.abc import Iterator

from aiortp.dtmf import DTMF_EVENTS, EVENT_TO_DIGIT, DtmfEvent

from deploy.local.sipkit.errors import DtmfError

PACKET_MS = 20
END_PACKETS = 3  # RFC 4733 section 2.5.1.4
_VOLUME_DBM0 = 10
_MAX_TONE_MS = 5000


def check_keys(keys: str, tone_ms: int, gap_ms: int) -> None:
    """Raise DtmfError for anything but 0-9 * # A-D and times a keypad can have."""
    wrong = [key for key in keys if key.upper() not in DTMF_EVENTS]
    if wrong:
        raise DtmfError(f"{wrong[0]!r} is no key: use 0-9, *, # and A-D")
    if not 40 <= tone_ms <= _MAX_TONE_MS or not 20 <= gap_ms <= _MAX_TONE_MS:
        raise DtmfError("tone_ms must be 40-5000 and gap_ms 20-5000")


def event_payloads(key: str, tone_ms: int) -> Iterator[bytes]:
    """The payloads of one key, one each 20 ms; the last three are the repeated end."""
    event = DTMF_EVENTS[key.upper()]
    total = tone_ms * 8
    for duration in range(PACKET_MS * 8, total, PACKET_MS * 8):
        yield DtmfEvent(event, False, _VOLUME_DBM0, duration).serialize()
    for _ in range(END_PACKETS):
        yield DtmfEvent(event, True, _VOLUME_DBM0, total).serialize()


class DtmfReceiver:
    """Turns event packets into keys: each key once, at its first packet, whatever is lost."""

    def __init__(self) -> None:
        self._last: tuple[int, int] | None = None  # SSRC and timestamp of the last key

    def key_of(self, ssrc: int, timestamp: int, payload: bytes) -> str | None:
        """The key that begins with this packet, or None (a repeat, an old packet, no key)."""
        key = EVENT_TO_DIGIT.get(payload[0]) if len(payload) >= 4 else None
        if key is None:
            return None
        if self._last is not None and self._last[0] == ssrc:
            ahead = (timestamp - self._last[1]) & 0xFFFFFFFF
            if not 0 < ahead < 2**31:
                return None
        self._last = (ssrc, timestamp)
        return key


def key_of_info(body: str) -> str | None:
    """The key of an application/dtmf-relay body ("Signal=5"), or None when it has none."""
    for line in body.splitlines():
        name, _, value = line.partition("=")
        if name.strip().lower() == "signal":
            value = value.strip().upper()
            value = {"10": "*", "11": "#"}.get(value, value)
            return value if value in DTMF_EVENTS else None
    return None
