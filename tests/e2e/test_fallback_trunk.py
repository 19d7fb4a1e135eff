"""The human of last resort has a telephone number: dialled over an outbound trunk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.e2e.conftest import PhoneMaker
from tests.support.faults import calls_from, set_up, stopped, worker_pid
from tests.support.rooms import rooms_of
from tests.support.stack import Json

pytestmark = [pytest.mark.full, pytest.mark.timeout(150)]
Uri = Callable[[str], str]
CARRIER = """
from django.core.management import call_command
from telephony.models import HumanEndpoint, PhoneNumber, SipTrunk

trunk, _ = SipTrunk.objects.update_or_create(
    name="Carrier out",
    defaults={{
        "direction": "outbound",
        "outbound_host": "127.0.0.1:{port}",
        "transport": "udp",
        "carrier_numbers": "+15550198",
        "active": True,
    }},
)
call_command("sync_livekit")
human, _ = HumanEndpoint.objects.update_or_create(
    name="Mobile", defaults={{"address": "+15550777", "trunk": trunk}}
)
PhoneNumber.objects.filter(number="+15550100").update(fallback_human=human)
"""
WITHOUT = """
from django.core.management import call_command
from telephony.models import HumanEndpoint, PhoneNumber, SipTrunk

PhoneNumber.objects.filter(number="+15550100").update(fallback_human=None)
HumanEndpoint.objects.filter(name="Mobile").delete()
SipTrunk.objects.filter(name="Carrier out").update(active=False)
call_command("sync_livekit")
"""


async def test_a_human_with_a_number_is_dialled_over_the_carriers_trunk(
    new_phone: PhoneMaker, uri: Uri, stack: Json
) -> None:
    caller, carrier = await new_phone(user="+15550323"), await new_phone(user="carrier")
    await set_up(stack, CARRIER.format(port=carrier.address[1]))
    try:
        with stopped(worker_pid(stack)):
            attempt = asyncio.create_task(caller.dial(uri("shop"), ringing_timeout_s=40))
            rung = await carrier.wait_for_call(timeout_s=25)
            assert "+15550777" in rung.headers["to"]
            assert "+15550198" in rung.headers["from"], "the carrier is shown a number of its own"
            rung.ring()
            await rung.answer()
            call = await asyncio.wait_for(attempt, 10)
            await rung.say("Hello, this is the workshop.")
            await call.wait_for_speech(5)
            await asyncio.sleep(3)
            await rung.hangup()
            await asyncio.wait_for(call.ended.wait(), 10)
    finally:
        await set_up(stack, WITHOUT)

    [stored] = await calls_from(stack, "+15550323")
    assert stored["ending"] == {"result": "our_fault", "reason": "no_agent"}
    assert {"fallback_dialled", "fallback_answered"} <= {e["kind"] for e in stored["events"]}
    await rooms_of(stack, "+15550323", count=0)
