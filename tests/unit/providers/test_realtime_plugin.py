"""The real OpenAI plugin as the client of the stand-in."""

from __future__ import annotations

import asyncio
import json
import time

from openai.types.realtime.realtime_audio_input_turn_detection import ServerVad

from tests.unit.providers.realtime_support import (
    RESULT,
    WHERE_IS_IT,
    OpenSession,
    answer_tool,
    collect,
    next_event,
    read,
    reply,
    say,
)
from tests.unit.providers.support import StandIn, frames, telephone_audio


async def test_a_spoken_question_calls_the_tool_and_its_result_is_told(
    open_session: OpenSession,
) -> None:
    session = await open_session()
    transcripts = collect(session, "input_audio_transcription_completed")
    await say(session, WHERE_IS_IT)
    text, (call,) = await reply(session)
    assert (text, call.name) == ("", "order_status")
    assert json.loads(call.arguments) == {"order_number": "4271"}
    await answer_tool(session, call, RESULT)
    text, calls = await reply(session)
    assert text.startswith("Your order 4 2 7 1 is on its way and arrives on Tuesday.")
    assert not calls
    final = [
        t for t in (transcripts.get_nowait() for _ in range(transcripts.qsize())) if t.is_final
    ]
    assert [t.transcript for t in final] == ["Hello, where is my order 4271?"]


async def test_a_failed_tool_is_told_as_failed(open_session: OpenSession) -> None:
    session = await open_session()
    await say(session, WHERE_IS_IT)
    _, (call,) = await reply(session)
    await answer_tool(session, call, {"ok": False, "error": "timeout", "message": "no answer"})
    text, _ = await reply(session)
    assert text.startswith("I am sorry, I cannot look up orders right now.")


async def test_words_and_a_call_come_in_one_response(open_session: OpenSession) -> None:
    session = await open_session()
    await say(session, "No, thank you, goodbye.")
    text, calls = await reply(session)
    assert text == "Thank you for calling. Goodbye."
    assert [(call.name, call.arguments) for call in calls] == [("end_call", "{}")]


async def test_a_tool_the_session_does_not_offer_is_never_called(
    open_session: OpenSession,
) -> None:
    session = await open_session()
    await session.update_tools([])
    await say(session, "When are you open?")
    text, calls = await reply(session)
    assert text and not calls


async def test_a_quoted_sentence_in_the_instructions_is_said(open_session: OpenSession) -> None:
    session = await open_session()
    text, _ = await reply(session, instructions='Greet the caller with "Good day, it\'s Anna."')
    assert text == "Good day, it's Anna."


async def test_first_token_comes_after_the_set_delay(
    stand_in: StandIn, open_session: OpenSession
) -> None:
    await stand_in.patch(first_token_delay_ms=300, tokens_per_second=20)
    session = await open_session()
    await reply(session)
    started = time.monotonic()
    event = await session.generate_reply()
    message = await anext(aiter(event.message_stream))
    parts = [time.monotonic() - started async for _ in message.text_stream]
    assert 0.29 <= parts[0] <= 0.45
    pace = (parts[-1] - parts[0]) / (len(parts) - 1)
    assert 0.045 <= pace <= 0.065


async def test_an_interrupted_response_ends_cancelled(
    stand_in: StandIn, open_session: OpenSession
) -> None:
    await stand_in.patch(tokens_per_second=10)
    session = await open_session()
    events = collect(session, "openai_server_event_received")
    event = await session.generate_reply()
    message = await anext(aiter(event.message_stream))
    said = ""
    async for part in message.text_stream:
        if not said:
            session.interrupt()
        said += part
    done = await next_event(events, "response.done")
    assert done["response"]["status"] == "cancelled"
    assert done["response"]["output"][0]["status"] == "incomplete"
    assert len(said) < len("Nordwind Outdoor, good day.")
    text, _ = await reply(session)
    assert text == "Are you still there?"


async def test_transcription_is_off_when_the_client_turns_it_off(
    open_session: OpenSession,
) -> None:
    session = await open_session(input_audio_transcription=None)
    events = collect(session, "openai_server_event_received")
    await say(session, "I have a question.")
    text, _ = await reply(session)
    assert text == "What would you like to know?"
    await asyncio.sleep(0.2)
    kinds = {events.get_nowait()["type"] for _ in range(events.qsize())}
    assert not any("transcription" in kind for kind in kinds)


async def test_server_vad_makes_the_turns(stand_in: StandIn, open_session: OpenSession) -> None:
    vad = ServerVad(
        type="server_vad",
        silence_duration_ms=300,
        create_response=True,
        interrupt_response=True,
    )
    session = await open_session(turn_detection=vad)
    events = collect(session, "openai_server_event_received")
    responses = collect(session, "generation_created")
    for frame in frames(bytes(24_000) + telephone_audio("I have a question.") + bytes(48_000)):
        session.push_audio(frame)
    started = await next_event(events, "input_audio_buffer.speech_started")
    stopped = await next_event(events, "input_audio_buffer.speech_stopped")
    added = await next_event(events, "conversation.item.added")
    assert started["item_id"] == stopped["item_id"] == added["item"]["id"]
    assert 100 <= started["audio_start_ms"] < 600 < stopped["audio_end_ms"]
    event = await asyncio.wait_for(responses.get(), 5)
    assert event.user_initiated is False
    assert (await read(event))[0] == "What would you like to know?"


async def test_speech_interrupts_a_response_under_server_vad(
    stand_in: StandIn, open_session: OpenSession
) -> None:
    await stand_in.patch(tokens_per_second=5)
    session = await open_session(turn_detection=ServerVad(type="server_vad"))
    events = collect(session, "openai_server_event_received")
    await session.generate_reply()
    await next_event(events, "response.output_text.delta")
    for frame in frames(telephone_audio("Stop. Wait a moment.")):
        session.push_audio(frame)
    done = await next_event(events, "response.done")
    assert done["response"]["status"] == "cancelled"
    assert done["response"]["status_details"]["reason"] == "turn_detected"
