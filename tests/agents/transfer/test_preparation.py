"""While a caller grows frustrated: who is free is looked up, and an offer heeds it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from uuid import UUID

import pytest

from agents.transfer import preparation, sentences
from telephony.contracts import HumansFree, NobodyOffer
from telephony.enums import EventKind, NobodyAction, NobodyFree
from tests.agents.transfer.conftest import TEAM, Handover
from tests.agents.transfer.test_triggers import ANGRY, says


class Colleagues:
    """A database that knows how many are free."""

    def __init__(self, count: int, why: NobodyFree | None = None) -> None:
        self.asked: list[str] = []
        self.free = HumansFree(count=count, why=why)

    async def reserve_human(self, *_: object) -> NobodyOffer:
        return NobodyOffer(why=self.free.why or NobodyFree.ALL_BUSY)

    async def humans_free(self, call_id: UUID, team_key: str) -> HumansFree:
        self.asked.append(team_key)
        return self.free


async def test_while_the_score_climbs_a_hand_over_is_prepared_once(handover: Handover) -> None:
    colleagues = Colleagues(2)
    await handover.begin(humans_of=colleagues)
    says(handover, 1, "Where is my order?")
    assert not colleagues.asked
    says(handover, 2, ANGRY[0])
    store = handover.studio.store
    await handover.studio.until(lambda: store.events(EventKind.HANDOFF_PREPARED))
    (event,) = store.events(EventKind.HANDOFF_PREPARED)
    assert (event.detail["team"], event.detail["free"]) == ("service", 2)
    assert "number ending 0 1 9 9" in event.detail["briefing"]
    assert not handover.states, "nobody was asked for yet"
    assert handover.desk.offer() == sentences.OFFER
    handover.desk.prepare()
    await handover.studio.until(lambda: colleagues.asked == ["service"] * 2)
    assert len(store.events(EventKind.HANDOFF_PREPARED)) == 1


@pytest.mark.full
@pytest.mark.parametrize("breaks", [True, False])
async def test_a_database_that_is_away_leaves_it_unknown_who_is_free(
    handover: Handover, breaks: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Away(Colleagues):
        async def humans_free(self, call_id: UUID, team_key: str) -> HumansFree:
            if breaks:
                raise RuntimeError("the database is away")
            await asyncio.sleep(60)
            return self.free

    monkeypatch.setattr(preparation, "LOOK_UP_TIMEOUT_S", 0.1)
    call = await handover.begin(humans_of=Away(0))
    says(handover, 1, ANGRY[1])
    store = handover.studio.store
    await handover.studio.until(lambda: store.events(EventKind.HANDOFF_PREPARED))
    assert store.events(EventKind.HANDOFF_PREPARED)[0].detail["free"] == "unknown"
    assert handover.desk.offer() == sentences.OFFER
    assert call.ending is None


@pytest.mark.full
@pytest.mark.parametrize(
    ("why", "nobody", "offer"),
    [
        (NobodyFree.ALL_BUSY, NobodyAction.RETURN, ""),
        (NobodyFree.ALL_BUSY, NobodyAction.WAIT, sentences.OFFER_TO_WAIT),
        (NobodyFree.CLOSED, NobodyAction.WAIT, sentences.OFFER_MESSAGE),
        (NobodyFree.NONE_LEFT, NobodyAction.WAIT, sentences.OFFER_MESSAGE),
        (NobodyFree.NONE_LEFT, NobodyAction.TAKE_MESSAGE, sentences.OFFER_MESSAGE),
    ],
)
async def test_a_human_is_not_offered_when_none_can_be_reached(
    handover: Handover, why: NobodyFree, nobody: NobodyAction, offer: str
) -> None:
    await handover.begin(humans_of=Colleagues(0, why), team=replace(TEAM, nobody=nobody))
    for number, text in enumerate(ANGRY, start=1):
        says(handover, number, text)
    store = handover.studio.store
    await handover.studio.until(lambda: store.events(EventKind.HANDOFF_PREPARED))
    now = handover.call.clock.now()
    handover.call.recorder.agent_turn(
        "a", text="Let me see.", start=now, end=now, interrupted=False
    )
    if not offer:
        await asyncio.sleep(0.5)
        assert handover.said()[-1] == "Let me see."
        return
    await handover.studio.until(lambda: handover.said()[-1] == offer)
    says(handover, 4, "Yes, please.")
    assert handover.states == ["requested"], "a yes to it is a yes to a human"
