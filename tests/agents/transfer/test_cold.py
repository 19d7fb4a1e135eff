"""The caller's own telephone is sent to the human, where that is allowed; else the warm way."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from agents.transfer import cold
from agents.transfer.board import BoardError
from telephony.contracts import TeamSpec
from telephony.enums import EndingReason, TransferCause
from tests.agents.transfer.conftest import ANNA, TEAM, Handover
from tests.agents.transfer.fake_board import accepts

COLD: TeamSpec = replace(TEAM, humans=(replace(ANNA, cold=True),))


async def test_a_caller_who_was_sent_is_handed_over(handover: Handover) -> None:
    await handover.begin(team=COLD)
    handover.desk.request(TransferCause.CALLER_ASKED)
    end = await handover.studio.over()
    assert handover.board.refers == ["sip:anna@127.0.0.1:1"]
    assert end.reason is EndingReason.HANDED_OVER
    assert handover.states[-1] == "completed"
    assert handover.studio.store.transfers[-1].mode.value == "cold"


@pytest.mark.full
async def test_also_when_their_telephone_leaves_before_we_are_told(handover: Handover) -> None:
    call = await handover.begin(team=COLD)

    async def leaves_first() -> None:
        call.end(EndingReason.CALLER_HUNG_UP)
        await asyncio.sleep(0.3)

    handover.board.on_refer = leaves_first
    handover.desk.request(TransferCause.CALLER_ASKED)
    end = await handover.studio.over()
    assert end.reason is EndingReason.HANDED_OVER
    assert handover.states[-1] == "completed"


async def test_a_refusal_leads_to_the_warm_way(handover: Handover) -> None:
    await handover.begin(accepts, team=COLD)

    async def refuses() -> None:
        raise BoardError("failed_precondition", 603)

    handover.board.on_refer = refuses
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    refused = next(r for r in handover.studio.store.transfers if r.detail.startswith("refer"))
    assert (refused.mode.value, refused.sip_status) == ("cold", 603)
    assert handover.studio.store.transfers[-1].mode.value == "warm"


@pytest.mark.full
async def test_no_answer_is_looked_into_and_never_asked_again(
    handover: Handover, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cold, "LEAVES_WITHIN_S", 0.5)
    await handover.begin(accepts, team=COLD)

    async def times_out() -> None:
        raise BoardError("timeout")

    handover.board.on_refer = times_out
    handover.desk.request(TransferCause.CALLER_ASKED)
    await handover.state("merged")
    assert handover.board.refers == ["sip:anna@127.0.0.1:1"]


@pytest.mark.parametrize(
    "code", ["ServerDisconnectedError", pytest.param("deadline_exceeded", marks=pytest.mark.full)]
)
async def test_no_answer_and_the_caller_gone_is_a_transfer(handover: Handover, code: str) -> None:
    await handover.begin(accepts, team=COLD)

    async def is_not_told() -> None:
        # The SIP service had sent it when the API's connection broke.
        asyncio.get_running_loop().call_later(0.3, setattr, handover.board, "caller_here", False)
        raise BoardError(code)

    handover.board.on_refer = is_not_told
    handover.desk.request(TransferCause.CALLER_ASKED)
    assert (await handover.studio.over()).reason is EndingReason.HANDED_OVER
    assert not handover.board.legs, "the human whom the caller's phone calls is not rung as well"
