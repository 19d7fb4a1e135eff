"""What surrounds a hand-over breaks in the midst of it: named, told aloud, and nothing is left."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from agents import fixed_phrases
from agents.transfer import attempt, humans, line, sentences
from telephony.contracts import HumanOffer, NobodyOffer, ResumedCall
from telephony.enums import EndingReason, NobodyAction, NobodyFree, TransferCause
from tests.agents.transfer.conftest import ANNA, BERT, TEAM, Handover
from tests.agents.transfer.fake_board import (
    Human,
    accepts,
    declines_by_key,
    rings_on,
    says_nothing,
)

pytestmark = pytest.mark.full


async def nothing_left(handover: Handover) -> None:
    """No leg and no track of ours; where the call goes on, the agent may be heard again."""
    board = handover.board
    await handover.studio.until(lambda: not board.open_tracks)
    await handover.studio.until(
        lambda: all(leg.left or leg.identity in board.gone for leg in board.legs)
    )
    assert handover.call.ending is not None or board.permitted is None


@pytest.mark.parametrize(
    ("broken", "human", "last"),
    [
        ("dial", accepts, "returned"),
        ("subscribe", says_nothing, "returned"),
        ("let_hear", says_nothing, "returned"),
        ("join", accepts, "returned"),
        ("briefing", accepts, "failed"),
    ],
)
async def test_livekit_refuses_a_step(
    handover: Handover, broken: str, human: Human, last: str
) -> None:
    call = await handover.begin(human, human, team=replace(TEAM, humans=(ANNA, BERT)))
    handover.board.fails.add(broken)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.over(30)
    assert handover.states.count("unreachable") == 2
    assert handover.states[-1] == last
    assert "merged" not in handover.states
    assert handover.said()[-1] == sentences.STILL_HERE
    assert not call.held
    await nothing_left(handover)


async def test_a_leg_that_livekit_does_not_remove_is_removed_as_soon_as_it_can_be(
    handover: Handover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "REMOVE_LATER_EVERY_S", 0.1)
    await handover.begin(declines_by_key)
    handover.board.fails.add("remove")
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.over(30)
    assert handover.said()[-1] == sentences.STILL_HERE, "the caller did not wait for it"
    assert not handover.board.gone
    handover.board.fails.clear()
    await nothing_left(handover)


async def test_two_who_cannot_be_parted_are_parted_by_the_end_of_the_humans_call(
    handover: Handover,
) -> None:
    await handover.begin(accepts)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    handover.board.fails.add("subscribe")
    handover.desk.take_back()
    await handover.studio.until(lambda: handover.said()[-1] == sentences.BACK_AGAIN)
    assert handover.board.gone, "before the agent speaks"
    await handover.over()
    assert handover.states[-1] == "given_back"
    await nothing_left(handover)


class Away:
    """A database that raises, or never answers; until it does, ``answer``."""

    def __init__(self, *, hangs: bool, answers: int = 0) -> None:
        self.hangs, self.answers = hangs, answers

    async def reserve_human(self, *_: object) -> HumanOffer | NobodyOffer:
        if self.answers:
            self.answers -= 1
            return NobodyOffer(why=NobodyFree.ALL_BUSY, position=1)
        if self.hangs:
            await asyncio.sleep(60)
        raise RuntimeError("the database is away")


@pytest.mark.parametrize("answers", [0, 3])
@pytest.mark.parametrize("hangs", [False, True])
async def test_without_the_database_the_plans_own_list_is_rung(
    handover: Handover, monkeypatch: pytest.MonkeyPatch, hangs: bool, answers: int
) -> None:
    monkeypatch.setattr(humans, "RESERVE_TIMEOUT_S", 0.1)
    monkeypatch.setattr(line, "LOOK_EVERY_S", 0.1)
    away = Away(hangs=hangs, answers=answers)
    team = replace(TEAM, nobody=NobodyAction.WAIT)
    await handover.begin(accepts, team=team, humans_of=away)  # type: ignore[arg-type]
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    assert handover.studio.store.transfers[-1].human_id == ANNA.id
    assert ("waiting" in handover.states) == bool(answers)
    handover.board.legs[0].on_left(0)
    assert (await handover.studio.over()).reason is EndingReason.HUMAN_HUNG_UP
    await nothing_left(handover)


@pytest.mark.parametrize("state", ["announcing", "holding", "ringing", "briefing", "waiting"])
async def test_a_worker_that_is_shut_down_says_so_and_lets_the_human_go(
    handover: Handover, state: str
) -> None:
    waits = state == "waiting"
    team = replace(TEAM, nobody=NobodyAction.WAIT, humans=() if waits else (ANNA,))
    human = rings_on if state == "ringing" else says_nothing
    call = await handover.begin(human, team=team)
    handover.desk._settings = replace(handover.desk._settings, silence_s=10.0)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.studio.until(lambda: state in handover.states)
    await call.finish()
    assert handover.states[-1] == "failed"
    assert handover.said()[-1] == fixed_phrases.SHUTDOWN
    assert call.ending is not None
    assert call.ending.reason is EndingReason.WORKER_SHUTDOWN
    await nothing_left(handover)


async def test_the_agent_that_took_a_call_over_may_hand_it_over_under_a_name_of_its_own(
    handover: Handover,
) -> None:
    call = await handover.begin(accepts)
    resumed = ResumedCall(takeover=1, answered_at=datetime.now(UTC))
    call.plan = replace(call.plan, resumed=resumed)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    assert {r.transfer_key for r in handover.studio.store.transfers} == {"r1t1"}
    assert handover.board.legs[0].identity == "human_r1t1_1"


async def test_asking_again_on_hold_changes_nothing(handover: Handover) -> None:
    await handover.begin(accepts)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("holding", "dialling", "ringing")
    handover.studio.mouth.speak("I want to speak to a person.")
    for key in "0012#":
        handover.studio.parts._keypad.pressed(key)
    assert not handover.desk.request(TransferCause.FRUSTRATION)
    await handover.state("merged")
    await handover.studio.mouth.said.wait()
    assert handover.states.count("requested") == 1
    handover.board.legs[0].on_left(0)
    await handover.studio.over()
    assert handover.states[-1] == "completed"
    await nothing_left(handover)


@pytest.mark.parametrize("heard", [sentences.NEXT_IN_LINE, sentences.GO_ON_WAITING])
async def test_a_caller_who_hangs_up_in_the_line_leaves_nothing(
    handover: Handover, monkeypatch: pytest.MonkeyPatch, heard: str
) -> None:
    monkeypatch.setattr(line, "LOOK_EVERY_S", 0.1)
    team = replace(TEAM, nobody=NobodyAction.WAIT, ask_every_s=0)
    away = Away(hangs=True, answers=1_000)
    call = await handover.begin(team=team, humans_of=away)  # type: ignore[arg-type]
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.studio.until(lambda: heard in handover.said())
    call.end(EndingReason.CALLER_HUNG_UP)
    assert (await handover.studio.over()).reason is EndingReason.CALLER_HUNG_UP
    assert handover.states[-1] == "caller_gone"
    await nothing_left(handover)
    assert not [task for task in asyncio.all_tasks() if task.get_name() in ("hold-ask", "scribe")]
