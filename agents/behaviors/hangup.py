"""The caller leaves, or the room goes away: the call ends with the reason LiveKit gives."""

from __future__ import annotations

from livekit import rtc

from agents.call import LiveCall
from agents.call_context import ACTIVE, CALL_STATUS
from telephony.enums import EndingReason, EventKind

_REASON = rtc.DisconnectReason
_ENDINGS: dict[int, EndingReason] = {
    _REASON.CLIENT_INITIATED: EndingReason.CALLER_HUNG_UP,
    _REASON.USER_REJECTED: EndingReason.CALLER_HUNG_UP,
    _REASON.USER_UNAVAILABLE: EndingReason.CALLER_HUNG_UP,
    _REASON.SIP_TRUNK_FAILURE: EndingReason.SIP_FAILURE,
    _REASON.JOIN_FAILURE: EndingReason.SIP_FAILURE,
    _REASON.MEDIA_FAILURE: EndingReason.MEDIA_TIMEOUT,
    _REASON.CONNECTION_TIMEOUT: EndingReason.LIVEKIT_LOST,
    _REASON.SIGNAL_CLOSE: EndingReason.LIVEKIT_LOST,
    _REASON.STATE_MISMATCH: EndingReason.LIVEKIT_LOST,
    _REASON.SERVER_SHUTDOWN: EndingReason.LIVEKIT_LOST,
}


# SIP services give a call up after some 30 s without audio or without an ACK.
SILENT_S = 20.0


def attach(call: LiveCall, room: rtc.Room, caller_identity: str) -> None:
    """End the call when its caller or its room is gone, even if that happened just before."""
    heard_at = call.clock.now()

    def on_speech(at: float) -> None:
        nonlocal heard_at
        heard_at = at

    def on_participant(participant: rtc.RemoteParticipant) -> None:
        if participant.identity == caller_identity:
            reason = participant.disconnect_reason or _REASON.UNKNOWN_REASON
            # The status alone is not enough: the last one can be lost when the leg leaves.
            still_up = participant.attributes.get(CALL_STATUS) == ACTIVE
            silent = not call.held and call.clock.now() - heard_at >= SILENT_S
            _caller_left(call, reason, given_up=still_up and silent)

    def on_room(reason: rtc.DisconnectReason.ValueType) -> None:
        detail = _name(reason)
        call.end(_ENDINGS.get(reason, EndingReason.UNKNOWN), detail=f"room: {detail}")

    call.caller.on_start.append(on_speech)
    call.caller.on_stop.append(on_speech)
    room.on("participant_disconnected", on_participant)
    room.on("disconnected", on_room)
    if caller_identity not in room.remote_participants:
        _caller_left(call, _REASON.CLIENT_INITIATED)


def ending_of(reason: int, *, answered: bool, given_up: bool = False) -> EndingReason:
    """Return the ending for a caller's leg that left; what LiveKit does not say stays unknown.

    ``given_up``: the leg left a silent call that was still up. The SIP service sets sip.callStatus
    to hangup for a BYE, and not when it drops a call without audio or without ACK; livekit-server
    gives both as CLIENT_INITIATED.
    """
    ending = _ENDINGS.get(reason, EndingReason.UNKNOWN)
    if ending is EndingReason.CALLER_HUNG_UP and answered and given_up:
        return EndingReason.MEDIA_TIMEOUT
    if ending is EndingReason.CALLER_HUNG_UP and not answered:
        return EndingReason.CALLER_HUNG_UP_RINGING
    return ending


def _caller_left(call: LiveCall, reason: int, *, given_up: bool = False) -> None:
    if call.ending is None:
        call.recorder.event(EventKind.CALLER_LEFT, detail={"reason": _name(reason)})
    ending = ending_of(reason, answered=call.answered, given_up=given_up)
    call.end(ending, detail=f"caller: {_name(reason)}")


def _name(reason: int) -> str:
    try:
        return str(rtc.DisconnectReason.Name(reason)).lower()  # type: ignore[arg-type]
    except ValueError:
        return f"reason {reason}"
