"""What the admin asks of a running call, as its packets say it."""

from __future__ import annotations

import json

import pytest

from agents import commands
from agents.transfer.refusal import MOST, Refusals
from telephony.enums import EndingReason
from tests.agents.transfer.conftest import Handover
from tests.agents.transfer.fake_board import accepts, rings_on


def obey(handover: Handover, data: bytes) -> bool:
    return commands.obey(handover.desk, data, Refusals(handover.call, handover.desk).tell)


async def test_commands_of_the_admin_reach_the_transfer(handover: Handover) -> None:
    await handover.begin(rings_on)
    handover.studio.parts._operator()
    await handover.state("ringing")
    assert not obey(handover, b"no json")
    assert not obey(handover, b'{"command": "delete_everything"}')
    assert not obey(handover, b"[" * 5_000)
    assert obey(handover, json.dumps({"command": "cancel_transfer"}).encode())
    await handover.over()
    assert handover.states[-1] == "cancelled"


async def test_a_supervisor_hands_the_caller_to_a_team_of_the_persona_alone(
    handover: Handover,
) -> None:
    await handover.begin(accepts)
    for team in ("board", "", ["service"], None):
        obey(handover, json.dumps({"command": "hand_over", "team": team}).encode())
        assert not handover.desk.busy
    handover.studio.store.records.clear()
    assert not obey(handover, b'{"command": "hand_over"}')

    assert obey(handover, b'{"command": "hand_over", "team": "service"}')
    assert obey(handover, b'{"command": "hand_over", "team": "service"}')

    await handover.state("merged")
    causes = {record.cause.value for record in handover.studio.store.transfers}
    assert causes == {"supervisor"}
    assert handover.states.count("requested") == 1


@pytest.mark.parametrize("ends", [False, True])
async def test_a_hand_over_that_cannot_begin_is_a_row_that_says_why(
    handover: Handover, ends: bool
) -> None:
    await handover.begin()
    if ends:
        handover.call.end(EndingReason.CALLER_HUNG_UP)
    refusals = Refusals(handover.call, handover.desk)
    for _ in range(MOST + 2):
        refusals.tell("sales")
    told = handover.studio.store.transfers
    assert [row.transfer_key for row in told] == [f"s{n}" for n in range(1, MOST + 1)]
    why = "nobody is talking" if ends else "no such team"
    assert {(row.state.value, row.cause.value, row.detail) for row in told} == {
        ("failed", "supervisor", f"not begun: {why}")
    }
