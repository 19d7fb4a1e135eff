"""Each failure has its state, and the caller hears words and is with the agent again."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from agents.transfer import sentences
from telephony.enums import (
    AfterHuman,
    EndingReason,
    NobodyAction,
    TransferCause,
)
from tests.agents.transfer.conftest import ANNA, BERT, TEAM, Handover
from tests.agents.transfer.fake_board import (
    CALLER,
    Human,
    accepts,
    declines_by_key,
    hangs_up,
    leaves_first,
    refuses,
    rings_on,
    says_nothing,
    unreachable,
)

pytestmark = pytest.mark.full


def rarer(*case: object) -> object:
    return pytest.param(*case, marks=pytest.mark.full)


@pytest.mark.parametrize(
    ("human", "state", "sip_status"),
    [
        (refuses(486), "busy", 486),
        (declines_by_key, "declined", None),
        (says_nothing, "voicemail", None),
        rarer(refuses(603), "declined", 603),
        rarer(refuses(480), "no_answer", 480),
        rarer(refuses(404), "unreachable", 404),
        rarer(refuses(503), "unreachable", 503),
        rarer(unreachable, "unreachable", 408),
        rarer(rings_on, "no_answer", None),
        rarer(hangs_up, "human_gone", None),
        rarer(leaves_first(486), "busy", 486),
        rarer(leaves_first(None), "declined", None),
    ],
)
async def test_a_human_who_does_not_take_the_call(
    handover: Handover, human: Human, state: str, sip_status: int | None
) -> None:
    call = await handover.begin(human)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.over(30)
    told = [r for r in handover.studio.store.transfers if r.state.value == state]
    assert [r.human_id for r in told] == [ANNA.id]
    assert told[0].sip_status == sip_status
    assert handover.states[-1] == "returned"
    assert handover.said()[-2:] == [sentences.NOBODY_TOOK_IT, sentences.STILL_HERE]
    assert not call.held
    assert call.ending is None
    assert handover.board.permitted is None, "the agent is heard again"
    await handover.studio.until(lambda: not handover.board.open_tracks)
    assert all(leg.gone.is_set() for leg in handover.board.legs)


async def test_the_next_human_is_rung_when_the_first_does_not_take_it(handover: Handover) -> None:
    await handover.begin(refuses(486), accepts, team=replace(TEAM, humans=(ANNA, BERT)))
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    assert [leg.identity for leg in handover.board.legs] == ["human_t1_1", "human_t1_2"]
    assert handover.studio.store.transfers[-1].human_id == BERT.id
    assert "busy" in handover.states
    assert sentences.STILL_TRYING in handover.said()


@pytest.mark.full
async def test_a_leg_that_will_not_go_is_heard_by_nobody(handover: Handover) -> None:
    await handover.begin(rings_on, says_nothing, team=replace(TEAM, humans=(ANNA, BERT)))
    handover.board.fails.add("remove")
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.studio.until(lambda: len(handover.board.legs) == 2, 25)
    first, second = handover.board.legs
    assert not handover.board.may_hear[first.identity]
    first.gone.clear()
    await handover.studio.until(
        lambda: {(second.identity, sid) for sid in first.tracks} <= handover.board.cut
    )
    handover.board.fails.clear()


@pytest.mark.parametrize("broken", ["subscribe", rarer("let_hear"), rarer("heard")])
async def test_an_isolation_that_is_not_sure_hangs_the_human_up(
    handover: Handover, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await handover.begin(says_nothing)
    handover.board.fails.add(broken)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.over(30)
    assert handover.board.removed == ["human_t1_1"]
    assert "merged" not in handover.states
    assert "unreachable" in handover.states
    assert handover.said()[-1] == sentences.STILL_HERE


@pytest.mark.full
async def test_without_a_track_the_agent_itself_says_so(handover: Handover) -> None:
    call = await handover.begin()
    handover.board.fails.add("open_track")
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.studio.until(lambda: sentences.NOT_CONNECTED in handover.said())
    assert handover.states == ["requested", "failed"]
    assert not call.held


@pytest.mark.parametrize("broken", ["heard", "close_track"])
async def test_whatever_breaks_around_a_transfer_the_agent_has_the_caller_again(
    handover: Handover, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = await handover.begin(refuses(486))

    async def breaks(*_: object) -> None:
        raise RuntimeError(broken)

    monkeypatch.setattr(handover.board, broken, breaks)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.studio.until(lambda: not call.held)
    assert handover.board.permitted is None, "the agent is heard again"
    await handover.studio.until(lambda: len(handover.said()) > 1)
    assert call.ending is None
    assert handover.states[-1] in ("failed", "returned")


async def test_a_telephone_of_which_nothing_is_known_is_hung_up(handover: Handover) -> None:
    await handover.begin(unreachable)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.over()
    assert handover.board.removed == ["human_t1_1"]


@pytest.mark.full
async def test_a_joining_that_fails_gives_the_caller_back(handover: Handover) -> None:
    await handover.begin(accepts)
    handover.board.fails.add("join")
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.over()
    assert "merged" not in handover.states
    assert handover.said()[-1] == sentences.STILL_HERE
    assert handover.board.removed == ["human_t1_1"]


@pytest.mark.full
async def test_two_transfers_asked_at_once_are_one(handover: Handover) -> None:
    await handover.begin(accepts)
    assert handover.desk.request(TransferCause.CALLER_ASKED)
    assert not handover.desk.request(TransferCause.FRUSTRATION)
    await handover.state("merged")
    assert not handover.desk.request(TransferCause.OPERATOR_KEY)
    assert handover.states.count("requested") == 1


@pytest.mark.parametrize(
    "state", [rarer("announcing"), rarer("holding"), rarer("ringing"), "briefing", "merged"]
)
async def test_a_caller_who_hangs_up_ends_it_and_the_human_is_told(
    handover: Handover, state: str
) -> None:
    human = {"ringing": rings_on, "holding": rings_on, "announcing": rings_on}.get(
        state, accepts if state == "merged" else says_nothing
    )
    call = await handover.begin(human)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.studio.until(lambda: state in handover.states)
    call.end(EndingReason.CALLER_HUNG_UP)
    end = await handover.studio.over()
    assert end.reason is EndingReason.CALLER_HUNG_UP
    assert handover.states[-1] == ("completed" if state == "merged" else "caller_gone")
    talked = state in ("briefing", "merged")
    assert handover.board.removed == [leg.identity for leg in handover.board.legs]
    spoken = sum(
        len(pcm)
        for sid, ear in handover.board.tracks.items()
        for _, pcm in ear.played
        if sid.startswith("briefing")
    )
    assert bool(spoken) == talked


@pytest.mark.full
async def test_a_caller_who_hangs_up_as_the_human_accepts_leaves_nobody(
    handover: Handover,
) -> None:
    call = await handover.begin(says_nothing)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("briefing")
    handover.board.legs[0].keys.put_nowait("1")
    call.end(EndingReason.CALLER_HUNG_UP)
    await handover.studio.over()
    assert handover.states[-1] in ("caller_gone", "completed")
    assert handover.board.legs[0].gone.is_set()


async def test_cancelling_brings_the_caller_back_with_words(handover: Handover) -> None:
    call = await handover.begin(rings_on)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("ringing")
    handover.desk.cancel()
    await handover.over()
    assert handover.states[-1] == "cancelled"
    assert handover.said()[-2:] == [sentences.NOT_CONNECTED, sentences.STILL_HERE]
    assert handover.board.removed == ["human_t1_1"]
    assert not call.held


async def test_nine_after_a_star_gives_the_caller_back_to_an_agent_that_knows(
    handover: Handover,
) -> None:
    call = await handover.begin(accepts)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    call.recorder.human_turn("human-t1-9", text="Your refund is approved.", start=1.0, end=2.0)
    for key in "*9":
        handover.board.legs[0].keys.put_nowait(key)
    await handover.over()
    assert handover.states[-1] == "given_back"
    assert handover.said()[-1] == sentences.BACK_AGAIN
    assert "Your refund is approved." in str(call.agent.chat_ctx.to_dict())
    await handover.studio.until(lambda: handover.board.removed == ["human_t1_1"])
    await handover.studio.speak("What are your opening hours?")
    await handover.studio.until(lambda: handover.said()[-1] != sentences.BACK_AGAIN)


@pytest.mark.full
async def test_a_supervisor_takes_the_caller_back(handover: Handover) -> None:
    await handover.begin(accepts)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    handover.desk.cancel()
    await asyncio.sleep(0.2)
    assert handover.states[-1] == "merged", "there is nothing to cancel any more"
    handover.desk.take_back()
    await handover.over()
    assert handover.states[-1] == "given_back"


async def test_after_the_human_the_caller_may_rate_by_a_key(handover: Handover) -> None:
    await handover.begin(accepts, team=replace(TEAM, after_human=AfterHuman.RATING))
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    handover.board.legs[0].on_left(0)
    await handover.studio.until(lambda: handover.said()[-1] == sentences.ASK_RATING)
    handover.desk.key("4")
    end = await handover.studio.over()
    assert end.reason is EndingReason.HUMAN_HUNG_UP
    assert handover.studio.store.transfers[-1].rating == 4


@pytest.mark.full
async def test_after_the_human_the_caller_may_be_with_the_agent_again(handover: Handover) -> None:
    call = await handover.begin(accepts, team=replace(TEAM, after_human=AfterHuman.RETURN))
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    handover.board.legs[0].on_left(0)
    await handover.over()
    assert handover.said()[-1] == sentences.BACK_AGAIN
    assert call.ending is None


@pytest.mark.full
async def test_a_caller_may_leave_a_message(handover: Handover) -> None:
    team = replace(TEAM, humans=(), nobody=NobodyAction.TAKE_MESSAGE)
    await handover.begin(team=team)
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.studio.until(
        lambda: (
            any(
                len(pcm) == 19200 for ear in handover.board.tracks.values() for _, pcm in ear.played
            )
            or sentences.LEAVE_MESSAGE in handover.said()
        )
    )
    await asyncio.sleep(0.6)
    voice = handover.board.voices[CALLER]
    voice.speak("My invoice is wrong.")
    await voice.said.wait()
    await asyncio.sleep(1.0)
    handover.desk.key("#")
    end = await handover.studio.over(30)
    assert end.reason is EndingReason.MESSAGE_LEFT
    (message,) = [r for r in handover.studio.store.records if type(r).__name__ == "MessageRecord"]
    assert message.team == "service"
    assert message.text == "My invoice is wrong."
    assert (handover.studio.config.recordings_dir / message.path).stat().st_size > 1000
    assert handover.states[-1] == "message_left"
