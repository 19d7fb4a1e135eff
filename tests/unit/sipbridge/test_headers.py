"""SIP headers become attributes, and attributes become headers, only as the trunk says."""

from __future__ import annotations

from livekit.protocol import sip

from deploy.local.sipbridge import headers
from deploy.local.sipbridge.inbound import host_of

NONE = sip.SIPHeaderOptions.SIP_NO_HEADERS
X_HEADERS = sip.SIPHeaderOptions.SIP_X_HEADERS
ALL = sip.SIPHeaderOptions.SIP_ALL_HEADERS
INVITE = {"x-account": "42", "subject": "help", "from": "<sip:a@b>"}


def test_mapped_headers_become_attributes_whatever_their_case() -> None:
    assert headers.to_attributes(INVITE, {"X-Account": "account"}, NONE) == {"account": "42"}


def test_headers_that_were_not_asked_for_stay_out() -> None:
    assert headers.to_attributes(INVITE, {}, NONE) == {}


def test_x_headers_are_included_under_their_own_prefix() -> None:
    assert headers.to_attributes(INVITE, {}, X_HEADERS) == {"sip.h.x-account": "42"}


def test_all_headers_are_included_when_asked() -> None:
    assert headers.to_attributes(INVITE, {}, ALL).keys() == {
        "sip.h.x-account",
        "sip.h.subject",
        "sip.h.from",
    }


def test_no_header_can_become_an_attribute_of_the_service() -> None:
    assert headers.to_attributes(INVITE, {"X-Account": "sip.phoneNumber"}, NONE) == {}


def test_a_flood_of_headers_is_cut() -> None:
    flood = {f"x-{index}": "y" * 5000 for index in range(500)}
    made = headers.to_attributes(flood, {}, X_HEADERS)
    assert len(made) <= 32
    assert all(len(value) <= 512 for value in made.values())


def test_attributes_become_headers_on_one_line() -> None:
    mapping = {"team": "X-Team", "absent": "X-Absent"}
    assert headers.from_attributes({"team": "a\r\nX-Evil: 1"}, mapping) == {"X-Team": "a X-Evil: 1"}


def test_the_host_of_an_address_stands_without_user_port_and_parameters() -> None:
    assert host_of("sip:+1555@carrier.example:5060;transport=udp") == "carrier.example"
    assert host_of("sip:carrier.example") == "carrier.example"
    assert host_of("sip:a@[2001:db8::1]:5060") == "[2001:db8::1]"
    assert host_of("sip:a@10.0.0.1?x=y") == "10.0.0.1"
    assert host_of("nonsense") == ""
