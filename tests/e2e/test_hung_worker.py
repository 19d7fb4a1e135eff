"""A worker that hangs (stopped, not dead) in mid-call: another takes the call, or it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.e2e.conftest import PhoneMaker
from tests.support.faults import another_worker, stopped, worker_pid
from tests.support.order_call import asks_for_the_order
from tests.support.rooms import rooms_of
from tests.support.stack import Api, Json, said

pytestmark = [pytest.mark.full, pytest.mark.timeout(180)]
Uri = Callable[[str], str]
SILENT_AT_MOST_S = 60


def kinds(stored: Json) -> list[str]:
    return [event["kind"] for event in stored["events"]]


async def test_a_call_whose_worker_hangs_goes_on_with_another(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    phone = await new_phone(user="+15550321")
    call = await phone.dial(uri("shop"))
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    await api.wait_for(call.sip_call_id, lambda c: said(c, "agent"))
    async with another_worker(stack):
        with stopped(worker_pid(stack)):
            await call.wait_for_speech(SILENT_AT_MOST_S)
            await call.wait_for_silence()
            await asks_for_the_order(call)
            await call.hangup()
            stored = await api.ended(call.sip_call_id)

    assert stored["ending"] == {"result": "caller", "reason": "caller_hung_up"}
    assert kinds(stored).count("worker_lost") == 1
    assert any("Tuesday" in text for text in said(stored, "agent"))
    await asyncio.sleep(3)  # the hung one goes on: it must not spoil what was written
    assert (await api.ended(call.sip_call_id))["ending"] == stored["ending"]
    await rooms_of(stack, "+15550321", count=0)


async def test_a_caller_whose_only_worker_hangs_is_hung_up_on_with_a_named_ending(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    phone = await new_phone(user="+15550322")
    call = await phone.dial(uri("shop"))
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    with stopped(worker_pid(stack)):
        await asyncio.wait_for(call.ended.wait(), SILENT_AT_MOST_S)
        stored = await api.ended(call.sip_call_id)
    assert stored["ending"] == {"result": "our_fault", "reason": "worker_lost"}
    await rooms_of(stack, "+15550322", count=0)
