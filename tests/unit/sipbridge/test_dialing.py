"""CreateSIPParticipant: the request and its trunk, checked and put together."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from livekit.protocol import sip

from deploy.local.sipbridge.dialing import Dial, plan_dial
from deploy.local.sipbridge.errors import TwirpError, sip_call_error

TRUNK = sip.SIPOutboundTrunkInfo(
    sip_trunk_id="ST_1",
    address="carrier.example:5070",
    numbers=["+15550100"],
    auth_username="user",
    auth_password="hush",
    headers={"X-Trunk": "t", "X-Both": "trunk"},
)


def plan(**fields: Any) -> Dial:
    request = sip.CreateSIPParticipantRequest(
        **{"sip_trunk_id": "ST_1", "sip_call_to": "+4930100", "room_name": "room", **fields}
    )
    return plan_dial(request, lambda trunk_id: TRUNK if trunk_id == "ST_1" else None, "SCL_1")


def test_a_stored_trunk_gives_address_number_credentials_and_headers() -> None:
    dial = plan(headers={"X-Both": "request"})
    assert dial.to_uri == "sip:+4930100@carrier.example:5070"
    assert dial.from_user == "+15550100"
    assert dial.credentials == ("user", "hush")
    assert dial.headers == {"X-Trunk": "t", "X-Both": "request"}
    assert dial.identity == "sip_+4930100"


def test_attributes_are_those_of_the_request_and_of_the_call() -> None:
    assert plan(participant_attributes={"a": "1", "sip.callID": "forged"}).attributes == {
        "a": "1",
        "sip.callID": "SCL_1",
        "sip.trunkID": "ST_1",
        "sip.phoneNumber": "+4930100",
        "sip.hostname": "carrier.example:5070",
        "sip.trunkPhoneNumber": "+15550100",
    }


def test_a_hidden_number_is_no_attribute() -> None:
    assert "sip.phoneNumber" not in plan(hide_phone_number=True).attributes


def test_a_trunk_may_come_with_the_request() -> None:
    inline = sip.SIPOutboundConfig(hostname="127.0.0.1:5099")
    dial = plan(sip_trunk_id="", trunk=inline, sip_number="+1999")
    assert (dial.to_uri, dial.from_user) == ("sip:+4930100@127.0.0.1:5099", "+1999")
    assert dial.credentials is None


def test_times_have_defaults_and_may_be_set() -> None:
    assert plan().ringing_timeout_s == 30.0
    dial = plan(ringing_timeout=Duration(seconds=2, nanos=500_000_000))
    assert dial.ringing_timeout_s == 2.5


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"sip_trunk_id": "ST_none"}, "not_found"),
        ({"sip_trunk_id": ""}, "invalid_argument"),
        ({"room_name": ""}, "invalid_argument"),
        ({"sip_call_to": ""}, "invalid_argument"),
        ({"sip_call_to": "sip:+4930100@elsewhere"}, "invalid_argument"),
        ({"sip_call_to": "a>\r\nVia: x"}, "invalid_argument"),
        ({"sip_number": "a b"}, "invalid_argument"),
        ({"headers": {"From": "x"}}, "invalid_argument"),
        ({"dtmf": "12x"}, "invalid_argument"),
        (
            {"sip_trunk_id": "", "trunk": sip.SIPOutboundConfig(hostname="h")},
            "failed_precondition",
        ),
        (
            {
                "sip_trunk_id": "",
                "sip_number": "1",
                "trunk": sip.SIPOutboundConfig(
                    hostname="h", transport=sip.SIPTransport.SIP_TRANSPORT_TLS
                ),
            },
            "unimplemented",
        ),
    ],
)
def test_a_request_that_cannot_be_dialled_is_refused(fields: dict[str, Any], code: str) -> None:
    with pytest.raises(TwirpError) as refused:
        plan(**fields)
    assert refused.value.code == code


def test_no_password_is_shown() -> None:
    assert "hush" not in repr(plan())


@pytest.mark.parametrize(
    ("status", "code", "http_status"),
    [
        (486, "resource_exhausted", 429),
        (603, "permission_denied", 403),
        (404, "not_found", 404),
        (408, "deadline_exceeded", 408),
        (503, "failed_precondition", 412),
        (488, "invalid_argument", 400),
    ],
)
def test_a_sip_status_becomes_the_servers_error(status: int, code: str, http_status: int) -> None:
    error = sip_call_error(status, "Reason")
    assert (error.code, error.http_status) == (code, http_status)
    assert error.meta == {"sip_status_code": str(status), "sip_status": "Reason"}
