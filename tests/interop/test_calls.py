"""Ordinary calls from SIPp: what it takes to call a carrier's own equipment a customer."""

from __future__ import annotations

import pytest

from tests.support.rooms import close_rooms_of, rooms_of
from tests.support.sipp import Sipp
from tests.support.stack import Api, Json, said

QUESTION = "Where is my order four two seven one?"


async def test_a_call_is_answered_and_ended_by_the_callers_bye(
    sipp: Sipp, api: Api, stack: Json
) -> None:
    run = await sipp.run("answer_and_bye", caller="+15550201")
    stored = await api.ended(run.call_id)
    assert stored["ending"]["reason"] == "caller_hung_up"
    await rooms_of(stack, "+15550201", count=0)


async def test_a_call_whose_room_is_closed_is_ended_by_the_services_bye(
    sipp: Sipp, api: Api, stack: Json
) -> None:
    async with sipp.running("answer_and_be_hung_up", caller="+15550202") as run:
        await api.wait_for(run.call_id, lambda call: call["answered_at"])
        await rooms_of(stack, "+15550202", count=1)
        await close_rooms_of(stack, "+15550202")
        await run.finished(10)
    await api.ended(run.call_id)
    await rooms_of(stack, "+15550202", count=0)


async def test_a_caller_who_cancels_at_the_first_ring_leaves_no_room(
    sipp: Sipp, api: Api, stack: Json
) -> None:
    run = await sipp.run("cancel_while_ringing", caller="+15550203")
    await rooms_of(stack, "+15550203", count=0)
    stored = await api.find(run.call_id)
    if stored is not None:  # none is right too: nobody had seen the call yet
        stored = await api.ended(run.call_id)
        assert stored["ending"]["result"] == "caller"


async def test_an_invite_sent_four_times_is_one_call_in_one_room(
    sipp: Sipp, api: Api, stack: Json
) -> None:
    async with sipp.running("retransmitted_invite", caller="+15550204") as run:
        await api.wait_for(run.call_id, lambda call: call["answered_at"])
        await rooms_of(stack, "+15550204", count=1)
        await run.finished()
    stored = await api.ended(run.call_id)  # exactly one row, or find() fails
    assert stored["ending"]["reason"] == "caller_hung_up"
    await rooms_of(stack, "+15550204", count=0)


async def test_an_invite_without_sdp_is_answered_with_an_offer(
    sipp: Sipp, api: Api, stack: Json
) -> None:
    run = await sipp.run("no_sdp", caller="+15550205")
    stored = await api.ended(run.call_id)
    assert stored["ending"]["reason"] == "caller_hung_up"
    await rooms_of(stack, "+15550205", count=0)


async def test_a_held_call_goes_on_after_it_is_resumed(sipp: Sipp, api: Api, stack: Json) -> None:
    run = await sipp.run("hold_and_resume", caller="+15550206", say=QUESTION)
    stored = await api.ended(run.call_id)
    assert stored["ending"]["reason"] == "caller_hung_up"
    assert said(stored, "caller"), "nothing was heard of a caller who spoke"
    await rooms_of(stack, "+15550206", count=0)


@pytest.mark.alone
async def test_ten_calls_five_at_once_are_all_answered_and_ended(
    sipp: Sipp, api: Api, stack: Json
) -> None:
    run = await sipp.run("answer_and_bye", caller="+15550207", calls=10, at_once=5, timeout_s=60)
    for call_id in run.call_ids:
        stored = await api.ended(call_id)
        assert stored["ending"]["reason"] == "caller_hung_up"
    await rooms_of(stack, "+15550207", count=0)
