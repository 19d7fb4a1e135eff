"""A deploy under live calls: the old worker finishes them, the new one takes what comes."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Iterator

import pytest

from deploy.local.phone import Phone, PhoneCall
from tests.e2e.conftest import PhoneMaker
from tests.support.faults import another_worker, worker_pid
from tests.support.order_call import asks_for_the_order
from tests.support.stack import ROOT, Api, Json, running_stack, said

pytestmark = [pytest.mark.full, pytest.mark.alone, pytest.mark.timeout(240)]
Uri = Callable[[str], str]


@pytest.fixture
def stack() -> Iterator[Json]:
    """One whose worker may take as long to drain as in production."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("WORKER_DRAIN_TIMEOUT_S", "100")
        with running_stack(ROOT / "var" / "test" / "deploy", embedded=True) as described:
            yield described


def worker_of(stored: Json) -> str:
    [claimed] = [event for event in stored["events"] if event["kind"] == "claimed"]
    return str(claimed["detail"]["worker"])


async def greeted(phone: Phone, to: str) -> PhoneCall:
    """A call whose greeting was heard to its end."""
    call = await phone.dial(to)
    await call.wait_for_speech(10)
    await call.wait_for_silence()
    return call


async def test_a_new_worker_is_deployed_under_four_calls_and_none_is_lost(
    new_phone: PhoneMaker, uri: Uri, api: Api, stack: Json
) -> None:
    phones = [await new_phone(user=f"+1555033{number}") for number in range(5)]
    calls = await asyncio.gather(*(greeted(phone, uri("shop")) for phone in phones[:4]))
    old = worker_pid(stack)
    async with another_worker(stack):
        os.kill(old, signal.SIGTERM)
        await asyncio.sleep(2)
        fifth = await greeted(phones[4], uri("shop"))
        await fifth.hangup()
        for two in (calls[:2], calls[2:]):  # one machine plays all five telephones
            await asyncio.gather(*(asks_for_the_order(call) for call in two))
        for call in calls:  # one after the other: they stay long
            await call.say("No, thank you, goodbye.")
            await asyncio.wait_for(call.ended.wait(), 20)

        stored = [await api.ended(call.sip_call_id) for call in calls]
        last = await api.ended(fifth.sip_call_id)

    for one in stored:
        assert one["ending"] == {"result": "success", "reason": "agent_goodbye"}
        assert any("Tuesday" in text for text in said(one, "agent"))
    assert last["ending"] == {"result": "caller", "reason": "caller_hung_up"}
    assert worker_of(last) not in {worker_of(one) for one in stored}
