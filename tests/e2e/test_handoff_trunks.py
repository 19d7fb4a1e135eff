"""A human is a number over an outbound trunk, and the trunk does not work."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from deploy.local.phone import Phone
from tests.e2e.test_handoff_faults import is_back_with_the_agent
from tests.support.faults import set_up
from tests.support.handoff import BESIDE, ask_for_a_person, rung, until_heard
from tests.support.handoff_pairs import Pair
from tests.support.leavings import nothing_left
from tests.support.spectrum import HOLD_HZ
from tests.support.stack import Api, Json

pytestmark = [pytest.mark.full, pytest.mark.timeout(150)]
Uri = Callable[[str], str]
NUMBERS_OUT = ("+15550777", "+15550778", "+15550779")
TRUNKS = """
from django.core.management import call_command
from telephony.models import HumanEndpoint, SipTrunk, TeamMember

for human, host, number in {rows}:
    trunk, _ = SipTrunk.objects.update_or_create(
        name=f"To {{number}}",
        defaults={{
            "direction": "outbound", "outbound_host": host, "transport": "udp",
            "carrier_numbers": f"{{number[:-3]}}1{{number[-2:]}}", "active": True,
        }},
    )
    HumanEndpoint.objects.filter(name=human).update(address=number, trunk=trunk)
TeamMember.objects.filter(endpoint__name="Demo colleague").update(ring_s=6)
call_command("sync_livekit")
SipTrunk.objects.filter(name="To +15550778").update(livekit_trunk_id="ST_gone")
"""
NO_TRUNKS = """
from django.core.management import call_command
from telephony.models import HumanEndpoint, SipTrunk, TeamMember

HumanEndpoint.objects.filter(trunk__name="To +15550777").update(address="{own}", trunk=None)
HumanEndpoint.objects.filter(trunk__name__startswith="To +").delete()
TeamMember.objects.filter(endpoint__name="Demo colleague").update(ring_s=20)
SipTrunk.objects.filter(name__startswith="To +").update(active=False)
call_command("sync_livekit")
"""


async def test_a_human_behind_a_trunk_that_does_not_work_is_unreachable(
    stack: Json, pairs: list[Pair], uri: Uri, api: Api
) -> None:
    """Nobody is at the trunk's address; LiveKit refuses to dial, knowing no such trunk; the carrier
    answers 503."""
    dead, unknown, carrier = pairs
    async with behind_trunks(stack, carrier.human):
        refusing = asyncio.create_task(out_of_service(carrier))
        calls = await asyncio.gather(
            unreachable(dead, uri, api),
            unreachable(unknown, uri, api),
            unreachable(carrier, uri, api),
        )
        await refusing
    told = [[step["sip_status"] for step in call["transfers"][0]["steps"]] for call in calls]
    assert [503 in statuses for statuses in told] == [False, False, True]
    for pair in pairs:
        await nothing_left(stack, pair.caller.user)


async def unreachable(pair: Pair, uri: Uri, api: Api) -> Json:
    caller = await pair.caller.dial(uri(pair.lane.number))
    await ask_for_a_person(caller, pair.lane.caller_hz)
    await until_heard(caller, HOLD_HZ, 10)
    stored = await is_back_with_the_agent(api, caller, "unreachable", 45, pair.lane)
    await caller.hangup()
    return stored


async def out_of_service(pair: Pair) -> None:
    ringing = await rung(pair.human)
    assert "+15550779" in ringing.headers["to"]
    await ringing.refuse(503)


@contextlib.asynccontextmanager
async def behind_trunks(stack: Json, carrier: Phone) -> AsyncIterator[None]:
    """The humans of the three pairs are numbers, each over a trunk of its own."""
    where = stack["human"]
    own = f"sip:{where['user']}@{where['host']}:{where['port']}"
    hosts = ["127.0.0.1:9", "127.0.0.1:9", f"127.0.0.1:{carrier.address[1]}"]
    names = ["Demo colleague", *(f"Desk, {lane.agent_hz} Hz" for lane in BESIDE)]
    await set_up(stack, TRUNKS.format(rows=list(zip(names, hosts, NUMBERS_OUT, strict=True))))
    try:
        yield
    finally:
        await set_up(stack, NO_TRUNKS.format(own=own))
