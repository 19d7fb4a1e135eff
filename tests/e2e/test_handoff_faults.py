"""A hand-over that does not come about: each way has its name, and leaves nothing behind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from deploy.local.phone import Phone, PhoneCall
from tests.e2e.conftest import PhoneMaker
from tests.support.handoff import (
    NUMBER,
    HandedOver,
    ask_for_a_person,
    briefed,
    hand_over,
    human_phone,
    pick_up,
    prepare,
    until_heard,
)
from tests.support.handoff_run import (
    kept_apart,
    no_leak,
    silence_on_hold_ms,
    unless_leaked,
)
from tests.support.leavings import no_human_left, nothing_left
from tests.support.spectrum import AGENT_HZ, CALLER_HZ, HOLD_HZ, HUMAN_HZ
from tests.support.stack import Api, Json

pytestmark = [pytest.mark.full, pytest.mark.timeout(150)]
Uri = Callable[[str], str]
Way = Callable[[HandedOver], Awaitable[None]]
GREETING = (
    "You have reached the voicemail of the service desk. Please leave a message after the tone."
)
STORED_WITHIN_S = 20.0
# A machine that is taken away for a while makes gaps; a hold that is not there makes longer ones.
LONGEST_SILENCE_MS = 4_000


def states_of(stored: Json) -> list[str]:
    return [step["state"] for transfer in stored["transfers"] for step in transfer["steps"]]


async def is_back_with_the_agent(api: Api, caller: PhoneCall, how: str, within_s: float) -> Json:
    """The transfer took that turn and the caller talks with the agent again: never silence."""
    stored = await api.wait_for(
        caller.sip_call_id,
        lambda call: call["transfers"] and call["transfers"][0]["state"] == "returned",
        within_s,
    )
    assert how in states_of(stored), stored["transfers"]
    assert stored["ending"] is None
    await until_heard(caller, AGENT_HZ, 8)
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
    both.human.hum(HUMAN_HZ)
    await both.human.sleep(40)


def refuses(status: int) -> Way:
    return lambda both: refused(both, status)


@pytest.mark.parametrize(
    ("way", "how", "sip_status"),
    [
        pytest.param(refuses(486), "busy", 486, id="busy"),
        pytest.param(refuses(603), "declined", 603, id="declined"),
        pytest.param(refuses(480), "no_answer", 480, id="unavailable"),
        pytest.param(refuses(404), "unreachable", 404, id="wrong number"),
        pytest.param(refuses(503), "unreachable", 503, id="trunk out of service"),
        pytest.param(not_answered, "no_answer", None, id="no answer"),
        pytest.param(hangs_up_at_once, "human_gone", 200, id="hangs up"),
        pytest.param(presses_two, "declined", 200, id="key 2"),
        pytest.param(says_nothing, "voicemail", 200, id="says nothing"),
        pytest.param(is_a_voicemail, "voicemail", 200, id="voicemail"),
    ],
)
@pytest.mark.flaky(reruns=1, condition=unless_leaked)
async def test_a_human_who_does_not_take_the_call_brings_the_caller_back_to_the_agent(
    stack: Json,
    new_phone: PhoneMaker,
    uri: Uri,
    api: Api,
    way: Way,
    how: str,
    sip_status: int | None,
) -> None:
    await prepare(stack)
    user = "+15550182"
    phone = await new_phone(user=user)
    async with human_phone(stack) as human:
        caller = await phone.dial(uri(NUMBER))
        both = await hand_over(caller, human)
        doing = asyncio.create_task(way(both))
        stored = await is_back_with_the_agent(api, caller, how, 60)
        doing.cancel()
        if sip_status is not None:
            told = [step["sip_status"] for step in stored["transfers"][0]["steps"]]
            assert sip_status in told
        await no_human_left(stack, user)
        await caller.hangup()
        await asyncio.gather(doing, return_exceptions=True)
        assert (await api.ended(caller.sip_call_id))["ending"]["reason"] == "caller_hung_up"
        await nothing_left(stack, user)
    # Only now: the phones are in this process, and reading a tape takes them a second.
    no_leak(kept_apart(both))
    assert silence_on_hold_ms(both) <= LONGEST_SILENCE_MS


async def test_a_human_whose_phone_is_not_there_is_unreachable(
    stack: Json, new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    await prepare(stack)
    phone = await new_phone(user="+15550183")
    caller = await phone.dial(uri(NUMBER))
    await ask_for_a_person(caller)
    await until_heard(caller, HOLD_HZ, 10)
    await is_back_with_the_agent(api, caller, "unreachable", 45)
    await caller.hangup()
    await nothing_left(stack, "+15550183")


async def while_announced(caller: PhoneCall, _human: Phone) -> PhoneCall | None:
    await ask_for_a_person(caller)
    await until_heard(caller, AGENT_HZ)
    return None


async def while_it_rings(caller: PhoneCall, human: Phone) -> PhoneCall | None:
    return (await hand_over(caller, human)).human


async def while_briefed(caller: PhoneCall, human: Phone) -> PhoneCall | None:
    both = await hand_over(caller, human)
    await pick_up(both)
    await until_heard(both.human, AGENT_HZ)
    return both.human


async def together(caller: PhoneCall, human: Phone) -> PhoneCall | None:
    both = await hand_over(caller, human)
    await pick_up(both)
    await briefed(both)
    await both.human.dtmf("1")
    await until_heard(both.human, CALLER_HZ)
    await until_heard(caller, HUMAN_HZ)
    return both.human


async def as_they_accept(caller: PhoneCall, human: Phone) -> PhoneCall | None:
    both = await hand_over(caller, human)
    await pick_up(both)
    await briefed(both)
    asyncio.get_running_loop().call_later(0.05, lambda: asyncio.ensure_future(caller.hangup()))
    await both.human.dtmf("1")
    return both.human


@pytest.mark.parametrize(
    ("until", "state"),
    [
        (while_announced, {"caller_gone"}),
        (while_it_rings, {"caller_gone"}),
        (while_briefed, {"caller_gone"}),
        (as_they_accept, {"caller_gone", "completed"}),
        (together, {"completed"}),
    ],
)
async def test_a_caller_who_hangs_up_meanwhile_lets_the_human_go(
    stack: Json,
    new_phone: PhoneMaker,
    uri: Uri,
    api: Api,
    until: Callable[[PhoneCall, Phone], Awaitable[PhoneCall | None]],
    state: set[str],
) -> None:
    await prepare(stack)
    user = "+15550184"
    phone = await new_phone(user=user)
    async with human_phone(stack) as human:
        caller = await phone.dial(uri(NUMBER))
        at_the_desk = await until(caller, human)
        await caller.hangup()
        stored = await api.ended(caller.sip_call_id, STORED_WITHIN_S)
        assert stored["ending"] == {"result": "caller", "reason": "caller_hung_up"}
        assert stored["transfers"][0]["state"] in state
        if at_the_desk is not None:
            await let_go(at_the_desk)
        await nothing_left(stack, user)


async def let_go(call: PhoneCall, within_s: float = 10.0) -> None:
    """Its ringing stops or its call ends, by itself. Raises TimeoutError."""
    assert call.incoming is not None
    ends = [call.incoming.cancelled.wait(), call.ended.wait()]
    tasks = [asyncio.ensure_future(end) for end in ends]
    done, pending = await asyncio.wait(tasks, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    assert done, "the human's phone was not let go"


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
