"""Calls that must not come in: refused on the wire, and no room was opened for them."""

from __future__ import annotations

import pytest

from tests.support.rooms import rooms_of
from tests.support.sipp import Sipp
from tests.support.stack import Api, Json


@pytest.mark.parametrize(
    ("scenario", "caller", "called"),
    [
        ("unknown_number", "+15550211", "+15559999"),
        ("only_g729", "+15550212", "shop"),
    ],
)
async def test_a_call_we_cannot_take_is_refused_and_opens_no_room(
    sipp: Sipp, api: Api, stack: Json, scenario: str, caller: str, called: str
) -> None:
    run = await sipp.run(scenario, caller=caller, called=called)
    await rooms_of(stack, caller, count=0)
    assert await api.find(run.call_id) is None


async def test_a_right_password_is_answered(sipp: Sipp, api: Api, stack: Json) -> None:
    right = (stack["digest"]["user"], stack["digest"]["password"])
    run = await sipp.run("digest_right", caller="+15550213", called="digest", credentials=right)
    stored = await api.ended(run.call_id)
    assert stored["ending"]["reason"] == "caller_hung_up"
    await rooms_of(stack, "+15550213", count=0)


async def test_a_wrong_password_is_refused_and_opens_no_room(
    sipp: Sipp, api: Api, stack: Json
) -> None:
    wrong = (stack["digest"]["user"], "not the password")
    run = await sipp.run("digest_wrong", caller="+15550214", called="digest", credentials=wrong)
    assert run.statuses()[-1] in (401, 403)
    await rooms_of(stack, "+15550214", count=0)
    assert await api.find(run.call_id) is None
