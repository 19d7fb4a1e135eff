"""What the tests of the system of record share: a small contact centre, made by real services."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from telephony.contracts import CallArrival
from telephony.models import Persona, PhoneNumber, SipTrunk
from telephony.services.personas import publish_persona

_count = itertools.count(1)


@pytest.fixture
def trunk(db: None) -> SipTrunk:
    return SipTrunk.objects.create(
        name="Carrier", allowed_addresses="127.0.0.1/32", livekit_trunk_id="ST_carrier"
    )


@pytest.fixture
def persona(db: None) -> Persona:
    persona = Persona.objects.create(
        name="Nordwind Outdoor", instructions="Be kind.", greeting="Hello?", voice_id="voice-1"
    )
    publish_persona(persona=persona)
    return persona


@pytest.fixture
def number(trunk: SipTrunk, persona: Persona) -> PhoneNumber:
    return PhoneNumber.objects.create(number="+15550100", trunk=trunk, persona=persona)


@pytest.fixture
def arrival() -> Callable[..., CallArrival]:
    """A call arriving for +15550100 on the trunk, each in its own room unless told otherwise."""

    def make(**changes: str) -> CallArrival:
        index = next(_count)
        return replace(
            CallArrival(
                room_name=f"call_+15550199_{index}",
                job_id=f"AJ_{index}",
                worker_id="AW_1",
                participant_identity="sip_+15550199",
                called_number="+15550100",
                caller_number="+15550199",
                livekit_trunk_id="ST_carrier",
                livekit_rule_id="SDR_1",
                livekit_call_id=f"SCL_{index}",
                sip_call_id=f"{index}@phone.test",
            ),
            **changes,
        )

    return make
