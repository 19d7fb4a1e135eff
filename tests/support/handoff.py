"""A caller who asks for a person by key, and the person: both phones of a hand-over.

The shop's agent speaks as a tone on a number of its own (``TONES``), so that the tapes tell who was
heard; the hold music is a tone by the stack's HOLD_MUSIC_FILE.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from deploy.local.phone import Phone, PhoneCall
from tests.support.faults import set_up
from tests.support.spectrum import AGENT_HZ, CALLER_HZ, HUMAN_HZ, Tape
from tests.support.stack import Json

NUMBER = "+15550109"
CANCELLED_WITHIN_S = 0.5
RINGS_WITHIN_S = 15.0
# The shop once more, with a voice that is a tone. It stays: other tests do not call it.
TONES = f"""
from django.core.management import call_command
from telephony.models import Persona, PhoneNumber, SipTrunk
from telephony.services.personas import publish_persona

shop = Persona.objects.get(name="Nordwind Outdoor")
fields = ("instructions", "greeting", "language", "turn_taking", "default_team", "operator_key")
values = {{name: getattr(shop, name) for name in fields}}
tones, _ = Persona.objects.update_or_create(
    name="Nordwind in tones", defaults=values | {{"voice_id": "tone-{AGENT_HZ}"}}
)
tones.tools.set(shop.tools.all())
tones.teams.set(shop.teams.all())
publish_persona(persona=tones)
PhoneNumber.objects.update_or_create(
    number="{NUMBER}",
    defaults={{
        "label": "Tones", "persona": tones, "active": True,
        "trunk": SipTrunk.objects.get(name="Local phones"),
    }},
)
call_command("sync_livekit")
"""
DEMO_TEAM = {"nobody": "return", "after_human": "end", "ask_every_s": 60}
TEAM = """
from telephony.models import HumanEndpoint, Team

Team.objects.filter(key="service").update(**{team})
HumanEndpoint.objects.update(available={available})
"""


@dataclass
class HandedOver:
    """Both ends of one hand-over; ``asked`` and ``rang`` are on the loop's clock, s.

    ``asked_ms``: the key's end, on the caller's tape.
    """

    caller: PhoneCall
    human: PhoneCall
    asked: float
    rang: float
    asked_ms: int


_prepared: set[str] = set()


async def prepare(stack: Json) -> None:
    """Make the number in tones, once a stack."""
    if stack["web"]["url"] not in _prepared:
        await set_up(stack, TONES)
        _prepared.add(stack["web"]["url"])


@asynccontextmanager
async def human_phone(stack: Json) -> AsyncIterator[Phone]:
    """The phone of the team's only human, listening."""
    where = stack["human"]
    async with await Phone.start(where["host"], where["port"], where["user"]) as phone:
        yield phone


async def ask_for_a_person(caller: PhoneCall) -> float:
    """Key 0, once the greeting is over; from then on the caller is a tone. The moment, s."""
    if not caller.tape.heard_segments():
        await caller.wait_for_speech(8)
    await caller.wait_for_silence(600)
    asked = asyncio.get_running_loop().time()
    await caller.dtmf("0")
    caller.hum(CALLER_HZ)
    return asked


@asynccontextmanager
async def service(stack: Json, *, available: bool = True, **team: object) -> AsyncIterator[None]:
    """The team's settings for calls that come while the block runs; the demo's own after it."""
    await set_up(stack, TEAM.format(available=available, team=DEMO_TEAM | team))
    try:
        yield
    finally:
        await set_up(stack, TEAM.format(available=True, team=DEMO_TEAM))


async def hand_over(caller: PhoneCall, human: Phone) -> HandedOver:
    """The caller asks; the human's phone rings, unanswered still."""
    asked = await ask_for_a_person(caller)
    asked_ms = caller.now_ms
    while True:
        ringing = await human.wait_for_call(RINGS_WITHIN_S)
        rang = asyncio.get_running_loop().time()
        ringing.ring()
        # An INVITE to the phone of an earlier case is sent again until somebody answers it, and
        # only then can it be cancelled (RFC 3261 9.1).
        await asyncio.sleep(CANCELLED_WITHIN_S)
        assert ringing.incoming is not None
        if not ringing.incoming.cancelled.is_set():
            return HandedOver(caller, ringing, asked, rang, asked_ms)


async def pick_up(both: HandedOver, after_s: float = 1.0) -> None:
    """The human answers as fast as hands are, and is a tone from the first packet on."""
    both.human.hum(HUMAN_HZ)
    await asyncio.sleep(after_s)
    await both.human.answer()


async def briefed(both: HandedOver, timeout_s: float = 25.0) -> None:
    """Until the human has heard the whole briefing."""
    await both.human.wait_for_speech(8)
    await both.human.wait_for_silence(1_500, timeout_s)


async def until_heard(call: PhoneCall, hz: int, timeout_s: float = 6.0) -> None:
    """Until the last 200 ms of what this side hears hold the tone. Raises TimeoutError."""
    async with asyncio.timeout(timeout_s):
        while not Tape(call.tape.heard[-3200:]).times(hz):
            await asyncio.sleep(0.02)
