"""What CreateSIPParticipant asks for, checked and put together with its trunk. Pure."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Callable

from livekit.protocol import sip

from .errors import TwirpError, invalid
from .room import DTMF_CODES
from .validation import check_headers, check_outbound_config

_RINGING_TIMEOUT_S = 30.0
_MAX_CALL_DURATION_S = 24 * 3600.0
_USER = re.compile(r"[A-Za-z0-9+*#._\-]{1,64}")
_UDP = (sip.SIPTransport.SIP_TRANSPORT_AUTO, sip.SIPTransport.SIP_TRANSPORT_UDP)


@dataclasses.dataclass(frozen=True)
class Dial:
    """A call to place. ``address`` is host or host:port of the trunk."""

    to_uri: str
    address: str
    from_user: str
    display_name: str
    credentials: tuple[str, str] | None = dataclasses.field(repr=False)
    headers: dict[str, str]
    headers_to_attributes: dict[str, str]
    attributes_to_headers: dict[str, str]
    include_headers: sip.SIPHeaderOptions
    room: str
    identity: str
    name: str
    metadata: str
    attributes: dict[str, str]
    dtmf: str
    dialtone: bool
    ringing_timeout_s: float
    max_call_duration_s: float


def plan_dial(
    request: sip.CreateSIPParticipantRequest,
    find_trunk: Callable[[str], sip.SIPOutboundTrunkInfo | None],
    call_id: str,
) -> Dial:
    """Raises TwirpError: invalid_argument, not_found, failed_precondition or unimplemented."""
    if not request.room_name:
        raise invalid("missing room name")
    _check_callee(request.sip_call_to)
    check_headers(request.headers)
    if any(key not in DTMF_CODES and key not in "wW" for key in request.dtmf):
        raise invalid("dtmf may hold 0-9, *, #, A-D and w for half a second's pause")
    trunk: sip.SIPOutboundTrunkInfo | sip.SIPOutboundConfig
    if request.sip_trunk_id:
        stored = find_trunk(request.sip_trunk_id)
        if stored is None:
            raise TwirpError("not_found", "requested sip trunk does not exist")
        trunk, address, numbers = stored, stored.address, list(stored.numbers)
        trunk_headers, include = dict(stored.headers), stored.include_headers
    elif request.HasField("trunk"):
        check_outbound_config(request.trunk)
        trunk, address, numbers = request.trunk, request.trunk.hostname, []
        trunk_headers, include = {}, sip.SIPHeaderOptions.SIP_NO_HEADERS
    else:
        raise invalid("missing sip trunk id and trunk")
    if trunk.transport not in _UDP:
        raise TwirpError(
            "unimplemented", "sipbridge, the stand-in for livekit-sip, speaks SIP over UDP only"
        )
    number = request.sip_number or (random.choice(numbers) if numbers else "")
    if not number:
        raise TwirpError("failed_precondition", "no numbers on outbound trunk")
    if not _USER.fullmatch(number):
        raise invalid("sip_number is not a phone number or SIP user")
    attributes = {
        **request.participant_attributes,
        "sip.callID": call_id,
        "sip.trunkID": request.sip_trunk_id,
    }
    if not request.hide_phone_number:
        attributes["sip.phoneNumber"] = request.sip_call_to
        attributes["sip.hostname"] = address
        attributes["sip.trunkPhoneNumber"] = number
    credentials = (trunk.auth_username, trunk.auth_password)
    return Dial(
        to_uri=f"sip:{request.sip_call_to}@{address}",
        address=address,
        from_user=number,
        display_name=request.display_name,
        credentials=credentials if all(credentials) else None,
        headers={**trunk_headers, **request.headers},
        headers_to_attributes=dict(trunk.headers_to_attributes),
        attributes_to_headers=dict(trunk.attributes_to_headers),
        include_headers=request.include_headers or include,
        room=request.room_name,
        identity=request.participant_identity or f"sip_{request.sip_call_to}",
        name=request.participant_name,
        metadata=request.participant_metadata,
        attributes=attributes,
        dtmf=request.dtmf.upper(),
        dialtone=request.play_ringtone or request.play_dialtone,
        ringing_timeout_s=_seconds(request, "ringing_timeout") or _RINGING_TIMEOUT_S,
        max_call_duration_s=_seconds(request, "max_call_duration") or _MAX_CALL_DURATION_S,
    )


def _check_callee(callee: str) -> None:
    if not callee:
        raise invalid("missing sip callee number")
    if "@" in callee:
        raise invalid("SipCallTo should be a phone number or SIP user, not a full SIP URI")
    if not _USER.fullmatch(callee):
        raise invalid("SipCallTo is not a phone number or SIP user")


def _seconds(request: sip.CreateSIPParticipantRequest, field: str) -> float:
    duration = getattr(request, field)
    return float(duration.seconds + duration.nanos / 1e9)
