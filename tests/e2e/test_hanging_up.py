"""A caller who leaves, at every moment it can be done."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from deploy.local.phone import CallFailed, Phone
from deploy.local.sipkit import OutgoingCall
from tests.e2e.conftest import PhoneMaker
from tests.support.rooms import rooms_of
from tests.support.stack import Api, Json, said

Uri = Callable[[str], str]


async def dialling(phone: Phone) -> OutgoingCall:
    """The call being placed, from its INVITE on."""
    async with asyncio.timeout(5):
        while phone.dialling is None:
            await asyncio.sleep(0.01)
        return phone.dialling


async def test_a_caller_who_gives_up_while_it_rings_leaves_no_room_and_a_named_ending(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    phone = await new_phone(user="+15550121")
    attempt = asyncio.create_task(phone.dial(uri("shop")))
    outgoing = await dialling(phone)
    await asyncio.wait_for(outgoing.ringing.wait(), 5)
    outgoing.cancel()
    with contextlib.suppress(CallFailed):
        await attempt

    await rooms_of(stack, "+15550121", count=0)
    stored = await api.find(outgoing.call_id)
    if stored is not None:  # none is right too: nobody had seen the call yet
        stored = await api.ended(outgoing.call_id)
        assert stored["ending"]["result"] == "caller"
        assert stored["transcript"] == []


async def test_a_caller_who_hangs_up_at_once_after_the_answer_ends_the_call_and_its_room(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    phone = await new_phone(user="+15550122")
    call = await phone.dial(uri("shop"))
    await call.hangup()

    stored = await api.ended(call.sip_call_id)
    assert stored["ending"] == {"result": "caller", "reason": "caller_hung_up"}
    await rooms_of(stack, "+15550122", count=0)


async def test_a_caller_who_hangs_up_in_mid_sentence_leaves_only_what_was_heard(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    phone = await new_phone(user="+15550123")
    call = await phone.dial(uri("shop"))
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    await call.say("Tell me about your tents.")
    await call.wait_for_speech(8)
    await call.sleep(3)
    await call.hangup()

    stored = await api.ended(call.sip_call_id)
    assert stored["ending"] == {"result": "caller", "reason": "caller_hung_up"}
    cut = [turn for turn in stored["transcript"] if turn["speaker"] == "agent"][-1]
    assert cut["interrupted"]
    heard_s = (cut["end_ms"] - cut["start_ms"]) / 1000
    assert 1.5 < heard_s < 4.5
    # At a telephone pace nobody says more than five words a second.
    assert 2 <= len(said(stored, "agent")[-1].split()) <= heard_s * 5
    await rooms_of(stack, "+15550123", count=0)
