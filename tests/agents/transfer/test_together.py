"""While caller and human talk: both are written down, and nothing of the agent is heard."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace

import pytest

from telephony.enums import EndingReason, TransferCause
from tests.agents.transfer.conftest import Handover
from tests.agents.transfer.fake_board import CALLER, accepts, says_nothing

pytestmark = pytest.mark.full


async def test_both_sides_are_written_down_as_turns_of_their_own(handover: Handover) -> None:
    await handover.begin(accepts)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    (leg,) = handover.board.legs
    await asyncio.sleep(0.5)
    for identity, words in ((CALLER, "My invoice is wrong."), (leg.identity, "Wait a moment.")):
        voice = handover.board.voices[identity]
        voice.speak(words)
        await voice.said.wait()
    wanted = {("caller", "My invoice is wrong."), ("human", "Wait a moment.")}
    await handover.studio.until(lambda: wanted <= set(handover.studio.store.said), 15)
    keys = {
        turn.key.split("-")[0]
        for turn in handover.studio.store.turns
        if (turn.speaker.value, turn.text) in wanted
    }
    assert keys == {"caller", "human"}
    for turn in handover.studio.store.turns[-2:]:
        assert 0 < turn.end_ms - turn.start_ms < 4_000


async def test_a_human_may_take_the_call_by_saying_so(handover: Handover) -> None:
    await handover.begin(says_nothing)
    handover.desk._settings = replace(handover.desk._settings, silence_s=10.0)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("briefing")
    (leg,) = handover.board.legs
    briefing = handover.board.tracks["briefing-2"]
    before = -1
    while len(briefing.played) > before:  # until the question has been put
        before = len(briefing.played)
        await asyncio.sleep(1.0)
    handover.board.voices[leg.identity].speak("Yes.")
    await handover.state("merged")


@pytest.mark.full
async def test_a_scribe_that_fails_does_not_part_them(handover: Handover) -> None:
    call = await handover.begin(accepts)

    def no_ears() -> None:
        raise RuntimeError("no ears")

    handover.desk._scribe._make_ears = no_ears  # type: ignore[assignment]
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    await asyncio.sleep(0.5)
    assert call.talking
    handover.board.legs[0].on_left(0)
    assert (await handover.studio.over()).reason is EndingReason.HUMAN_HUNG_UP


@pytest.mark.full
async def test_nothing_of_the_agent_is_played_to_either(handover: Handover) -> None:
    await handover.begin(accepts)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    await asyncio.sleep(0.4)
    played = {sid: len(ear.played) for sid, ear in handover.board.tracks.items()}
    await handover.studio.speak("What are your opening hours?")
    await asyncio.sleep(1.0)
    assert {sid: len(ear.played) for sid, ear in handover.board.tracks.items()} == played
    assert handover.call.session.current_speech is None


@pytest.mark.full
async def test_the_hold_music_has_no_gap_until_they_are_joined(handover: Handover) -> None:
    await handover.begin(says_nothing)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("briefing")
    await asyncio.sleep(1.0)
    ear = handover.board.tracks["hold-1"]
    at = [moment for moment, _ in ear.played]
    assert max(b - a for a, b in itertools.pairwise(at)) < 0.3
