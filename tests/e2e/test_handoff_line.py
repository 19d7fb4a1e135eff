"""Nobody is free: the caller waits on hold, goes on waiting or not, and is never left alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from agents.transfer.sentences import GO_ON_WAITING, GOING_ON, NEXT_IN_LINE
from deploy.local.phone import Phone, PhoneCall
from tests.e2e.conftest import PhoneMaker
from tests.support.handoff import (
    NUMBER,
    ask_for_a_person,
    human_phone,
    pick_up_call,
    prepare,
    rung,
    service,
    until_heard,
)
from tests.support.handoff_moments import in_a_message, in_line, together
from tests.support.handoff_run import longest_silence_on_hold_ms
from tests.support.leavings import messages_of, nothing_left
from tests.support.spectrum import AGENT_HZ, CALLER_HZ, HUMAN_HZ
from tests.support.stack import Api, Json, said

pytestmark = [pytest.mark.full, pytest.mark.timeout(150)]
Uri = Callable[[str], str]
# A machine that is taken away for a while makes gaps; a hold that is not there makes longer ones.
LONGEST_SILENCE_MS = 4_000


async def told(api: Api, caller: PhoneCall, sentence: str, times: int = 1) -> None:
    """Until the caller has heard it to its end."""
    await api.wait_for(
        caller.sip_call_id, lambda call: said(call, "agent").count(sentence) >= times, 45
    )


async def test_who_waits_is_told_their_place_goes_on_by_a_word_and_gets_who_becomes_free(
    stack: Json, new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    await prepare(stack)
    first, second = await new_phone(user="+15550171"), await new_phone(user="+15550172")
    async with service(stack, nobody="wait", ask_every_s=10), human_phone(stack) as desk:
        talking, waiting = await asyncio.gather(first.dial(uri(NUMBER)), second.dial(uri(NUMBER)))
        busy = await together(talking, desk)
        assert busy is not None
        await ask_for_a_person(waiting)
        waiting.hum(0)
        await told(api, waiting, NEXT_IN_LINE)
        await told(api, waiting, GO_ON_WAITING)
        await waiting.say("Yes.")
        await told(api, waiting, GOING_ON)
        await busy.hangup()
        human = await rung(desk)
        waiting.hum(CALLER_HZ)
        await pick_up_call(human)
        await until_heard(human, AGENT_HZ)
        await human.dtmf("1")
        await until_heard(human, CALLER_HZ)
        await until_heard(waiting, HUMAN_HZ)
        on_hold_ms = waiting.now_ms
        await human.hangup()
        await asyncio.wait_for(waiting.ended.wait(), 20)
        stored = await api.ended(waiting.sip_call_id)
        (transfer,) = stored["transfers"]
        assert "waiting" in [step["state"] for step in transfer["steps"]]
        assert transfer["state"] == "completed"
        for phone in (first, second):
            await nothing_left(stack, phone.user)
    assert longest_silence_on_hold_ms(waiting, on_hold_ms) <= LONGEST_SILENCE_MS


async def test_who_hangs_up_in_the_line_leaves_nothing_and_in_a_message_what_they_said(
    stack: Json, new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    await prepare(stack)
    first, second = await new_phone(user="+15550173"), await new_phone(user="+15550174")
    async with service(stack, nobody="wait", ask_every_s=10), human_phone(stack) as desk:
        await hung_up(first, desk, uri, api, in_line)
        await hung_up(second, desk, uri, api, in_a_message)
        for phone in (first, second):
            await nothing_left(stack, phone.user)
    assert messages_of(stack, first.user) == []
    *_, recording = messages_of(stack, second.user)
    assert recording.stat().st_size > 1_000


async def hung_up(
    phone: Phone,
    desk: Phone,
    uri: Uri,
    api: Api,
    until: Callable[[PhoneCall, Phone], Awaitable[PhoneCall | None]],
) -> None:
    caller = await phone.dial(uri(NUMBER))
    await until(caller, desk)
    await caller.hangup()
    stored = await api.ended(caller.sip_call_id)
    assert stored["ending"] == {"result": "caller", "reason": "caller_hung_up"}
    (transfer,) = stored["transfers"]
    assert transfer["state"] == "caller_gone"
    assert "waiting" in [step["state"] for step in transfer["steps"]]
