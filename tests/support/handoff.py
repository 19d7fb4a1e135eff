"""A caller who asks for a person by key, and the person: both phones of a hand-over.

The shop's agent speaks as a tone on a number of its own (``Lane``), so that the tapes tell who was
heard; the hold music is a tone by the stack's HOLD_MUSIC_FILE.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

from deploy.local.phone import Phone, PhoneCall
from tests.support.faults import set_up
from tests.support.spectrum import AGENT_HZ, CALLER_HZ, HUMAN_HZ, Tape
from tests.support.stack import Json

NUMBER = "+15550109"
CANCELLED_WITHIN_S = 0.5
RINGS_WITHIN_S = 15.0
RINGS_FOR_S = 6  # of the humans beside


@dataclass(frozen=True)
class Lane:
    """A number whose agent, caller and human are tones of their own. ``address``: the SIP URI of
    its own team's only human; empty, it is the demo's team."""

    number: str = NUMBER
    caller_hz: int = CALLER_HZ
    human_hz: int = HUMAN_HZ
    agent_hz: int = AGENT_HZ
    address: str = ""


TONES = Lane()
# Hand-overs at the same time: far enough from each other that the edge of a tone, which a codec
# smears, is no other tone; none is an odd harmonic of another.
BESIDE = (
    Lane("+15550107", caller_hz=1500, human_hz=1740, agent_hz=2080),
    Lane("+15550108", caller_hz=2420, human_hz=2720, agent_hz=3000),
)
# The shop once more for each lane, with a voice that is a tone. They stay: other tests do not call
# them, and who is in their teams is in no other.
NUMBERS = """
from django.core.management import call_command
from telephony.models import HumanEndpoint, Persona, PhoneNumber, SipTrunk, Team, TeamMember
from telephony.services.personas import publish_persona

shop = Persona.objects.get(name="Nordwind Outdoor")
fields = ("instructions", "greeting", "language", "turn_taking", "operator_key")
for number, hz, address in {lanes}:
    team = shop.default_team
    if address:
        team, _ = Team.objects.update_or_create(key=f"tones_{{hz}}", name=f"Tones, {{hz}} Hz")
        human, _ = HumanEndpoint.objects.update_or_create(
            name=f"Desk, {{hz}} Hz", defaults={{"address": address, "trunk": None}}
        )
        TeamMember.objects.update_or_create(
            team=team, endpoint=human, defaults={{"ring_s": {ring_s}}}
        )
    values = {{name: getattr(shop, name) for name in fields}}
    tones, _ = Persona.objects.update_or_create(
        name=f"Nordwind in tones, {{hz}} Hz",
        defaults=values | {{"voice_id": f"tone-{{hz}}", "default_team": team}},
    )
    tones.tools.set(shop.tools.all())
    tones.teams.set([team])
    publish_persona(persona=tones)
    PhoneNumber.objects.update_or_create(
        number=number,
        defaults={{
            "label": f"Tones, {{hz}} Hz", "persona": tones, "active": True,
            "trunk": SipTrunk.objects.get(name="Local phones"),
        }},
    )
call_command("sync_livekit")
"""
DEMO_TEAM = {"nobody": "return", "after_human": "end", "ask_every_s": 60}
TEAM = """
from telephony.models import HumanEndpoint, Team

Team.objects.update(**{team})
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
    lane: Lane = TONES


_prepared: set[str] = set()


async def prepare(stack: Json) -> None:
    """Make the number in tones, once a stack."""
    if stack["web"]["url"] not in _prepared:
        await _make(stack, TONES)
        _prepared.add(stack["web"]["url"])


async def prepare_beside(stack: Json, humans: Sequence[Phone]) -> list[Lane]:
    """And a number more for each of these telephones."""
    lanes = [replace(lane, address=human.uri) for lane, human in zip(BESIDE, humans, strict=True)]
    await _make(stack, TONES, *lanes)
    _prepared.add(stack["web"]["url"])
    return lanes


async def _make(stack: Json, *lanes: Lane) -> None:
    rows = [(lane.number, lane.agent_hz, lane.address) for lane in lanes]
    await set_up(stack, NUMBERS.format(lanes=rows, ring_s=RINGS_FOR_S))


@asynccontextmanager
async def human_phone(stack: Json) -> AsyncIterator[Phone]:
    """The phone of the team's only human, listening."""
    where = stack["human"]
    async with await Phone.start(where["host"], where["port"], where["user"]) as phone:
        yield phone


async def ask_for_a_person(caller: PhoneCall, hz: int = CALLER_HZ) -> float:
    """Key 0, once the greeting is over; from then on the caller is a tone. The moment, s."""
    if not caller.tape.heard_segments():
        await caller.wait_for_speech(8)
    await caller.wait_for_silence(600)
    asked = asyncio.get_running_loop().time()
    await caller.dtmf("0")
    caller.hum(hz)
    return asked


@asynccontextmanager
async def service(stack: Json, *, available: bool = True, **team: object) -> AsyncIterator[None]:
    """The teams' settings for calls that come while the block runs; the demo's own after it."""
    await set_up(stack, TEAM.format(available=available, team=DEMO_TEAM | team))
    try:
        yield
    finally:
        await set_up(stack, TEAM.format(available=True, team=DEMO_TEAM))


async def hand_over(caller: PhoneCall, human: Phone, lane: Lane = TONES) -> HandedOver:
    """The caller asks; the human's phone rings, unanswered still."""
    asked = await ask_for_a_person(caller, lane.caller_hz)
    asked_ms = caller.now_ms
    ringing = await human.wait_for_call(RINGS_WITHIN_S)
    rang = asyncio.get_running_loop().time()
    if not await _rings(ringing):
        ringing = await rung(human)
        rang = asyncio.get_running_loop().time()
    return HandedOver(caller, ringing, asked, rang, asked_ms, lane)


async def rung(human: Phone, within_s: float = RINGS_WITHIN_S) -> PhoneCall:
    """The human's phone rings, unanswered still. Raises TimeoutError."""
    while True:
        ringing = await human.wait_for_call(within_s)
        if await _rings(ringing):
            return ringing


async def _rings(ringing: PhoneCall) -> bool:
    """False: an INVITE to the phone of an earlier case is sent again until somebody answers it, and
    only then can it be cancelled (RFC 3261 9.1)."""
    ringing.ring()
    await asyncio.sleep(CANCELLED_WITHIN_S)
    assert ringing.incoming is not None
    return not ringing.incoming.cancelled.is_set()


async def pick_up(both: HandedOver, after_s: float = 1.0) -> None:
    await pick_up_call(both.human, both.lane.human_hz, after_s)


async def pick_up_call(human: PhoneCall, hz: int = HUMAN_HZ, after_s: float = 1.0) -> None:
    """The human answers as fast as hands are, and is a tone from the first packet on."""
    human.hum(hz)
    await asyncio.sleep(after_s)
    await human.answer()


async def briefed(both: HandedOver, timeout_s: float = 25.0) -> None:
    """Until the human has heard the whole briefing."""
    await both.human.wait_for_speech(8)
    await both.human.wait_for_silence(1_500, timeout_s)


async def until_heard(call: PhoneCall, hz: int, timeout_s: float = 6.0) -> None:
    """Until the last 200 ms of what this side hears hold the tone. Raises TimeoutError."""
    async with asyncio.timeout(timeout_s):
        while not Tape(call.tape.heard[-3200:]).times(hz):
            await asyncio.sleep(0.02)
