"""The caller's turns, stored again while they go on, and what is made of them."""

from __future__ import annotations

import time
from collections import Counter

import pytest

from agents.behaviors.mood import TURNS_TO_GO_BACK, weights
from agents.frustration import Scorer, Speaker, Turn
from agents.recorder import ToolAttempt
from telephony.contracts import HandoffSpec
from telephony.enums import EventKind, FrustrationAction, ToolOutcome
from tests.agents.transfer.conftest import Handover
from tests.agents.transfer.fake_board import rings_on

NOTHING = HandoffSpec(default_team="service", frustration=FrustrationAction.NOTHING)


def says(handover: Handover, number: int, text: str) -> None:
    now = handover.call.clock.now()
    handover.call.recorder.caller_turn(f"caller:{number}", text=text, start=now, end=now)


def looks_up(handover: Handover, number: int) -> None:
    recorder, clock = handover.call.recorder, handover.call.clock
    attempt = ToolAttempt(
        call_id=f"t{number}", name="order_status", arguments={}, start=clock.now()
    )
    recorder.tool_begun(attempt)
    recorder.tool_call(attempt, outcome=ToolOutcome.OK, result={})


async def test_a_wish_that_follows_in_a_turn_for_which_a_tool_ran_already_is_heard(
    handover: Handover,
) -> None:
    await handover.begin(rings_on)
    says(handover, 1, "Where is my order?")
    looks_up(handover, 1)
    assert not handover.desk.busy
    says(handover, 1, "Where is my order? I would rather speak to a person, please.")
    await handover.state("ringing")
    assert handover.studio.store.transfers[0].cause.value == "caller_asked"


@pytest.mark.parametrize("tools", [0, 1, TURNS_TO_GO_BACK + 1])
async def test_a_turn_that_goes_on_is_scored_as_if_it_had_been_said_at_once(
    handover: Handover, tools: int
) -> None:
    await handover.begin(handoff=NOTHING)
    says(handover, 1, "This is ridiculous.")
    says(handover, 2, "I am fed up.")
    for number in range(tools):
        looks_up(handover, number)
    says(handover, 2, "I am fed up. You are useless.")
    says(handover, 2, "I am fed up. You are useless. Are you even listening to me?")
    says(handover, 3, "I have told you that three times already.")

    whole = Scorer(weights(NOTHING))
    whole.add(Turn(speaker=Speaker.AGENT, text="Hello."))
    whole.add(Turn(speaker=Speaker.CALLER, text="This is ridiculous."))
    fed_up = "I am fed up. You are useless. Are you even listening to me?"
    whole.add(Turn(speaker=Speaker.CALLER, text=fed_up))
    for _ in range(tools):
        whole.add(Turn(speaker=Speaker.TOOL, text="order_status"))
    last = whole.add(Turn(speaker=Speaker.CALLER, text="I have told you that three times already."))

    told = handover.studio.store.events(EventKind.FRUSTRATION)
    assert told[-1].detail["score"] == round(last.value, 3)
    reasons = Counter(
        (event.detail["turn"], reason["reason"])
        for event in told
        for reason in event.detail["reasons"]
    )
    assert {key for key, _ in reasons} == {"caller:1", "caller:2", "caller:3"}
    assert max(reasons.values()) == 1, "nothing is told twice"


async def test_a_turn_that_goes_on_late_in_a_long_call_does_not_stop_the_calls_loop(
    handover: Handover,
) -> None:
    await handover.begin(handoff=NOTHING)
    clock, recorder = handover.call.clock, handover.call.recorder
    for number in range(1, 121):
        says(handover, number, f"And what about parcel {number}, the one with the lamps in it?")
        now = clock.now()
        text = f"Number {number} left the house in March. It went by train. It comes in May."
        recorder.agent_turn(str(number), text=text, start=now, end=now, interrupted=False)
    says(handover, 121, "And the very last one?")
    looks_up(handover, 121)
    began = time.thread_time()
    says(handover, 121, "And the very last one? The one with the books?")
    assert time.thread_time() - began < 0.05
