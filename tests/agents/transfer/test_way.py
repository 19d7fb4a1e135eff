"""The way of a transfer: announced, on hold, rung, briefed, joined; and back again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, AsyncIterator
from dataclasses import replace

import pytest
from livekit import rtc

from agents.transfer import sentences
from telephony.enums import EndingReason, TransferCause
from tests.agents.transfer.conftest import TEAM, Handover
from tests.agents.transfer.fake_board import (
    CALLER,
    CALLER_TRACK,
    accepts,
    rings_on,
    says_nothing,
)
from tests.agents.transfer.test_waiting import Line

MERGED = [
    "requested",
    "announcing",
    "holding",
    "dialling",
    "ringing",
    "answered",
    "briefing",
    "accepted",
    "merged",
]


async def test_a_human_who_presses_1_is_joined_with_the_caller(handover: Handover) -> None:
    call = await handover.begin(accepts)
    assert handover.desk.request(TransferCause.CALLER_ASKED, why="about an order")
    await handover.state("merged")
    assert handover.states == MERGED
    human = handover.board.legs[0].identity
    assert human == "human_t1_1"
    assert not handover.board.cut, "both hear each other"
    assert handover.board.may_hear[human]
    assert call.talking
    assert sentences.CONNECTING in handover.said()
    handover.board.legs[0].on_left(0)
    end = await handover.studio.over()
    assert end.reason is EndingReason.HUMAN_HUNG_UP
    assert handover.states[-1] == "completed"
    assert handover.said()[-1] == sentences.THANKS


async def test_until_they_are_joined_nobody_hears_what_they_must_not(handover: Handover) -> None:
    await handover.begin(says_nothing)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("briefing")
    board = handover.board
    (leg,) = board.legs
    apart = {(CALLER, f"TR_{leg.identity}"), (leg.identity, CALLER_TRACK)}
    await handover.studio.until(lambda: board.cut == apart)
    assert board.permitted == {CALLER: ["hold-1"], leg.identity: ["briefing-2"]}
    leg.keys.put_nowait("1")
    await handover.state("merged")
    assert not board.cut, "both hear each other"
    # And the agent still nobody, nor anybody the agent.
    assert board.permitted == {CALLER: ["hold-1"], leg.identity: ["briefing-2"]}


async def test_what_rings_is_cut_from_the_caller_when_it_is_negotiated_and_what_answers_at_once(
    handover: Handover,
) -> None:
    await handover.begin(rings_on)
    handover.desk.request(TransferCause.CALLER_ASKED)
    board = handover.board
    await handover.state("ringing")
    (leg,) = board.legs
    track = (CALLER, f"TR_{leg.identity}")
    assert track not in board.cut, "taken away now, the caller's connection would break"
    await handover.studio.until(lambda: track in board.cut)
    board.asked.clear()
    leg.on_status("active")
    await handover.studio.until(lambda: (CALLER, (track[1],), False) in board.asked)


@pytest.mark.full
async def test_the_leg_may_hear_nothing_at_all_until_it_was_cut(handover: Handover) -> None:
    await handover.begin(says_nothing)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("ringing", "answered")
    (leg,) = handover.board.legs
    await handover.studio.until(leg.answered.is_set)
    assert not handover.board.may_hear[leg.identity]
    await handover.studio.until(lambda: handover.board.may_hear[leg.identity])
    # It was cut before it might hear.
    assert (leg.identity, CALLER_TRACK) in handover.board.cut


async def test_while_on_hold_what_the_caller_says_is_answered_by_nothing(
    handover: Handover,
) -> None:
    call = await handover.begin(rings_on)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("ringing")
    before = len(handover.studio.store.turns)
    await handover.studio.speak("Connect me now!")
    await asyncio.sleep(1.0)
    assert len(handover.studio.store.turns) == before
    assert call.session.current_speech is None
    assert call.ending is None


@pytest.mark.full
@pytest.mark.parametrize("wanted", [True, False])
async def test_the_one_time_code_is_told_to_the_human_alone_where_the_team_wants_it(
    handover: Handover, monkeypatch: pytest.MonkeyPatch, *, wanted: bool
) -> None:
    line = Line()
    line.free = True
    call = await handover.begin(says_nothing, team=replace(TEAM, speak_code=wanted), humans_of=line)
    told: list[str] = []
    speak = call.agent.voice.speak

    def overheard(words: AsyncIterable[str]) -> AsyncIterator[rtc.AudioFrame]:
        async def kept() -> AsyncIterator[str]:
            async for text in words:
                told.append(text)
                yield text

        return speak(kept())

    monkeypatch.setattr(call.agent.voice, "speak", overheard)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.studio.until(lambda: "voicemail" in handover.states, 30)
    line.free = False
    await handover.over()
    assert ("The code is 1, 2, 3, 4, 5, 6." in told) is wanted
    stored = repr([handover.studio.store.said, handover.studio.store.transfers])
    assert "1, 2, 3, 4, 5, 6" not in stored
    assert "123456" not in stored
