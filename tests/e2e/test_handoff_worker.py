"""The worker dies in a hand-over: who does not talk yet is let go, and who talks goes on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from deploy.local.phone import Phone, PhoneCall
from tests.e2e.conftest import PhoneMaker
from tests.support.faults import another_worker, kill_tree, spool_of, worker_pid
from tests.support.handoff import NUMBER, Lane, human_phone, prepare, service, until_heard
from tests.support.handoff_moments import (
    in_a_message,
    in_line,
    let_go,
    together,
    while_announced,
    while_briefed,
    while_it_rings,
)
from tests.support.handoff_pairs import Pair
from tests.support.leavings import nothing_left
from tests.support.spectrum import CALLER_HZ, HUMAN_HZ
from tests.support.stack import Api, Json

pytestmark = [pytest.mark.full, pytest.mark.timeout(240)]
Uri = Callable[[str], str]
Moment = Callable[[PhoneCall, Phone, Lane], Awaitable[PhoneCall | None]]
TAKEN_OVER_WITHIN_S = 30.0
OWN_WORKER_WITHIN_S = 60.0


@contextlib.asynccontextmanager
async def own_worker_comes_back(stack: Json) -> AsyncIterator[None]:
    """The stack's own worker is killed in the block: it takes calls again when this ends."""
    log = spool_of(stack).parent / "log" / "agent-worker.log"

    def registered() -> int:
        return log.read_text().count("registered worker")

    before = registered()
    yield
    async with asyncio.timeout(OWN_WORKER_WITHIN_S):
        while registered() == before:
            await asyncio.sleep(0.2)


async def in_line_meanwhile(caller: PhoneCall, human: Phone, lane: Lane) -> PhoneCall | None:
    """So late that the one who comes to a message is there before this one is asked once: the human
    is rung again then."""
    await caller.sleep(15)
    return await in_line(caller, human, lane)


@pytest.mark.parametrize(
    "stages",
    [
        pytest.param([[while_it_rings, while_briefed], [while_announced]], id="before"),
        pytest.param([[in_line_meanwhile, in_a_message]], id="nobody free"),
    ],
)
async def test_humans_of_a_dead_worker_are_let_go_and_its_callers_are_with_another_agent(
    stack: Json, pairs: list[Pair], uri: Uri, api: Api, stages: list[list[Moment]]
) -> None:
    """A call for each moment, at the same time; what does not last is begun last."""
    pairs = pairs[: sum(map(len, stages))]
    async with service(stack, nobody="wait", ask_every_s=10), own_worker_comes_back(stack):
        calls = await asyncio.gather(*(pair.caller.dial(uri(pair.lane.number)) for pair in pairs))
        async with another_worker(stack):  # later, so that all calls are the first one's
            legs: list[PhoneCall | None] = []
            for stage in stages:
                going = zip(stage, calls[len(legs) :], pairs[len(legs) :], strict=False)
                legs += await asyncio.gather(
                    *(until(call, pair.human, pair.lane) for until, call, pair in going)
                )
            kill_tree(worker_pid(stack))
            going_on = zip(pairs, calls, legs, strict=True)
            await asyncio.gather(*(goes_on(*one, api) for one in going_on))
            for pair in pairs:
                await nothing_left(stack, pair.caller.user)


async def goes_on(pair: Pair, caller: PhoneCall, human: PhoneCall | None, api: Api) -> None:
    """With another agent, who says so; the caller hangs up then."""
    await caller.sleep(1)  # what the dead one had said is over
    if human is not None:
        await let_go(human, TAKEN_OVER_WITHIN_S)
    await until_heard(caller, pair.lane.agent_hz, TAKEN_OVER_WITHIN_S)
    await caller.hangup()
    stored = await api.ended(caller.sip_call_id)
    assert [t["state"] for t in stored["transfers"]] == ["failed"]
    assert {"worker_lost", "resumed"} <= {event["kind"] for event in stored["events"]}
    assert stored["ending"] == {"result": "caller", "reason": "caller_hung_up"}


async def test_two_who_talk_when_the_worker_dies_go_on_and_the_humans_end_is_the_calls(
    stack: Json, new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    await prepare(stack)
    user = "+15550187"
    phone = await new_phone(user=user)
    async with human_phone(stack) as human, own_worker_comes_back(stack):
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
