"""A cascade of speech to text, chat model and voice: what only it can do wrong."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import urllib.request
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from livekit import rtc
from livekit.agents import llm

from agents import fixed_phrases
from agents.config import WorkerConfig
from agents.providers.cascade_model import CascadeModel, CascadeSession
from agents.providers.cascade_roles import BEGINS
from agents.providers.openai_cascade import build
from agents.providers.steady_model import SteadyModel
from deploy.local.voice import render
from telephony.enums import EndingReason, EventKind, TurnDetection
from tests.support.chains import CASCADE
from tests.support.studio import persona

if TYPE_CHECKING:
    from tests.agents.conftest import Providers, Studio

IN_CALLS = pytest.mark.parametrize("chain", [pytest.param(CASCADE, id="cascade")], indirect=True)


def asked(providers: Providers) -> list[list[dict[str, Any]]]:
    """The messages of each chat completion that was asked for, without the system's."""
    with urllib.request.urlopen(f"{providers.url}/control/log", timeout=5) as answer:  # noqa: S310
        sessions = json.load(answer)["sessions"]
    given = [json.loads(each["given"][0]) for each in sessions if each["kind"] == "chat"]
    return [body["messages"][1:] for body in given]


@pytest.fixture
async def session(config: WorkerConfig) -> AsyncIterator[CascadeSession]:
    model = build(persona("", (), TurnDetection.CLIENT), config)
    assert isinstance(model, CascadeModel)
    session = model.session()
    await session.update_instructions("You are the test reception.")
    yield session
    await session.aclose()
    await model.aclose()


def say(session: CascadeSession, text: str) -> str:
    """Commit something said; return the id of its item."""
    pcm, rate = render(text)
    session.push_audio(rtc.AudioFrame(pcm, rate, 1, len(pcm) // 2))
    session.commit_audio()
    return session.chat_ctx.items[-1].id


async def text_of(asked_for: llm.GenerationCreatedEvent) -> str:
    return "".join(
        [text async for message in asked_for.message_stream async for text in message.text_stream]
    )


async def test_a_reply_waits_for_the_words_and_answers_them(
    session: CascadeSession, providers: Providers
) -> None:
    providers.set(transcription_delay_ms=400)
    say(session, "Wait a moment.")
    assert await text_of(await session.generate_reply()) == "Of course."
    assert [message["content"] for message in asked(providers)[-1]] == ["Wait a moment."]
    said = [item.text_content for item in session.chat_ctx.items if item.type == "message"]
    assert said == ["Wait a moment.", "Of course."]


async def test_a_reply_that_nobody_wants_any_more_is_never_written(
    session: CascadeSession, providers: Providers
) -> None:
    providers.set(transcription_delay_ms=300)
    item_id = say(session, "Wait a moment.")
    unwanted = session.generate_reply()
    unwanted.cancel()
    context = session.chat_ctx
    context.items = [item for item in context.items if item.id != item_id]
    await session.update_chat_ctx(context)
    say(session, "Tell me about your tents.")
    assert (await text_of(await session.generate_reply())).startswith("We have three kinds")
    (messages,) = asked(providers)
    assert [message["content"] for message in messages] == ["Tell me about your tents."]


async def test_what_was_interrupted_stays_as_far_as_it_was_heard(
    session: CascadeSession, providers: Providers
) -> None:
    measured: list[Any] = []
    session.on("metrics_collected", measured.append)
    say(session, "Tell me about your tents.")
    reply = await session.generate_reply()
    session.interrupt()
    await text_of(reply)
    message = session.chat_ctx.items[-1]
    session.truncate(
        message_id=message.id, modalities=["text"], audio_end_ms=0, audio_transcript="We have"
    )
    say(session, "Wait a moment.")
    await text_of(await session.generate_reply())
    told = [message["content"] for message in asked(providers)[-1]]
    assert told == ["Tell me about your tents.", "We have", "Wait a moment."]
    assert [each.cancelled for each in measured] == [True, False]
    assert all(each.total_tokens > 0 for each in measured)


async def test_a_turn_without_words_is_told_to_the_model_as_such(
    session: CascadeSession, providers: Providers
) -> None:
    session.push_audio(rtc.AudioFrame(bytes(24_000), 24_000, 1, 12_000))
    session.commit_audio()
    assert await text_of(await session.generate_reply()) == "Pardon?"
    assert [message["content"] for message in asked(providers)[-1]] == ["[inaudible]"]


async def test_of_a_long_talk_the_oldest_third_is_left_out_and_no_tool_is_told_by_half(
    config: WorkerConfig, providers: Providers
) -> None:
    config = dataclasses.replace(config, cascade_llm_most_tokens=1_000)
    model = build(persona("", (), TurnDetection.CLIENT), config)
    session = model.session()
    talk = llm.ChatContext.empty()
    for number in range(30):
        talk.add_message(role="user", content=f"Question {number:02} {'x' * 38}")
        call = {"call_id": f"c{number}", "name": "order_status"}
        talk.items.append(llm.FunctionCall(**call, arguments="{}"))
        talk.items.append(llm.FunctionCallOutput(**call, output="y" * 38, is_error=False))
        talk.add_message(role="assistant", content=f"Answer {number:02} {'z' * 40}")
    await session.update_chat_ctx(talk)
    say(session, "Wait a moment.")
    assert await text_of(await session.generate_reply()) == "Of course."
    say(session, "Wait a moment.")
    assert await text_of(await session.generate_reply()) == "Of course."
    await session.aclose()
    await model.aclose()

    once, again = asked(providers)
    assert once[-1]["content"] == "Wait a moment."
    assert 2_200 < sum(len(message.get("content") or "") for message in once) < 2_700
    assert once[0]["role"] in ("user", "assistant") and "tool_calls" not in once[0]
    assert again[0] == once[0], "the next one begins where this one did"
    assert len(again) == len(once) + 2
    assert len(session.chat_ctx.items) == 4 * 30 + 4, "who replays the talk has all of it"


async def test_ears_that_fail_twice_are_asked_a_third_time(
    session: CascadeSession, providers: Providers
) -> None:
    errors: list[Any] = []
    session.on("error", errors.append)
    providers.set(transcription_fail="next 2")
    say(session, "Wait a moment.")
    assert await text_of(await session.generate_reply()) == "Of course."
    assert errors == []


async def test_a_reply_of_which_nothing_is_written_is_asked_for_again(
    config: WorkerConfig,
) -> None:
    """A stream that is over before it began: the server was restarted, or the model fell over."""
    asked_for = 0

    async def chat(request: web.Request) -> web.Response:
        nonlocal asked_for
        del request
        asked_for += 1
        delta = {"role": "assistant", "content": "Of course."}
        chunk: dict[str, Any] = {
            "id": "1",
            "created": 1,
            "model": "m",
            "object": "chat.completion.chunk",
        }
        chunk["choices"] = [{"index": 0, "delta": delta, "finish_reason": "stop"}]
        written = f"data: {json.dumps(chunk)}\n\n" if asked_for > 1 else ""
        return web.Response(text=f"{written}data: [DONE]\n\n", content_type="text/event-stream")

    app = web.Application()
    app.router.add_post("/v1/chat/completions", chat)
    async with TestServer(app) as server:
        at = str(server.make_url("/v1"))
        config = dataclasses.replace(config, cascade_llm_base_url=at)
        model = SteadyModel([build(persona("", (), TurnDetection.CLIENT), config)])
        session = model.session()
        reply = await asyncio.wait_for(session.generate_reply(), 10)
        assert await text_of(reply) == "Of course."
        assert asked_for == 2
        await session.aclose()
        await model.aclose()


@pytest.mark.full
@IN_CALLS
async def test_a_half_sentence_that_went_on_is_one_turn_and_its_draft_leaves_no_trace(
    studio: Studio, providers: Providers
) -> None:
    await studio.start(min_endpointing_ms=2_000)
    await studio.agent_turns(1)
    await studio.speak("Wait a moment.")
    await studio.until(lambda: asked(providers))
    await asyncio.sleep(0.4)  # it is written whole by then
    await studio.speak("Tell me about your tents.")
    await studio.until(lambda: "three kinds" in studio.store.said[-1][1])
    told = [message["content"] for message in asked(providers)[-1]]
    assert told == [BEGINS, "Hello.", "Wait a moment. Tell me about your tents."]
    (wasted,) = studio.store.events(EventKind.SPECULATION_DISCARDED)
    assert isinstance(wasted.detail["tokens"], int) and wasted.detail["tokens"] > 0


@pytest.mark.full
@IN_CALLS
async def test_a_caller_of_whom_nothing_is_understood_twice_is_offered_the_keypad(
    studio: Studio, providers: Providers
) -> None:
    await studio.start()
    await studio.agent_turns(1)
    for asked_again in (fixed_phrases.SAY_AGAIN, fixed_phrases.KEYPAD_OFFER):
        await studio.speak("Do otters juggle?")  # no words that these ears know
        await studio.until(lambda: studio.store.said[-1] == ("agent", asked_again))  # noqa: B023
    assert len(studio.store.events(EventKind.KEYPAD_OFFERED)) == 1
    await studio.speak("Wait a moment.")
    await studio.until(lambda: studio.store.said[-1] == ("agent", "Of course."))
    told = [message["content"] for message in asked(providers)[-1]]
    assert told[-1] == "Wait a moment."
    assert "[inaudible]" not in told


@IN_CALLS
@pytest.mark.full
async def test_ears_that_never_work_end_the_call_by_name(
    studio: Studio, providers: Providers
) -> None:
    await studio.start()
    await studio.agent_turns(1)
    providers.set(transcription_fail="always")
    await studio.speak("Wait a moment.")
    ended = await studio.over()
    assert ended.reason is EndingReason.MODEL_UNAVAILABLE
    assert studio.line.played_s > 1


@IN_CALLS
@pytest.mark.full
async def test_each_part_may_be_a_server_of_its_own_without_a_key(
    studio: Studio, providers: Providers
) -> None:
    """As whisper, llama.cpp and piper servers in the house: OpenAI and its key are not used."""
    here = f"{providers.url}/v1"
    studio.config = dataclasses.replace(
        studio.config,
        openai_base_url="http://127.0.0.1:1/v1",
        openai_api_key="invalid",
        cascade_stt_base_url=here,
        cascade_stt_model="whisper-1",
        cascade_llm_base_url=here,
        cascade_llm_api_key="of the house",
        cascade_tts_base_url=here,
    )
    await studio.start()
    await studio.agent_turns(1)
    await studio.speak("Wait a moment.")
    await studio.until(lambda: ("agent", "Of course.") in studio.store.said)
    assert studio.store.events(EventKind.PROVIDER_ERROR) == []
