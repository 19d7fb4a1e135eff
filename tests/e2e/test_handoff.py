"""A caller is handed to a human, over real SIP: who hears whom, from the first packet to the end.

Caller, human, hold music and the agent's voice are four tones; what each side heard is read from
its phone's tape.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.conftest import PhoneMaker
from tests.support.handoff import (
    NUMBER,
    HandedOver,
    briefed,
    hand_over,
    human_phone,
    nothing_left,
    pick_up,
    prepare,
    until_heard,
)
from tests.support.spectrum import AGENT_HZ, CALLER_HZ, HOLD_HZ, HUMAN_HZ, Tape
from tests.support.stack import Api, Json

Uri = Callable[[str], str]
MOST_SILENCE_MS = 300
MERGE_GAP_MS = 200
# A key's own time on the line, and two windows' edges.
KEY_MS = 160


async def one_hand_over(
    stack: Json, new_phone: PhoneMaker, uri: Uri, user: str
) -> tuple[HandedOver, int, int, int]:
    """A whole one, to both hanging up. What was when, in ms: on the caller's tape the key that
    asked; on the human's the key that accepted; and on the caller's tape the human's answer."""
    caller_phone = await new_phone(user=user)
    async with human_phone(stack) as human:
        caller = await caller_phone.dial(uri(NUMBER))
        both = await hand_over(caller, human)
        asked_ms = caller.now_ms - round((both.rang - both.asked) * 1000)
        await pick_up(both)
        answered_ms = caller.now_ms
        await briefed(both)
        accepted_ms = both.human.now_ms
        await both.human.dtmf("1", tone_ms=100)
        await until_heard(caller, HUMAN_HZ)
        await until_heard(both.human, CALLER_HZ)
        await caller.sleep(1.5)
        await both.human.hangup()
        await caller.wait_for_silence(1_000, 15)
        await caller.hangup()
    return both, asked_ms, accepted_ms, answered_ms


def judge(both: HandedOver, asked_ms: int, accepted_ms: int, answered_ms: int) -> list[str]:
    """What anybody heard that they must not, or did not hear that they must."""
    at_caller, at_human = Tape(both.caller.tape.heard), Tape(both.human.tape.heard)
    wrong = []

    def none(name: str, found: list[int]) -> None:
        if found:
            wrong.append(f"{name}: {len(found)} windows, at {found[:5]} ms")

    none("the human heard the caller before accepting", at_human.times(CALLER_HZ, 0, accepted_ms))
    none("the human heard the hold music", at_human.times(HOLD_HZ))
    merged_ms = at_caller.first(HUMAN_HZ)
    if merged_ms is None or at_human.first(CALLER_HZ) is None:
        return [*wrong, "the two never heard each other"]
    pressed_ms = answered_ms + accepted_ms
    none(
        "the caller heard the human before they accepted",
        at_caller.times(HUMAN_HZ, asked_ms, pressed_ms),
    )
    none("the caller heard the briefing", at_caller.times(AGENT_HZ, answered_ms, merged_ms))
    together_ms = at_human.duration_ms + answered_ms
    late_ms = merged_ms + MERGE_GAP_MS
    none("the hold music went on", at_caller.times(HOLD_HZ, late_ms, together_ms))
    began_ms = at_caller.first(AGENT_HZ, asked_ms) or asked_ms
    silence_ms = at_caller.longest_silence_ms(began_ms, together_ms)
    if silence_ms > MOST_SILENCE_MS:
        wrong.append(f"the caller was in silence for {silence_ms} ms")
    gap_ms = merged_ms - (at_caller.last(HOLD_HZ, together_ms) or 0)
    if gap_ms > MERGE_GAP_MS:
        wrong.append(f"hold music to human: {gap_ms} ms")
    return wrong


async def test_nobody_hears_what_they_must_not_and_the_caller_is_never_in_silence(
    stack: Json, new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    await prepare(stack)
    both, *times = await one_hand_over(stack, new_phone, uri, "+15550181")
    stored = await api.ended(both.caller.sip_call_id)
    assert judge(both, *times) == []
    assert stored["ending"] == {"result": "success", "reason": "human_hung_up"}
    await nothing_left(stack, "+15550181")


@pytest.mark.full
@pytest.mark.timeout(900)
async def test_twenty_hand_overs_are_all_clean(
    stack: Json, new_phone: PhoneMaker, uri: Uri
) -> None:
    await prepare(stack)
    wrong = {}
    for run in range(20):
        both, *times = await one_hand_over(stack, new_phone, uri, f"+155501{50 + run}")
        if found := judge(both, *times):
            wrong[run] = found
    assert wrong == {}
