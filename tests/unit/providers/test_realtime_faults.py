"""The faults of the realtime stand-in, as the real OpenAI plugin meets them."""

from __future__ import annotations

import asyncio

import pytest
from livekit.agents import llm

from tests.unit.providers.realtime_support import (
    RESULT,
    WHERE_IS_IT,
    OpenSession,
    answer_tool,
    collect,
    next_event,
    reply,
    say,
)
from tests.unit.providers.support import StandIn


@pytest.mark.parametrize("moment", ["on_commit", "mid_response"])
async def test_a_session_that_lost_its_socket_goes_on_where_it_was(
    stand_in: StandIn, open_session: OpenSession, moment: str
) -> None:
    session = await open_session()
    again = collect(session, "session_reconnected")
    await say(session, WHERE_IS_IT)
    _, (call,) = await reply(session)
    await answer_tool(session, call, RESULT)
    await stand_in.patch(realtime_drop_socket="next 1", realtime_drop_socket_moment=moment)
    if moment == "on_commit":
        await say(session, "hello")
    else:
        text, _ = await reply(session)
        assert 0 < len(text) < 80
    await asyncio.wait_for(again.get(), 5)
    text, _ = await reply(session)
    assert text.startswith("Your order 4 2 7 1 is on its way")
    first, second = await stand_in.sessions()
    assert first["closed_at"] is not None
    assert second["client_events"]["conversation.item.create"] == 3


async def test_a_quota_error_ends_the_session_for_good(
    stand_in: StandIn, open_session: OpenSession
) -> None:
    await stand_in.patch(realtime_insufficient_quota="next 1")
    session = await open_session()
    errors = collect(session, "error")
    with pytest.raises(llm.RealtimeError):
        await reply(session)
    error = await asyncio.wait_for(errors.get(), 5)
    assert error.recoverable is False
    assert error.error.body.code == "insufficient_quota"


async def test_an_invalid_key_ends_the_session_for_good(open_session: OpenSession) -> None:
    session = await open_session(api_key="invalid")
    errors = collect(session, "error")
    error = await asyncio.wait_for(errors.get(), 5)
    assert error.recoverable is False
    assert error.error.body.code == "invalid_api_key"


async def test_a_failed_response_is_an_error_that_the_session_survives(
    stand_in: StandIn, open_session: OpenSession
) -> None:
    await stand_in.patch(realtime_failed_response="next 1")
    session = await open_session()
    errors = collect(session, "error")
    assert await reply(session) == ("", [])
    assert (await asyncio.wait_for(errors.get(), 5)).recoverable is True
    text, _ = await reply(session)
    assert text.startswith("Nordwind Outdoor, good day.")


async def test_control_tokens_leak_into_the_text_on_demand(
    stand_in: StandIn, open_session: OpenSession
) -> None:
    await stand_in.patch(realtime_leak_control_tokens="next 1")
    session = await open_session()
    leaked, _ = await reply(session)
    clean, _ = await reply(session)
    assert "<|audio_text|>" in leaked
    assert "<|" not in clean


async def test_a_stalled_request_is_never_answered(
    stand_in: StandIn, open_session: OpenSession
) -> None:
    await stand_in.patch(realtime_stall="next 1")
    session = await open_session()
    waiting = session.generate_reply()
    done, _ = await asyncio.wait({waiting}, timeout=0.5)
    assert not done
    text, _ = await reply(session)
    assert text


async def test_a_response_that_stands_still_can_be_cancelled(
    stand_in: StandIn, open_session: OpenSession
) -> None:
    await stand_in.patch(realtime_stall="next 1", realtime_stall_moment="mid_response")
    session = await open_session()
    waiting = asyncio.create_task(reply(session))
    done, _ = await asyncio.wait({waiting}, timeout=1.5)
    assert not done
    session.interrupt()
    half, _ = await waiting
    assert half == "Nordwind Outdoor, good"
    text, _ = await reply(session)
    assert text


async def test_a_refused_connection_is_tried_again(
    stand_in: StandIn, open_session: OpenSession
) -> None:
    await stand_in.patch(realtime_reject_connect="next 1")
    session = await open_session()
    errors = collect(session, "error")
    assert (await asyncio.wait_for(errors.get(), 5)).recoverable is True
    text, _ = await reply(session)
    assert text


async def test_a_failed_transcription_leaves_the_answer_alone(
    stand_in: StandIn, open_session: OpenSession
) -> None:
    await stand_in.patch(transcription_fail="next 1")
    session = await open_session()
    events = collect(session, "openai_server_event_received")
    await say(session, "I have a question.")
    text, _ = await reply(session)
    assert text == "What would you like to know?"
    await next_event(events, "conversation.item.input_audio_transcription.failed")
