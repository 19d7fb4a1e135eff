"""What the human says when they are asked, and a voice that cannot ask any more."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from livekit import rtc

from agents.transfer import attempt
from agents.transfer.acceptance import GREETING_S, Acceptance, Decision
from agents.transfer.leg import Leg
from agents.transfer.sentences import AGENT_FAULT, CONNECTING, PRESS
from telephony.enums import EndingReason, TransferCause
from tests.agents.transfer.conftest import ANNA, Handover
from tests.agents.transfer.fake_board import accepts, says_nothing

YES = "Yes, I'll take it."


async def decision(said: str, after_s: float) -> Decision:
    """What comes of words that were begun so long after the briefing."""
    acceptance = Acceptance(Leg("human_t1_1", ANNA), silence_s=0.05)
    acceptance.briefed()
    acceptance.heard(said, time.time() + after_s, time.time() + after_s + 1)
    acceptance.asked()
    return await acceptance.decision()


@pytest.mark.parametrize(
    ("said", "after_s", "what"),
    [
        (YES, GREETING_S + 0.1, Decision.ACCEPTED),  # before the question was put
        ("No.", GREETING_S + 0.1, Decision.DECLINED),
        ("Yes?", 0.3, Decision.SILENT),  # a greeting
        ("Yes.", -0.5, Decision.SILENT),
        ("You have reached Anna. Yes, leave a message.", GREETING_S + 0.1, Decision.SILENT),
    ],
)
async def test_an_answer_counts_from_the_briefing_on_and_a_greeting_never(
    said: str, after_s: float, what: Decision
) -> None:
    assert await decision(said, after_s) is what


async def test_words_before_any_briefing_are_no_answer() -> None:
    acceptance = Acceptance(Leg("human_t1_1", ANNA), silence_s=0.05)
    acceptance.heard(YES, time.time(), time.time())
    acceptance.asked()
    assert await acceptance.decision() is Decision.SILENT


def times_said(handover: Handover, text: str) -> int:
    """How often the human heard this kept sentence."""
    pcm = handover.call.phrases._pcm[text]
    heard = b"".join(
        frame
        for sid, ear in handover.board.tracks.items()
        if sid.startswith("briefing")
        for _, frame in ear.played
    )
    return heard.count(pcm)


@pytest.mark.full
async def test_who_says_nothing_is_asked_once_more(
    handover: Handover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempt, "ASK_AGAIN_AFTER_S", 0.3)
    await handover.begin(says_nothing)
    await handover.studio.until(lambda: handover.call.phrases.ready(PRESS))
    handover.desk._settings = replace(handover.desk._settings, silence_s=4.0)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.over(30)
    assert "voicemail" in handover.states
    assert times_said(handover, PRESS) == 2


async def no_voice(_: object) -> AsyncIterator[rtc.AudioFrame]:
    for _frame in ():
        yield _frame


async def test_an_agent_that_has_lost_its_voice_hands_over_by_what_is_kept(
    handover: Handover, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = await handover.begin(says_nothing)
    kept = (CONNECTING, AGENT_FAULT, PRESS)
    await handover.studio.until(lambda: all(call.phrases.ready(text) for text in kept))
    monkeypatch.setattr(call.agent.voice, "speak", no_voice)
    handover.desk._settings = replace(handover.desk._settings, silence_s=10.0)
    call.end(EndingReason.VOICE_UNAVAILABLE, words="Sorry.", voice_works=False)
    await handover.state("briefing")
    assert CONNECTING in handover.said()
    await handover.studio.until(lambda: times_said(handover, PRESS))
    assert times_said(handover, AGENT_FAULT) == 1
    handover.board.legs[0].keys.put_nowait("1")
    await handover.state("merged")
    handover.board.legs[0].on_left(0)
    assert (await handover.studio.over()).reason is EndingReason.HUMAN_HUNG_UP


async def test_and_to_nobody_when_nothing_is_kept(handover: Handover) -> None:
    call = await handover.begin(accepts)
    call.phrases._pcm.clear()
    call.end(EndingReason.VOICE_UNAVAILABLE, words="Sorry.", voice_works=False)
    await asyncio.sleep(0)
    assert not handover.states
    assert (await handover.studio.over()).reason is EndingReason.VOICE_UNAVAILABLE
