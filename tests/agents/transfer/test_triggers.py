"""What leads to a human: the tool, a key, words, frustration, an agent that fails."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from agents.behaviors import keypad
from agents.behaviors.mood import weights
from agents.tools.transfer_to_human import parameters
from agents.transfer import sentences
from telephony.contracts import HandoffSpec, ToolSpec
from telephony.enums import (
    BuiltinTool,
    EndingReason,
    EventKind,
    FrustrationAction,
    ToolKind,
    ToolOutcome,
)
from tests.agents.transfer.conftest import TEAM, Handover
from tests.agents.transfer.fake_board import accepts, rings_on

TOOL = ToolSpec(
    name="transfer_to_human",
    description="Connect the caller to a human.",
    parameters={},
    kind=ToolKind.BUILTIN,
    builtin=BuiltinTool.TRANSFER_TO_HUMAN,
    timeout_ms=15_000,
)
ANGRY = (
    "This is ridiculous, I have told you that three times already.",
    "Are you even listening to me? That is not what I said!",
    "You are useless. I am fed up with this damn thing.",
)


def says(handover: Handover, number: int, text: str) -> None:
    """The caller's words, as the conductor stores them."""
    now = handover.call.clock.now()
    handover.call.recorder.caller_turn(f"caller:{number}", text=text, start=now, end=now)


async def test_the_model_names_a_team_and_what_it_said_is_heard_first(handover: Handover) -> None:
    await handover.begin(accepts, tools=(TOOL,))
    await handover.studio.speak("My invoice is wrong.")
    await handover.state("merged")
    first = handover.studio.store.transfers[0]
    assert (first.cause.value, first.team, first.why) == (
        "agent_decided",
        "service",
        "The invoice is wrong.",
    )
    assert handover.said()[1:3] == ["I will pass you on.", sentences.CONNECTING]
    assert handover.studio.store.tools[0].outcome is ToolOutcome.OK
    assert "invoice" in handover.studio.store.transfers[3].briefing


def test_the_teams_of_the_tool_are_a_closed_list() -> None:
    schema = parameters((TEAM, replace(TEAM, key="sales", description="New customers")))
    assert schema["properties"]["team"]["enum"] == ["service", "sales"]
    with pytest.raises(ValueError, match="no team"):
        parameters(())


async def test_a_plain_wish_for_a_person_is_heard_whatever_the_model_says(
    handover: Handover,
) -> None:
    await handover.begin(accepts)
    await handover.studio.speak("I want to speak to a person.")
    await handover.state("merged")
    assert handover.studio.store.transfers[0].cause.value == "caller_asked"
    assert not any("whatever it is" in text for text in handover.said())


async def test_the_operator_key_typed_alone_asks_for_a_human(handover: Handover) -> None:
    await handover.begin(rings_on)
    for key in "102#":
        handover.studio.parts._keypad.pressed(key)
    await asyncio.sleep(0.1)
    assert not handover.states, "a nought in a number is a digit"
    for key in "0#":
        handover.studio.parts._keypad.pressed(key)
    await handover.state("ringing")
    assert handover.studio.store.transfers[0].cause.value == "operator_key"


async def test_without_a_default_team_who_names_none_comes_to_the_first(
    handover: Handover,
) -> None:
    sales = replace(TEAM, key="sales", name="Sales", humans=())
    await handover.begin(rings_on, teams=(TEAM, sales), handoff=HandoffSpec())
    handover.studio.parts._operator()
    await handover.state("ringing")
    assert handover.studio.store.transfers[0].team == "service"
    assert handover.desk.team("sales") == sales
    assert handover.desk.team("board") is None


async def test_keys_typed_just_before_a_hand_over_are_stored_and_not_answered_on_hold(
    handover: Handover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keypad, "GROUP_ENDS_S", 0.2)
    await handover.begin(rings_on)
    for key in "4711":
        handover.studio.parts._keypad.pressed(key)
    says(handover, 1, "I want to speak to a person.")
    assert handover.call.held
    replies: list[object] = []
    handover.call.session.on("speech_created", replies.append)
    typed = ("caller", "Typed on the keypad: 4711.")
    await handover.studio.until(lambda: typed in handover.studio.store.said)
    await asyncio.sleep(0.1)
    assert not replies


async def test_a_score_above_the_threshold_hands_over_and_says_why(handover: Handover) -> None:
    spec = HandoffSpec(default_team="service", frustration=FrustrationAction.TRANSFER)
    await handover.begin(rings_on, handoff=spec)
    for number, text in enumerate(ANGRY, start=1):
        if not handover.desk.busy:
            says(handover, number, text)
    await handover.state("ringing")
    first = handover.studio.store.transfers[0]
    assert first.cause.value == "frustration"
    told = handover.studio.store.events(EventKind.FRUSTRATION)
    assert told[-1].detail["score"] >= spec.threshold
    assert {reason["turn"] for event in told for reason in event.detail["reasons"]} >= {"caller:1"}
    assert "frustrated" in handover.studio.store.transfers[3].briefing


@pytest.mark.full
async def test_or_a_human_is_offered_after_the_reply_and_a_yes_takes_it(
    handover: Handover,
) -> None:
    spec = HandoffSpec(default_team="service", frustration=FrustrationAction.OFFER)
    await handover.begin(rings_on, handoff=spec)
    for number, text in enumerate(ANGRY, start=1):
        says(handover, number, text)
    assert not handover.states
    now = handover.call.clock.now()
    handover.call.recorder.agent_turn(
        "a", text="Let me see.", start=now, end=now, interrupted=False
    )
    await handover.studio.until(lambda: handover.said()[-1] == sentences.OFFER)
    assert handover.studio.store.events(EventKind.HANDOFF_OFFERED)
    says(handover, 4, "Yes, please.")
    await handover.state("ringing")
    assert handover.studio.store.transfers[0].cause.value == "caller_asked"


async def test_after_a_hand_over_that_nobody_took_the_caller_is_left_to_talk(
    handover: Handover,
) -> None:
    spec = HandoffSpec(default_team="service", frustration=FrustrationAction.TRANSFER)
    await handover.begin(handoff=spec, team=replace(TEAM, humans=()))
    for number, text in enumerate(ANGRY, start=1):
        if not handover.desk.busy:
            says(handover, number, text)
    await handover.over()
    says(handover, 4, "This is ridiculous.")
    assert not handover.desk.busy
    says(handover, 5, "Get me a real person.")
    assert handover.desk.busy, "who asks is heard at any time"
    await handover.over()


@pytest.mark.full
async def test_or_nothing_is_done_but_the_score_is_kept(handover: Handover) -> None:
    spec = HandoffSpec(default_team="service", frustration=FrustrationAction.NOTHING)
    await handover.begin(handoff=spec)
    for number, text in enumerate(ANGRY, start=1):
        says(handover, number, text)
    assert handover.studio.store.events(EventKind.FRUSTRATION)
    assert not handover.states


def test_a_persona_may_weigh_the_reasons() -> None:
    own = weights(HandoffSpec(threshold=0.4, weights={"swearing": 0.0, "no_such": 3.0}))
    assert (own.threshold, own.swearing) == (0.4, 0.0)


async def test_a_model_that_fails_leaves_the_caller_to_a_human(handover: Handover) -> None:
    call = await handover.begin(accepts)
    call.end(EndingReason.MODEL_UNAVAILABLE, detail="no reply", words="Sorry.")
    await handover.state("merged")
    assert call.ending is None
    assert handover.studio.store.transfers[0].cause.value == "agent_failed"
    handover.board.legs[0].on_left(0)
    assert (await handover.studio.over()).reason is EndingReason.HUMAN_HUNG_UP


async def test_so_does_a_task_of_the_call_that_breaks(handover: Handover) -> None:
    async def breaks() -> None:
        raise ValueError

    call = await handover.begin(accepts)
    call.spawn(breaks(), "beside")
    await handover.state("merged")
    assert call.ending is None
    handover.board.legs[0].on_left(0)
    assert (await handover.studio.over()).reason is EndingReason.HUMAN_HUNG_UP


@pytest.mark.full
async def test_and_to_the_apology_when_no_human_takes_the_call(handover: Handover) -> None:
    call = await handover.begin(team=replace(TEAM, humans=()))
    call.end(EndingReason.MODEL_UNAVAILABLE, detail="no reply", words="Sorry.")
    end = await handover.studio.over()
    assert end.reason is EndingReason.MODEL_UNAVAILABLE
    assert handover.said()[-1] == "Sorry."
    assert sentences.STILL_HERE not in handover.said()


@pytest.mark.full
async def test_a_model_that_fails_while_two_people_talk_does_not_disturb_them(
    handover: Handover,
) -> None:
    call = await handover.begin(accepts)
    handover.studio.parts._operator()
    await handover.state("merged")
    call.end(EndingReason.MODEL_QUOTA, words="Sorry.")
    call.end(EndingReason.AGENT_GOODBYE)
    assert call.ending is None
    assert call.talking


async def test_a_job_that_stops_leaves_the_two_alone(handover: Handover) -> None:
    call = await handover.begin(accepts)
    handover.studio.parts._operator()
    await handover.state("merged")
    await call.finish()
    assert handover.studio.line.hung_up_at is None
    assert not handover.board.removed
    assert type(handover.studio.store.records[-1]).__name__ != "CallEnded"
    assert handover.studio.store.closed
    handover.studio._call = None  # finished already
