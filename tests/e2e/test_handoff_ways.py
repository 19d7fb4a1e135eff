"""Hand-overs that take another way than the plain one, and some while a server is away."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager

import pytest

from deploy.local.phone import Phone, PhoneCall
from tests.e2e.conftest import PhoneMaker
from tests.e2e.test_faults_around import database_away, missing
from tests.e2e.test_handoff_faults import let_go, states_of, together
from tests.support.faults import spool_of, stopped
from tests.support.handoff import (
    NUMBER,
    ask_for_a_person,
    hand_over,
    human_phone,
    prepare,
    service,
    until_heard,
)
from tests.support.handoff_run import no_leak, unless_leaked
from tests.support.leavings import no_human_left, nothing_left
from tests.support.spectrum import AGENT_HZ, CALLER_HZ, HUMAN_HZ, Tape
from tests.support.stack import Api, Json

pytestmark = [pytest.mark.full, pytest.mark.timeout(150)]
Uri = Callable[[str], str]
Away = Callable[[Json], AbstractAsyncContextManager[None]]
# From the second key to the cut, of the track and of what is still on its way.
PARTED_WITHIN_MS = 600
STORED_WITHIN_S = 40.0
BEEP_HZ = 440  # agents/transfer/message.py


@contextlib.asynccontextmanager
async def redis_hangs(stack: Json) -> AsyncIterator[None]:
    if "redis" not in stack["pids"]:
        missing("TEST_REDIS_PID")
    with stopped(int(stack["pids"].get("redis") or os.environ["TEST_REDIS_PID"])):
        yield


async def accepted_by_a_word(caller: PhoneCall, phone: Phone) -> PhoneCall:
    """The human says yes, and the two talk."""
    human = (await hand_over(caller, phone)).human
    await human.answer()
    await human.wait_for_speech(8)
    await human.wait_for_silence(1_500, 25)
    await human.say("Yes.")
    await until_heard(human, CALLER_HZ)
    human.hum(HUMAN_HZ)  # not before: the word would not end
    await until_heard(caller, HUMAN_HZ)
    return human


@pytest.mark.flaky(reruns=1, condition=unless_leaked)
async def test_a_human_who_gives_the_caller_back_hears_no_more_of_them(
    stack: Json, new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    await prepare(stack)
    user = "+15550191"
    phone = await new_phone(user=user)
    async with human_phone(stack) as desk:
        caller = await phone.dial(uri(NUMBER))
        human = await together(caller, desk)
        assert human is not None
        await human.dtmf("*9")
        at_caller_ms = caller.now_ms + PARTED_WITHIN_MS
        at_human_ms = human.now_ms + PARTED_WITHIN_MS
        await until_heard(caller, AGENT_HZ, 8)
        await let_go(human)
        stored = await api.wait_for(
            caller.sip_call_id, lambda call: states_of(call)[-1:] == ["given_back"]
        )
        assert stored["ending"] is None
        await no_human_left(stack, user)
        await caller.wait_for_silence(1_000, 15)
        caller.hum(0)
        await caller.say("When are you open?")
        await until_heard(caller, AGENT_HZ, 8)
        await caller.hangup()
        assert (await api.ended(caller.sip_call_id))["ending"]["reason"] == "caller_hung_up"
        await nothing_left(stack, user)
    no_leak([f"human, {t} ms" for t in Tape(human.tape.heard).times(CALLER_HZ, at_human_ms)])
    no_leak([f"caller, {t} ms" for t in Tape(caller.tape.heard).times(HUMAN_HZ, at_caller_ms)])


@pytest.mark.parametrize("away", [database_away, redis_hangs])
async def test_a_caller_comes_to_a_human_all_the_same_while_it_is_away(
    stack: Json, new_phone: PhoneMaker, uri: Uri, api: Api, away: Away
) -> None:
    await prepare(stack)
    user = "+15550192"
    phone = await new_phone(user=user)
    async with human_phone(stack) as desk:
        caller = await phone.dial(uri(NUMBER))
        await caller.wait_for_speech(8)
        async with away(stack):
            human = await together(caller, desk)
            assert human is not None
            await human.hangup()
            await asyncio.wait_for(caller.ended.wait(), 15)
        stored = await api.ended(caller.sip_call_id, STORED_WITHIN_S)
        assert stored["ending"] == {"result": "success", "reason": "human_hung_up"}
        assert [t["state"] for t in stored["transfers"]] == ["completed"]
        await nothing_left(stack, user)
    assert list(spool_of(stack).glob("*")) == []


async def test_a_human_takes_the_call_by_a_word_and_the_caller_rates_it_by_a_key(
    stack: Json, new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    await prepare(stack)
    user = "+15550193"
    phone = await new_phone(user=user)
    async with service(stack, after_human="rating"), human_phone(stack) as desk:
        caller = await phone.dial(uri(NUMBER))
        human = await accepted_by_a_word(caller, desk)
        await human.hangup()
        await until_heard(caller, AGENT_HZ, 8)
        await caller.dtmf("4")
        await asyncio.wait_for(caller.ended.wait(), 20)
        stored = await api.ended(caller.sip_call_id)
        assert [(t["state"], t["rating"]) for t in stored["transfers"]] == [("completed", 4)]
        assert stored["ending"] == {"result": "success", "reason": "human_hung_up"}
        await nothing_left(stack, user)


async def test_a_caller_for_whom_nobody_is_at_work_leaves_a_message(
    stack: Json, new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    await prepare(stack)
    user = "+15550194"
    phone = await new_phone(user=user)
    async with service(stack, available=False, nobody="wait"):
        caller = await phone.dial(uri(NUMBER))
        await ask_for_a_person(caller)
        caller.hum(0)
        async with asyncio.timeout(40):
            while not Tape(caller.tape.heard).times(BEEP_HZ):
                await caller.sleep(0.5)
        await caller.say("My parcel has still not arrived.")
        await caller.dtmf("#")
        await asyncio.wait_for(caller.ended.wait(), 20)
        stored = await api.ended(caller.sip_call_id)
        assert "waiting" not in states_of(stored)
        assert states_of(stored)[-1] == "message_left"
        assert stored["ending"]["reason"] == "message_left"
        await nothing_left(stack, user)
