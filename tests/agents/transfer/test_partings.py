"""Two who talked are parted: no word is lost, and nobody hears what is not theirs any more."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from agents.transfer import attempt, sentences
from agents.transfer.leg import Leg
from telephony.enums import AfterHuman, EndingReason, TransferCause
from tests.agents.conftest import Providers
from tests.agents.transfer.conftest import TEAM, Handover
from tests.agents.transfer.fake_board import (
    CALLER,
    CALLER_TRACK,
    FakeBoard,
    accepts,
    declines_by_key,
)

LAST_WORDS = "I approved the refund."


async def human_says_last_words(handover: Handover, providers: Providers) -> Leg:
    providers.hear(LAST_WORDS)
    await handover.begin(accepts)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    (leg,) = handover.board.legs
    await asyncio.sleep(1.0)  # the ears connect
    voice = handover.board.voices[leg.identity]
    voice.speak(LAST_WORDS)
    await voice.said.wait()
    return leg


async def test_what_the_human_said_last_is_known_to_the_agent(
    handover: Handover, providers: Providers
) -> None:
    leg = await human_says_last_words(handover, providers)
    for key in "*9":
        leg.keys.put_nowait(key)
    await handover.over()
    assert ("human", LAST_WORDS) in handover.studio.store.said
    assert f"Colleague: {LAST_WORDS}" in str(handover.call.agent.chat_ctx.to_dict())


@pytest.mark.full
async def test_what_was_said_last_is_stored_when_the_caller_hangs_up_upon_it(
    handover: Handover, providers: Providers
) -> None:
    await human_says_last_words(handover, providers)
    handover.call.end(EndingReason.CALLER_HUNG_UP)
    await handover.studio.over()
    assert ("human", LAST_WORDS) in handover.studio.store.said


class Opened:
    """Who could hear what at the moment in which the agent was to be heard again."""

    def __init__(self, board: FakeBoard) -> None:
        self.removed = self.heard_nothing = False
        permit = board.permit

        def watched(hears: object) -> None:
            if hears is None:
                (leg,) = board.legs
                self.removed = leg.identity in board.gone
                self.heard_nothing = not board.may_hear[leg.identity]
            permit(hears)  # type: ignore[arg-type]

        board.permit = watched  # type: ignore[method-assign]


async def test_the_agent_speaks_again_only_when_the_human_is_gone(handover: Handover) -> None:
    await handover.begin(accepts)
    opened = Opened(handover.board)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    handover.desk.take_back()
    await handover.over()
    assert opened.removed


@pytest.mark.full
async def test_or_when_a_human_who_does_not_go_hears_nothing(
    handover: Handover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "CLOSED_WITHIN_S", 0.2)
    await handover.begin(accepts)
    opened = Opened(handover.board)

    async def never(_: str) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(handover.board, "remove", never)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    handover.desk.take_back()
    await handover.over()
    assert not opened.removed
    assert opened.heard_nothing
    identity = handover.board.legs[0].identity
    assert {(identity, CALLER_TRACK), (CALLER, f"TR_{identity}")} <= handover.board.cut


async def test_a_leg_that_would_not_go_is_heard_by_nobody_whatever_it_publishes(
    handover: Handover,
) -> None:
    await handover.begin(declines_by_key)
    opened = Opened(handover.board)
    handover.board.fails.add("remove")
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.over(30)
    assert opened.heard_nothing
    (leg,) = handover.board.legs
    leg.on_track("TR_late")
    await handover.studio.until(lambda: (CALLER, "TR_late") in handover.board.cut)
    handover.board.fails.clear()


async def test_it_is_too_late_to_take_back_a_caller_who_is_asked_for_a_rating(
    handover: Handover,
) -> None:
    await handover.begin(accepts, team=replace(TEAM, after_human=AfterHuman.RATING))
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    handover.board.legs[0].on_left(0)
    await handover.studio.until(lambda: handover.said()[-1] == sentences.ASK_RATING)
    handover.desk.take_back()
    await asyncio.sleep(0.2)
    handover.desk.key("4")
    assert (await handover.studio.over()).reason is EndingReason.HUMAN_HUNG_UP
    assert handover.states[-1] == "completed"
    assert handover.studio.store.transfers[-1].rating == 4
    assert sentences.NOT_CONNECTED not in handover.said()
