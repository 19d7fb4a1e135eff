"""Nobody is free: the caller waits on hold, is told their place, and may stop waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

import pytest

from agents.transfer import line, message, sentences
from telephony.contracts import HumanOffer, NobodyOffer
from telephony.enums import NobodyAction, NobodyFree, TransferCause
from tests.agents.conftest import Providers
from tests.agents.transfer.conftest import ANNA, TEAM, Handover
from tests.agents.transfer.fake_board import CALLER, accepts, declines_by_key

pytestmark = pytest.mark.full


class Line:
    """A database in which nobody is free until ``free``."""

    def __init__(self, why: NobodyFree = NobodyFree.ALL_BUSY, position: int = 2) -> None:
        self.free = False
        self.asked: list[tuple[str, str, tuple[int, ...]]] = []
        self.nobody = NobodyOffer(why=why, position=position)

    async def reserve_human(
        self, call_id: UUID, transfer_key: str, team_key: str, tried: Sequence[int]
    ) -> HumanOffer | NobodyOffer:
        self.asked.append((transfer_key, team_key, tuple(tried)))
        if self.free:
            return HumanOffer(human=ANNA, transcript_url="https://x.test/t", access_code="123456")
        return self.nobody


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line, "LOOK_EVERY_S", 0.1)


WAITS = replace(TEAM, nobody=NobodyAction.WAIT)


async def test_who_waits_is_told_their_place_and_joined_when_somebody_is_free(
    handover: Handover,
) -> None:
    queue = Line()
    await handover.begin(accepts, team=WAITS, humans_of=queue)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("waiting")
    await handover.studio.until(lambda: len(queue.asked) > 3)
    assert handover.said()[-1] == "You are number 2 in line. Please hold."
    queue.free = True
    await handover.state("merged")
    assert queue.asked[0] == ("t1", "service", ())


async def test_who_is_asked_whether_to_go_on_may_stop(handover: Handover) -> None:
    call = await handover.begin(team=replace(WAITS, ask_every_s=0), humans_of=Line())
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.studio.until(lambda: handover.said()[-1] == sentences.GO_ON_WAITING)
    handover.desk.key("2")
    await handover.over()
    assert handover.states[-1] == "returned"
    assert handover.said()[-1] == sentences.STILL_HERE
    assert not call.held


@pytest.mark.full
async def test_or_goes_on_with_1(handover: Handover) -> None:
    await handover.begin(team=replace(WAITS, ask_every_s=0), humans_of=Line())
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.studio.until(lambda: handover.said()[-1] == sentences.GO_ON_WAITING)
    handover.desk.key("1")
    await handover.studio.until(lambda: sentences.GOING_ON in handover.said())
    assert handover.states[-1] == "waiting"


async def asked_whether_to_go_on(handover: Handover, said: str) -> None:
    await handover.begin(team=replace(WAITS, ask_every_s=0), humans_of=Line())
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.studio.until(lambda: handover.said()[-1] == sentences.GO_ON_WAITING)
    handover.board.voices[CALLER].speak(said)


async def test_or_says_no(handover: Handover, providers: Providers) -> None:
    providers.hear("No thank you.")
    await asked_whether_to_go_on(handover, "No thank you.")
    await handover.state("returned")


async def test_or_wants_to_leave_a_message(handover: Handover, providers: Providers) -> None:
    providers.hear("Can I leave a message?")
    await asked_whether_to_go_on(handover, "Can I leave a message?")
    await handover.studio.until(lambda: handover.said()[-1] == sentences.LEAVE_MESSAGE)


async def test_words_that_are_no_answer_leave_them_waiting(handover: Handover) -> None:
    queue = Line()
    await handover.begin(team=replace(WAITS, ask_every_s=0), humans_of=queue)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.studio.until(lambda: handover.said()[-1] == sentences.GO_ON_WAITING)
    await asyncio.sleep(0.5)
    handover.board.voices[CALLER].speak("Connect me now!")
    asked = len(queue.asked)
    again = handover.said().count(sentences.GO_ON_WAITING) + 1
    await handover.studio.until(lambda: handover.said().count(sentences.GO_ON_WAITING) == again, 20)
    assert len(queue.asked) > asked + 3, "their place is kept while they are asked"
    assert handover.states[-1] == "waiting"


async def test_who_becomes_free_while_they_are_asked_takes_them(handover: Handover) -> None:
    queue = Line()
    await handover.begin(accepts, team=replace(WAITS, ask_every_s=0), humans_of=queue)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.studio.until(lambda: handover.said()[-1] == sentences.GO_ON_WAITING)
    queue.free = True
    await handover.state("merged")


@pytest.mark.parametrize(
    ("why", "said"),
    [
        (NobodyFree.CLOSED, sentences.CLOSED),
        (NobodyFree.NONE_LEFT, sentences.NOBODY_TOOK_IT),  # nobody of them is at work
    ],
)
@pytest.mark.parametrize("waited", [False, True])
async def test_for_a_team_in_which_nobody_is_at_work_nobody_waits(
    handover: Handover, why: NobodyFree, said: str, waited: bool
) -> None:
    queue = Line(NobodyFree.ALL_BUSY if waited else why)
    await handover.begin(team=WAITS, humans_of=queue)
    handover.desk.request(TransferCause.CALLER_ASKED)
    if waited:
        await handover.state("waiting")
        queue.nobody = NobodyOffer(why=why)
    await handover.studio.until(lambda: handover.said()[-1] == sentences.LEAVE_MESSAGE)
    assert handover.said()[-2] == said
    assert ("waiting" in handover.states) == waited


async def test_who_was_tried_may_take_the_call_later(handover: Handover) -> None:
    queue = Line(NobodyFree.NONE_LEFT)
    queue.free = True
    await handover.begin(declines_by_key, team=WAITS, humans_of=queue)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("ringing", "answered", "briefing")
    queue.free = False
    await handover.state("waiting")


async def test_who_says_nothing_after_the_tone_is_told_so(
    handover: Handover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(message, "NOTHING_SAID_S", 0.3)
    await handover.begin(team=replace(TEAM, humans=(), nobody=NobodyAction.TAKE_MESSAGE))
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.over(30)
    assert handover.said()[-2:] == [sentences.NO_MESSAGE, sentences.STILL_HERE]
    assert handover.states[-1] == "returned"


@pytest.mark.full
async def test_without_an_answer_of_the_database_the_plans_humans_are_rung(
    handover: Handover,
) -> None:
    class Away:
        async def reserve_human(self, *_: object) -> HumanOffer:
            raise RuntimeError("the database is away")

    await handover.begin(accepts, humans_of=Away())  # type: ignore[arg-type]
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    assert handover.studio.store.transfers[-1].human_id == ANNA.id
