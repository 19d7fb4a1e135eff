"""The headers that lead a trusted telephone to the transcript, bounded and free of line breaks."""

from __future__ import annotations

import unicodedata
from uuid import UUID

from telephony.contracts import HumanOffer, HumanSpec

# RFC 3261 18.1.1: an INVITE over 1,300 bytes would have to leave UDP. Without these headers the
# SIP services here send some 900 (their SDP included).
MOST_BYTES = 340
# Who is asked for a password sends the INVITE again with some 250 bytes more: no summary then.
MOST_WITH_PASSWORD = 150
LEAST_SUMMARY = 20
CALL_ID, TRANSCRIPT_URL, SUMMARY = "X-Call-ID", "X-Transcript-URL", "X-Handoff-Summary"


def headers_for(offer: HumanOffer, call_id: UUID, summary: str) -> dict[str, str]:
    """Empty for a human who is not trusted. What does not fit is left out, the summary first."""
    if not offer.human.trusted:
        return {}
    headers: dict[str, str] = {}
    left = most_bytes(offer.human)
    # Half a link leads nowhere; a whole one names the call as well.
    for name, value in ((TRANSCRIPT_URL, clean(offer.transcript_url)), (CALL_ID, str(call_id))):
        if value and _size(name, value) <= left:
            headers[name] = value
            left -= _size(name, value)
    room = left - _size(SUMMARY, "")
    text = clean(summary)
    if len(text) > room:
        text = text[: max(0, room - 3)].rstrip() + "..."
    if LEAST_SUMMARY <= len(text) <= room:
        headers[SUMMARY] = text
    return headers


def most_bytes(human: HumanSpec) -> int:
    """What all headers may have together. A trunk of LiveKit's has its password there, unseen."""
    asked = human.auth_username or not human.host
    return MOST_WITH_PASSWORD if asked else MOST_BYTES


def clean(text: str) -> str:
    """One line of printable ASCII: what a caller said must not become a header of its own."""
    bare = "".join(
        c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c)
    ).replace("ß", "ss")
    plain = "".join(c if " " <= c <= "~" else " " for c in bare)
    return " ".join(plain.split())


def _size(name: str, value: str) -> int:
    return len(f"{name}: {value}\r\n")
