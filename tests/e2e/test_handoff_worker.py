"""The worker dies in a hand-over: who does not talk yet is let go, and who talks goes on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from deploy.local.phone import Phone, PhoneCall
from tests.e2e.conftest import PhoneMaker
from tests.e2e.test_handoff_faults import (
    let_go,
    together,
    while_announced,
    while_briefed,
    while_it_rings,
)
from tests.support.faults import kill_tree, spool_of, worker_beside, worker_pid
from tests.support.handoff import (
    NUMBER,
    human_phone,
    prepare,
    until_heard,
)
from tests.support.leavings import nothing_left
from tests.support.spectrum import AGENT_HZ, CALLER_HZ, HUMAN_HZ
from tests.support.stack import Api, Json

pytestmark = [pytest.mark.full, pytest.mark.timeout(240)]
Uri = Callable[[str], str]
TAKEN_OVER_WITHIN_S = 30.0
OWN_WORKER_WITHIN_S = 60.0


@contextlib.asynccontextmanager
async def second_worker(stack: Json) -> AsyncIterator[asyncio.Future[object]]:
    """Starts one beside what the block does, done when it takes calls; it stays until the stack's
    own one, killed meanwhile, takes calls again."""
    log = spool_of(stack).parent / "log" / "agent-worker.log"

    def registered() -> int:
        return log.read_text().count("registered worker")

    before = registered()
    with contextlib.ExitStack() as ends:
        starting = asyncio.to_thread(ends.enter_context, worker_beside(stack))
        comes = asyncio.ensure_future(starting)
        try:
            yield comes
            async with asyncio.timeout(OWN_WORKER_WITHIN_S):
                while registered() == before:
                    await asyncio.sleep(0.2)
        finally:
            await asyncio.wait({comes})


@pytest.mark.parametrize("until", [while_announced, while_it_rings, while_briefed])
async def test_a_human_of_a_dead_worker_is_let_go_and_the_caller_is_with_another_agent(
    stack: Json,
    new_phone: PhoneMaker,
    uri: Uri,
    api: Api,
    until: Callable[[PhoneCall, Phone], Awaitable[PhoneCall | None]],
) -> None:
    await prepare(stack)
    user = "+15550186"
    phone = await new_phone(user=user)
    async with (
        human_phone(stack) as human,
        second_worker(stack) as comes,
    ):
        caller = await phone.dial(uri(NUMBER))  # long before the second worker is there
        await comes
        at_the_desk = await until(caller, human)
        kill_tree(worker_pid(stack))
        await caller.sleep(1)  # what the dead one had said is over
        if at_the_desk is not None:
            await let_go(at_the_desk, TAKEN_OVER_WITHIN_S)
        await until_heard(caller, AGENT_HZ, TAKEN_OVER_WITHIN_S)
        await caller.hangup()
        stored = await api.ended(caller.sip_call_id)
        assert [t["state"] for t in stored["transfers"]] == ["failed"]
        assert {"worker_lost", "resumed"} <= {event["kind"] for event in stored["events"]}
        assert stored["ending"] == {"result": "caller", "reason": "caller_hung_up"}
        await nothing_left(stack, user)


async def test_two_who_talk_when_the_worker_dies_go_on_and_the_humans_end_is_the_calls(
    stack: Json, new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    await prepare(stack)
    user = "+15550187"
    phone = await new_phone(user=user)
    async with human_phone(stack) as human, second_worker(stack):
        caller = await phone.dial(uri(NUMBER))
        at_the_desk = await together(caller, human)
        assert at_the_desk is not None
        kill_tree(worker_pid(stack))
        await at_the_desk.sleep(5)
        await until_heard(caller, HUMAN_HZ)
        await until_heard(at_the_desk, CALLER_HZ)
        await at_the_desk.hangup()
        stored = await api.ended(caller.sip_call_id, TAKEN_OVER_WITHIN_S)
        assert [t["state"] for t in stored["transfers"]] == ["completed"]
        assert stored["ending"]["reason"] == "human_hung_up"
        await nothing_left(stack, user)
