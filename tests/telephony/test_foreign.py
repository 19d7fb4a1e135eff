"""Whose trunk could take our calls: in whichever way it writes our number."""

from __future__ import annotations

import pytest
from livekit.protocol.sip import SIPInboundTrunkInfo

from telephony.models import Persona, PhoneNumber, SipTrunk
from telephony.services.foreign import foreign_findings
from telephony.services.livekit_specs import inbound_trunk_info

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("listed", "ours"),
    [
        ("+49 30 123456", True),
        ("030123456", True),
        ("30123456", True),
        ("Reception", True),
        ("030123457", False),
        ("desk", False),
    ],
)
def test_a_foreign_trunk_with_a_form_of_our_number_is_found(
    persona: Persona, listed: str, ours: bool
) -> None:
    office = SipTrunk.objects.create(
        name="Office",
        allowed_addresses="203.0.113.0/24",
        number_format="national",
        country="DE",
        carrier_numbers="reception",
    )
    PhoneNumber.objects.create(number="+4930123456", trunk=office, persona=persona)
    theirs = SIPInboundTrunkInfo(
        name="Theirs", numbers=[listed], allowed_addresses=["198.51.100.1/32"]
    )

    found = foreign_findings(
        trunks=[theirs],
        rules=[],
        our_trunk_ids=[],
        our_numbers=inbound_trunk_info(office, "site").numbers,
    )

    assert bool(found) is ours
