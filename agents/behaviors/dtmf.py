"""Keys that the caller presses are recorded; what they mean is for later behaviours."""

from __future__ import annotations

from livekit import rtc

from agents.call import LiveCall
from telephony.enums import EventKind


def attach(call: LiveCall, room: rtc.Room, caller_identity: str) -> None:
    """Record each key of the caller; keys of other legs in the room are not the caller's."""

    def on_key(key: rtc.SipDTMF) -> None:
        if key.participant is None or key.participant.identity == caller_identity:
            call.recorder.event(EventKind.DTMF, detail={"digit": key.digit[:1]})

    room.on("sip_dtmf_received", on_key)
