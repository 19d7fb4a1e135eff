"""Workers that die, come late, or race: the caller is not left alone, and the call is one call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import pytest
from livekit import api as livekit_api

from deploy.local.phone import CallFailed, PhoneCall
from tests.e2e.conftest import PhoneMaker
from tests.support.faults import (
    another_worker,
    calls_from,
    kill_tree,
    livekit,
    room_of,
    set_up,
    stopped,
    worker_pid,
)
from tests.support.order_call import asks_for_the_order
from tests.support.rooms import rooms_of
from tests.support.stack import Api, Json, said

pytestmark = [pytest.mark.full, pytest.mark.timeout(180)]
Uri = Callable[[str], str]
GREETING = "Welcome to Nordwind Outdoor. How can I help you?"
LOST = "I'm sorry, I lost you"


def kinds(stored: Json) -> list[str]:
    return [event["kind"] for event in stored["events"]]


async def test_a_worker_killed_while_the_caller_speaks_loses_nothing_that_was_said_before(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    phone = await new_phone(user="+15550301")
    call = await phone.dial(uri("shop"))
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    await asks_for_the_order(call)
    async with another_worker(stack):
        await asyncio.gather(call.say("Hello, where is my order"), killed_after(1, stack))
        await goes_on_with_another(call)
        await call.hangup()
        stored = await api.ended(call.sip_call_id)

    assert_went_on_with_another(stored)
    before, after = at_the_loss(stored)
    # The words that the worker died in are lost, and no others.
    greeting, question, *answer = before
    assert (greeting["text"], question["speaker"]) == (GREETING, "caller")
    assert {turn["speaker"] for turn in answer} == {"agent"}
    assert any("Tuesday" in turn["text"] for turn in answer)
    assert any("Tuesday" in turn["text"] for turn in after)
    assert [tool["outcome"] for tool in stored["tool_calls"]] == ["ok", "ok"]
    await rooms_of(stack, "+15550301", count=0)


async def test_a_worker_killed_while_the_agent_speaks_loses_at_most_that_sentence(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    phone = await new_phone(user="+15550306")
    call = await phone.dial(uri("shop"))
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    async with another_worker(stack):
        await call.say("Hello, where is my order four two seven one?")
        await call.wait_for_speech(10)
        await killed_after(0.8, stack)
        await goes_on_with_another(call)
        await call.hangup()
        stored = await api.ended(call.sip_call_id)

    assert_went_on_with_another(stored)
    before, after = at_the_loss(stored)
    greeting, question, *answer = before
    assert (greeting["text"], question["speaker"]) == (GREETING, "caller")
    assert len(answer) <= 1, "what was heard of it, if anything"
    assert any("Tuesday" in turn["text"] for turn in after)
    assert stored["tool_calls"][0]["outcome"] == "ok", "its answer is known: it was being spoken"
    await rooms_of(stack, "+15550306", count=0)


async def killed_after(seconds: float, stack: Json) -> None:
    await asyncio.sleep(seconds)
    kill_tree(worker_pid(stack))


async def goes_on_with_another(call: PhoneCall) -> None:
    """The caller hears silence, then somebody who knows of it and can help."""
    await call.wait_for_silence()
    await call.wait_for_speech(60)
    await call.wait_for_silence()
    await asks_for_the_order(call)


def assert_went_on_with_another(stored: Json) -> None:
    assert stored["ending"] == {"result": "caller", "reason": "caller_hung_up"}
    assert kinds(stored).count("claimed") == 2
    assert kinds(stored).count("worker_lost") == 1
    keys = [(turn["speaker"], turn["start_ms"]) for turn in stored["transcript"]]
    assert len(keys) == len(set(keys)), "nothing is stored twice"


def at_the_loss(stored: Json) -> tuple[list[Json], list[Json]]:
    """The turns before the second worker's first words, and those from there."""
    turns = stored["transcript"]
    [index] = [at for at, turn in enumerate(turns) if turn["text"].startswith(LOST)]
    return turns[:index], turns[index:]


async def test_a_worker_that_was_not_there_when_the_call_came_still_gets_it(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    phone = await new_phone(user="+15550302")
    with stopped(worker_pid(stack)):
        attempt = asyncio.create_task(phone.dial(uri("shop")))
        await asyncio.sleep(6)
    call = await attempt
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    await call.hangup()

    stored = await api.ended(call.sip_call_id)
    assert stored["ending"] == {"result": "caller", "reason": "caller_hung_up"}
    assert kinds(stored).count("claimed") == 1
    assert said(stored, "agent") == [GREETING]
    await rooms_of(stack, "+15550302", count=0)


async def test_a_caller_whom_no_agent_and_no_human_can_take_hears_busy_and_not_ringing_for_ever(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    phone = await new_phone(user="+15550303")
    began = time.monotonic()
    with stopped(worker_pid(stack)), pytest.raises(CallFailed) as refused:
        await phone.dial(uri("shop"), ringing_timeout_s=30)

    assert refused.value.status == 486
    assert 9 < time.monotonic() - began < 18
    [stored] = await calls_from(stack, "+15550303")
    assert stored["ending"] == {"result": "our_fault", "reason": "no_agent"}
    assert {"redispatched", "fallback_failed"} <= set(kinds(stored))
    await rooms_of(stack, "+15550303", count=0)


async def test_of_two_workers_in_one_call_one_talks_and_the_other_leaves(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    phone = await new_phone(user="+15550304")
    async with another_worker(stack):
        attempt = asyncio.create_task(phone.dial(uri("shop")))
        room = await room_of(stack, "+15550304")
        async with livekit(stack) as client:
            for _ in range(2):
                await client.agent_dispatch.create_dispatch(
                    livekit_api.CreateAgentDispatchRequest(room=room, agent_name="receptionist")
                )
        call = await attempt
        await call.wait_for_speech(5)
        await call.wait_for_silence()
        await asyncio.sleep(2)
        async with livekit(stack) as client:
            there = await client.room.list_participants(
                livekit_api.ListParticipantsRequest(room=room)
            )
        await call.hangup()
        stored = await api.ended(call.sip_call_id)

    assert len([p for p in there.participants if p.identity.startswith("agent-")]) == 1
    assert kinds(stored).count("claimed") == 1
    assert said(stored, "agent") == [GREETING]


async def test_a_caller_whom_no_agent_can_take_hears_ringing_and_then_the_numbers_human(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    caller, human = await new_phone(user="+15550305"), await new_phone(user="desk")
    address = f"sip:desk@127.0.0.1:{human.address[1]}"
    human_of_the_shop = (
        "from telephony.models import HumanEndpoint, PhoneNumber\n"
        "human, _ = HumanEndpoint.objects.update_or_create("
        f"name='Fault desk', defaults={{'address': '{address}'}})\n"
        "PhoneNumber.objects.filter(number='+15550100').update(fallback_human="
    )
    await set_up(stack, human_of_the_shop + "human)")
    try:
        with stopped(worker_pid(stack)):
            attempt = asyncio.create_task(caller.dial(uri("shop"), ringing_timeout_s=40))
            rung = await human.wait_for_call(timeout_s=25)
            rung.ring()
            assert not attempt.done(), "the caller hears ringing until the human answers"
            await asyncio.sleep(1)
            await rung.answer()
            call = await asyncio.wait_for(attempt, 10)
            await rung.say("Hello, this is the desk.")
            await call.wait_for_speech(5)
            await call.say("Where is my order?")
            await rung.wait_for_speech(5)
            await asyncio.sleep(3)
            await call.hangup()
            await asyncio.wait_for(rung.ended.wait(), 10)
    finally:
        await set_up(stack, human_of_the_shop + "None)")

    [stored] = await calls_from(stack, "+15550305")
    assert stored["ending"] == {"result": "our_fault", "reason": "no_agent"}
    assert {"redispatched", "fallback_dialled", "fallback_answered"} <= set(kinds(stored))
    assert stored["answered_at"]
    await rooms_of(stack, "+15550305", count=0)
