"""The human of last resort is rung by LiveKit, for a time that LiveKit itself keeps."""

from __future__ import annotations

from typing import Any

from livekit.protocol.sip import CreateSIPParticipantRequest

from telephony import livekit_client
from telephony.services.fallback import RINGING
from tests.telephony.test_handoff_webhook import Receiver, receiver  # noqa: F401 - fixture


def test_the_request_says_how_long_it_may_ring(
    receiver: Receiver,  # noqa: F811 - pytest gives the fixture by this name
    settings: Any,
) -> None:
    settings.LIVEKIT_SIP_API_URL = f"http://127.0.0.1:{receiver.server_port}"
    livekit_client.dial(
        room_name="room",
        identity="human_fallback",
        user="maria",
        host="127.0.0.1:9",
        trunk_id="",
        credentials=None,
        shown_number="+15550100",
        ringing_s=int(RINGING.total_seconds()),
    )
    [(_, body)] = receiver.received
    request = CreateSIPParticipantRequest.FromString(body)
    assert request.ringing_timeout.ToTimedelta() == RINGING
