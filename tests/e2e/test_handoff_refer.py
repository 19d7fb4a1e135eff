"""The cold transfer: the caller's own telephone is sent to the human by REFER, where it takes it.

Three callers at the same time: one telephone does it, one refuses, one says nothing more.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from tests.support.faults import set_up
from tests.support.handoff import ask_for_a_person, rung, until_heard
from tests.support.handoff_moments import let_go
from tests.support.handoff_pairs import Pair
from tests.support.leavings import nothing_left
from tests.support.spectrum import HOLD_HZ
from tests.support.stack import Api, Json

pytestmark = [pytest.mark.full, pytest.mark.timeout(150)]
Uri = Callable[[str], str]
COLD = """
from telephony.models import HumanEndpoint, SipTrunk, Team

Team.objects.update(cold_transfer={cold})
HumanEndpoint.objects.update(takes_refer={cold})
SipTrunk.objects.filter(name="Local phones").update(refer_allowed={cold})
"""


@asynccontextmanager
async def cold(stack: Json) -> AsyncIterator[None]:
    await set_up(stack, COLD.format(cold=True))
    try:
        yield
    finally:
        await set_up(stack, COLD.format(cold=False))


async def test_a_telephone_is_sent_to_the_human_and_one_that_does_not_go_is_handed_over_warm(
    stack: Json, pairs: list[Pair], uri: Uri, api: Api
) -> None:
    goes, refuses, tells_nothing = pairs
    async with cold(stack):
        await asyncio.gather(
            is_sent(goes, uri, api),
            is_refused(refuses, uri, api),
            is_unknown(tells_nothing, uri, api),
        )
    for pair in pairs:
        await nothing_left(stack, pair.caller.user)


async def is_sent(pair: Pair, uri: Uri, api: Api) -> None:
    """The human is called by the caller's telephone itself, and we are out of it."""
    caller = await pair.caller.dial(uri(pair.lane.number))
    await ask_for_a_person(caller)
    refer = await caller.wait_for_refer(15)
    assert pair.human.uri == refer.target
    following = asyncio.create_task(pair.caller.follow(refer))
    human = await rung(pair.human)
    assert "x-call-id" not in human.headers
    await human.answer()
    direct = await following
    await asyncio.wait_for(caller.ended.wait(), 10)
    stored = await api.ended(caller.sip_call_id)
    assert stored["ending"] == {"result": "success", "reason": "handed_over"}
    assert [(t["state"], t["mode"]) for t in stored["transfers"]] == [("completed", "cold")]
    assert not direct.ended.is_set()
    await direct.hangup()


async def is_refused(pair: Pair, uri: Uri, api: Api) -> None:
    """So the human is dialled into the caller's room."""
    caller = await pair.caller.dial(uri(pair.lane.number))
    await ask_for_a_person(caller)
    (await caller.wait_for_refer(15)).refuse(603)
    human = await rung(pair.human)
    await until_heard(caller, HOLD_HZ)
    await caller.hangup()
    await let_go(human)
    stored = await api.ended(caller.sip_call_id)
    (transfer,) = stored["transfers"]
    steps = [(step["state"], step["mode"], step["sip_status"]) for step in transfer["steps"]]
    assert ("unreachable", "cold", 603) in steps
    assert ("ringing", "warm", None) in steps
    assert transfer["state"] == "caller_gone"


async def is_unknown(pair: Pair, uri: Uri, api: Api) -> None:
    """Asked once, and never again; who is still here is handed over the other way."""
    caller = await pair.caller.dial(uri(pair.lane.number))
    await ask_for_a_person(caller)
    (await caller.wait_for_refer(15)).accept()
    human = await rung(pair.human, 30)
    with pytest.raises(TimeoutError):
        await caller.wait_for_refer(1)
    await caller.hangup()
    await let_go(human)
    stored = await api.ended(caller.sip_call_id)
    (transfer,) = stored["transfers"]
    details = [(step["state"], step["detail"]) for step in transfer["steps"]]
    assert any(state == "unreachable" and "refer" in detail for state, detail in details), details
    assert transfer["state"] == "caller_gone"
