"""A hand-over that does not come about: each way has its name, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from deploy.local.phone import Phone, PhoneCall
from tests.e2e.conftest import PhoneMaker
from tests.support.handoff import (
    NUMBER,
    TONES,
    HandedOver,
    Lane,
    briefed,
    hand_over,
    human_phone,
    pick_up,
    prepare,
    until_heard,
)
from tests.support.handoff_moments import (
    as_they_accept,
    let_go,
    together,
    while_announced,
    while_briefed,
    while_it_rings,
)
from tests.support.handoff_pairs import Pair
from tests.support.handoff_run import kept_apart, no_leak, silence_on_hold_ms, unless_leaked
from tests.support.leavings import no_human_left, nothing_left
from tests.support.spectrum import HUMAN_HZ
from tests.support.stack import Api, Json

pytestmark = [pytest.mark.full, pytest.mark.timeout(150)]
Uri = Callable[[str], str]
Moment = Callable[[PhoneCall, Phone, Lane], Awaitable[PhoneCall | None]]
GREETING = (
    "You have reached the voicemail of the service desk. Please leave a message after the tone."
)
STORED_WITHIN_S = 20.0
# A machine that is taken away for a while makes gaps; a hold that is not there makes longer ones.
LONGEST_SILENCE_MS = 4_000


def states_of(stored: Json) -> list[str]:
    return [step["state"] for transfer in stored["transfers"] for step in transfer["steps"]]


async def is_back_with_the_agent(
    api: Api, caller: PhoneCall, how: str, within_s: float, lane: Lane = TONES
) -> Json:
    """The transfer took that turn and the caller talks with the agent again: never silence."""
    stored = await api.wait_for(
        caller.sip_call_id,
        lambda call: call["transfers"] and call["transfers"][0]["state"] == "returned",
        within_s,
    )
    assert how in states_of(stored), stored["transfers"]
    assert stored["ending"] is None
    await until_heard(caller, lane.agent_hz, 8)
    return stored


async def refused(both: HandedOver, status: int) -> None:
    await both.human.refuse(status)


async def not_answered(both: HandedOver) -> None:
    assert both.human.incoming is not None
    await asyncio.wait_for(both.human.incoming.cancelled.wait(), 30)


async def hangs_up_at_once(both: HandedOver) -> None:
    await pick_up(both)
    await both.human.sleep(0.5)
    await both.human.hangup()


async def presses_two(both: HandedOver) -> None:
    await pick_up(both)
    await briefed(both)
    await both.human.dtmf("2")


async def says_nothing(both: HandedOver) -> None:
    await pick_up(both)
    await both.human.sleep(40)


async def is_a_voicemail(both: HandedOver) -> None:
    await both.human.answer()
    await both.human.say(GREETING, voice="en-us+f3")
    both.human.hum(both.lane.human_hz)
    await both.human.sleep(40)


def refuses(status: int) -> Callable[[HandedOver], Awaitable[None]]:
    return lambda both: refused(both, status)


@dataclass(frozen=True)
class Way:
    """What the human does, the transfer's step that says so, and the SIP status beside it."""

    human: Callable[[HandedOver], Awaitable[None]]
    how: str
    sip_status: int | None


WAYS = {
    "busy": Way(refuses(486), "busy", 486),
    "declined": Way(refuses(603), "declined", 603),
    "unavailable": Way(refuses(480), "no_answer", 480),
    "wrong number": Way(refuses(404), "unreachable", 404),
    "out of service": Way(refuses(503), "unreachable", 503),
    "no answer": Way(not_answered, "no_answer", None),
    "hangs up": Way(hangs_up_at_once, "human_gone", 200),
    "key 2": Way(presses_two, "declined", 200),
    "says nothing": Way(says_nothing, "voicemail", 200),
    "voicemail": Way(is_a_voicemail, "voicemail", 200),
}


@pytest.mark.parametrize(
    "names",
    [
        ("busy", "declined", "unavailable"),
        ("wrong number", "out of service", "no answer"),
        ("key 2", "hangs up"),
        ("says nothing", "voicemail"),
    ],
    ids=", ".join,
)
@pytest.mark.flaky(reruns=1, condition=unless_leaked)
async def test_a_human_who_does_not_take_the_call_brings_the_caller_back_to_the_agent(
    stack: Json, pairs: list[Pair], uri: Uri, api: Api, names: tuple[str, ...]
) -> None:
    ways = [WAYS[name] for name in names]
    taking = zip(ways, pairs, strict=False)
    ended = await asyncio.gather(*(not_taken(stack, pair, uri, api, way) for way, pair in taking))
    for pair in pairs:
        await nothing_left(stack, pair.caller.user)
    # Only now: the phones are in this process, and reading a tape takes them a second.
    for both in ended:
        no_leak(kept_apart(both))
        assert silence_on_hold_ms(both) <= LONGEST_SILENCE_MS


async def not_taken(stack: Json, pair: Pair, uri: Uri, api: Api, way: Way) -> HandedOver:
    """The caller comes back to the agent, no human is left with them, and they hang up."""
    caller = await pair.caller.dial(uri(pair.lane.number))
    both = await hand_over(caller, pair.human, pair.lane)
    doing = asyncio.create_task(way.human(both))
    stored = await is_back_with_the_agent(api, caller, way.how, 60, pair.lane)
    doing.cancel()
    if way.sip_status is not None:
        told = [step["sip_status"] for step in stored["transfers"][0]["steps"]]
        assert way.sip_status in told
    await no_human_left(stack, pair.caller.user)
    if way.sip_status in (None, 200):
        await let_go(both.human)
    await caller.hangup()
    await asyncio.gather(doing, return_exceptions=True)
    assert (await api.ended(caller.sip_call_id))["ending"]["reason"] == "caller_hung_up"
    return both


GONE = {"caller_gone"}


@pytest.mark.parametrize(
    "moments",
    [
        [(while_announced, GONE), (while_it_rings, GONE), (while_briefed, GONE)],
        [(as_they_accept, {"caller_gone", "completed"}), (together, {"completed"})],
    ],
)
async def test_a_caller_who_hangs_up_meanwhile_lets_the_human_go(
    stack: Json,
    pairs: list[Pair],
    uri: Uri,
    api: Api,
    moments: list[tuple[Moment, set[str]]],
) -> None:
    going = zip(pairs, moments, strict=False)
    await asyncio.gather(*(hung_up(pair, uri, api, *moment) for pair, moment in going))
    for pair in pairs:
        await nothing_left(stack, pair.caller.user)


async def hung_up(pair: Pair, uri: Uri, api: Api, until: Moment, states: set[str]) -> None:
    caller = await pair.caller.dial(uri(pair.lane.number))
    at_the_desk = await until(caller, pair.human, pair.lane)
    await caller.hangup()
    stored = await api.ended(caller.sip_call_id, STORED_WITHIN_S)
    assert stored["ending"] == {"result": "caller", "reason": "caller_hung_up"}
    assert stored["transfers"][0]["state"] in states
    if at_the_desk is not None:
        await let_go(at_the_desk)


async def test_asking_again_on_hold_begins_no_second_transfer(
    stack: Json, new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    await prepare(stack)
    phone = await new_phone(user="+15550185")
    async with human_phone(stack) as human:
        caller = await phone.dial(uri(NUMBER))
        both = await hand_over(caller, human)
        caller.hum(0)
        await caller.dtmf("00")
        await caller.say("Connect me now.")
        await pick_up(both)
        await briefed(both)
        await both.human.dtmf("1")
        await until_heard(caller, HUMAN_HZ)
        with pytest.raises(TimeoutError):
            await human.wait_for_call(1)
        await both.human.hangup()
        stored = await api.ended(caller.sip_call_id, STORED_WITHIN_S)
        assert [t["state"] for t in stored["transfers"]] == ["completed"]
        await nothing_left(stack, "+15550185")
