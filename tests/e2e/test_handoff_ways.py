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
from tests.e2e.test_handoff_faults import states_of
from tests.support.faults import set_up, spool_of, stopped
from tests.support.handoff import (
    NUMBER,
    Lane,
    ask_for_a_person,
    hand_over,
    human_phone,
    pick_up,
    pick_up_call,
    prepare,
    rung,
    service,
    until_heard,
)
from tests.support.handoff_moments import BEEP_HZ, let_go, together
from tests.support.handoff_pairs import Pair
from tests.support.handoff_run import no_leak, unless_leaked
from tests.support.leavings import messages_of, no_human_left, nothing_left
from tests.support.spectrum import AGENT_HZ, CALLER_HZ, HUMAN_HZ, Tape
from tests.support.stack import Api, Json

pytestmark = [pytest.mark.full, pytest.mark.timeout(150)]
Uri = Callable[[str], str]
Away = Callable[[Json], AbstractAsyncContextManager[None]]
# From the second key to the cut, of the track and of what is still on its way.
PARTED_WITHIN_MS = 600
STORED_WITHIN_S = 40.0


ASKED = """
from telephony.enums import CallCommand
from telephony.models import Call
from telephony.services.commands import command_transfer, hand_over

call = Call.objects.get(pk="{call}")
transfer = call.transfers.open().first()
"""
HAND_OVER = ASKED + 'hand_over(call=call, team_key="service")'
CANCEL = ASKED + "command_transfer(transfer=transfer, command=CallCommand.CANCEL_TRANSFER)"
TAKE_BACK = ASKED + "command_transfer(transfer=transfer, command=CallCommand.TAKE_BACK)"
MEMBER = """
from telephony.models import HumanEndpoint, Team, TeamMember

team = Team.objects.get(key="tones_{team}")
human = HumanEndpoint.objects.get(name="Desk, {human} Hz")
TeamMember.objects.filter(team=team, endpoint=human).delete()
if {there}:
    TeamMember.objects.create(team=team, endpoint=human, priority=2)
"""


@contextlib.asynccontextmanager
async def second_human(stack: Json, team: Lane, human: Lane) -> AsyncIterator[None]:
    """The human of one lane's team is rung second in the other's."""
    lanes = {"team": team.agent_hz, "human": human.agent_hz}
    await set_up(stack, MEMBER.format(there=True, **lanes))
    try:
        yield
    finally:
        await set_up(stack, MEMBER.format(there=False, **lanes))


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


@pytest.mark.parametrize(
    "away", [pytest.param(database_away, marks=pytest.mark.alone), redis_hangs]
)
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
    *_, recording = messages_of(stack, user)
    assert recording.stat().st_size > 1_000


async def test_a_caller_whose_human_hangs_up_is_with_the_agent_again_where_the_team_wants_it(
    stack: Json, new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    await prepare(stack)
    user = "+15550195"
    phone = await new_phone(user=user)
    async with service(stack, after_human="return"), human_phone(stack) as desk:
        caller = await phone.dial(uri(NUMBER))
        human = await together(caller, desk)
        assert human is not None
        caller.hum(0)
        await human.hangup()
        await until_heard(caller, AGENT_HZ, 8)
        await caller.wait_for_silence(1_000, 15)
        await caller.say("When are you open?")
        await until_heard(caller, AGENT_HZ, 8)
        await caller.hangup()
        stored = await api.ended(caller.sip_call_id)
        assert [t["state"] for t in stored["transfers"]] == ["completed"]
        assert stored["ending"] == {"result": "caller", "reason": "caller_hung_up"}
        await nothing_left(stack, user)


async def test_a_supervisor_hands_a_caller_over_gives_it_up_and_takes_them_back(
    stack: Json, new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    await prepare(stack)
    user = "+15550196"
    phone = await new_phone(user=user)
    async with human_phone(stack) as desk:
        caller = await phone.dial(uri(NUMBER))
        await caller.wait_for_speech(8)
        await caller.wait_for_silence(600)
        call = (await api.wait_for(caller.sip_call_id, lambda call: call["answered_at"]))["id"]
        await set_up(stack, HAND_OVER.format(call=call))
        human = await rung(desk)
        await set_up(stack, CANCEL.format(call=call))
        await let_go(human)
        await until_heard(caller, AGENT_HZ, 8)
        await caller.wait_for_silence(1_000, 15)
        await set_up(stack, HAND_OVER.format(call=call))
        human = await rung(desk)
        caller.hum(CALLER_HZ)
        await pick_up_call(human)
        await until_heard(human, AGENT_HZ)
        await human.dtmf("1")
        await until_heard(human, CALLER_HZ)
        await until_heard(caller, HUMAN_HZ)
        await set_up(stack, TAKE_BACK.format(call=call))
        await let_go(human)
        await until_heard(caller, AGENT_HZ, 8)
        await caller.hangup()
        stored = await api.ended(caller.sip_call_id)
        told = sorted((t["cause"], t["state"]) for t in stored["transfers"])
        assert told == [("supervisor", "cancelled"), ("supervisor", "given_back")]
        await nothing_left(stack, user)


@pytest.mark.flaky(reruns=1, condition=unless_leaked)
async def test_of_two_humans_who_are_rung_neither_hears_the_other(
    stack: Json, pairs: list[Pair], uri: Uri, api: Api
) -> None:
    _, pair, other = pairs
    lane, second_hz = pair.lane, other.lane.human_hz
    async with second_human(stack, lane, other.lane):
        caller = await pair.caller.dial(uri(lane.number))
        both = await hand_over(caller, pair.human, lane)
        await pick_up(both)
        await until_heard(both.human, lane.agent_hz)
        await both.human.dtmf("2")  # and does not hang up
        second = await rung(other.human)
        assert both.human.ended.is_set(), "the first is out before the second is dialled"
        await pick_up_call(second, second_hz)
        await until_heard(second, lane.agent_hz)
        await second.dtmf("1")
        await until_heard(second, lane.caller_hz)
        await until_heard(caller, second_hz)
        await second.hangup()
        await asyncio.wait_for(caller.ended.wait(), 20)
        stored = await api.ended(caller.sip_call_id)
        assert [t["state"] for t in stored["transfers"]] == ["completed"]
        assert "declined" in states_of(stored)
        await nothing_left(stack, pair.caller.user)
    heard = {
        "the first heard the second": Tape(both.human.tape.heard).times(second_hz),
        "the first heard the caller": Tape(both.human.tape.heard).times(lane.caller_hz),
        "the second heard the first": Tape(second.tape.heard).times(lane.human_hz),
        "the caller heard the first": Tape(caller.tape.heard).times(lane.human_hz),
    }
    no_leak([f"{who}, {times[:5]} ms" for who, times in heard.items() if times])
