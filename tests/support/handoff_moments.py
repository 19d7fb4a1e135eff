"""How far a hand-over has come when something happens: each of these goes so far, and gives the
call at the human's phone once it rings there."""

from __future__ import annotations

import asyncio

from deploy.local.phone import Phone, PhoneCall
from tests.support.handoff import (
    TONES,
    Lane,
    ask_for_a_person,
    briefed,
    hand_over,
    pick_up,
    rung,
    until_heard,
)
from tests.support.spectrum import HOLD_HZ

BEEP_HZ = 440  # agents/transfer/message.py


async def while_announced(caller: PhoneCall, _human: Phone, lane: Lane = TONES) -> PhoneCall | None:
    await ask_for_a_person(caller, lane.caller_hz)
    await until_heard(caller, lane.agent_hz)
    return None


async def while_it_rings(caller: PhoneCall, human: Phone, lane: Lane = TONES) -> PhoneCall | None:
    return (await hand_over(caller, human, lane)).human


async def while_briefed(caller: PhoneCall, human: Phone, lane: Lane = TONES) -> PhoneCall | None:
    both = await hand_over(caller, human, lane)
    await pick_up(both)
    await until_heard(both.human, lane.agent_hz)
    return both.human


async def together(caller: PhoneCall, human: Phone, lane: Lane = TONES) -> PhoneCall | None:
    """The human takes the call in the middle of the briefing."""
    both = await hand_over(caller, human, lane)
    await pick_up(both)
    await until_heard(both.human, lane.agent_hz)
    await both.human.dtmf("1")
    await until_heard(both.human, lane.caller_hz)
    await until_heard(caller, lane.human_hz)
    return both.human


async def as_they_accept(caller: PhoneCall, human: Phone, lane: Lane = TONES) -> PhoneCall | None:
    """The caller hangs up at the human's key."""
    both = await hand_over(caller, human, lane)
    await pick_up(both)
    await briefed(both)
    asyncio.get_running_loop().call_later(0.05, lambda: asyncio.ensure_future(caller.hangup()))
    await both.human.dtmf("1")
    return both.human


async def in_line(caller: PhoneCall, human: Phone, lane: Lane = TONES) -> PhoneCall | None:
    """The human is busy, in a team that lets callers wait: told their place, on hold again."""
    await ask_for_a_person(caller, lane.caller_hz)
    await (await rung(human)).refuse(486)
    await until_heard(caller, lane.agent_hz, 10)
    await caller.sleep(0.5)  # no music is left in what was heard last
    await until_heard(caller, HOLD_HZ, 10)
    return None


async def in_a_message(caller: PhoneCall, human: Phone, lane: Lane = TONES) -> PhoneCall | None:
    """From the line, by key 3 when they are asked; the first words are said."""
    await in_line(caller, human, lane)
    caller.hum(0)
    await caller.sleep(0.5)  # and now none of the agent
    await until_heard(caller, lane.agent_hz, 30)
    await caller.dtmf("3")
    await until_heard(caller, BEEP_HZ, 40)
    await caller.say("My parcel has still not arrived.")
    return None


async def let_go(call: PhoneCall, within_s: float = 10.0) -> None:
    """Its ringing stops or its call ends, by itself. Raises TimeoutError."""
    assert call.incoming is not None
    ends = [call.incoming.cancelled.wait(), call.ended.wait()]
    tasks = [asyncio.ensure_future(end) for end in ends]
    done, pending = await asyncio.wait(tasks, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    assert done, "the human's phone was not let go"
