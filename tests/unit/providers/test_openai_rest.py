"""The plugins of a cascade as clients of the stand-in for OpenAI's HTTP API."""

from __future__ import annotations

import asyncio
import io
import time
from typing import Any

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import APIConnectionError, APIConnectOptions, APIStatusError, llm
from livekit.plugins import openai

from tests.unit.providers.support import NORDWIND, TOOLS, StandIn, telephone_audio

ONCE = APIConnectOptions(max_retry=0, timeout=2.0)


def at(stand_in: StandIn) -> dict[str, Any]:
    return {"base_url": f"{stand_in.url}/v1", "api_key": "any"}


def spoken(text: str) -> rtc.AudioFrame:
    pcm = telephone_audio(text)
    return rtc.AudioFrame(pcm, 24_000, 1, len(pcm) // 2)


async def heard(stand_in: StandIn, audio: rtc.AudioFrame, **options: Any) -> str:
    event = await openai.STT(**at(stand_in), **options).recognize(audio, conn_options=ONCE)
    return event.alternatives[0].text


def asking(*said: str) -> llm.ChatContext:
    context = llm.ChatContext.empty()
    context.add_message(role="system", content=NORDWIND)
    for text in said:
        context.add_message(role="user", content=text)
    return context


async def chunks(stand_in: StandIn, context: llm.ChatContext) -> list[llm.ChatChunk]:
    async with (
        openai.LLM(model="any", **at(stand_in)) as model,
        model.chat(chat_ctx=context, tools=TOOLS, conn_options=ONCE) as stream,
    ):
        return [chunk async for chunk in stream]


def text_of(found: list[llm.ChatChunk]) -> str:
    return "".join(chunk.delta.content or "" for chunk in found if chunk.delta)


async def said(stand_in: StandIn, text: str, **options: Any) -> tuple[bytes, float]:
    """PCM at 24 kHz, and seconds to its first frame."""
    started, first_s, pcm = time.monotonic(), 0.0, b""
    async with (
        openai.TTS(voice="any", **at(stand_in), **options) as voice,
        voice.synthesize(text, conn_options=ONCE) as stream,
    ):
        async for audio in stream:
            first_s = first_s or time.monotonic() - started
            pcm += audio.frame.data.tobytes()
    return pcm, first_s


@pytest.mark.parametrize("model", ["gpt-4o-mini-transcribe", "whisper-1"])
async def test_a_file_is_written_down_after_the_set_delay(stand_in: StandIn, model: str) -> None:
    await stand_in.patch(transcription_delay_ms=400)
    started = time.monotonic()
    words = await heard(stand_in, spoken("What are your opening hours?"), model=model)
    assert words == "What are your opening hours?"
    assert time.monotonic() - started >= 0.4


async def test_silence_is_no_words_and_no_audio_file_is_refused(stand_in: StandIn) -> None:
    silence = rtc.AudioFrame(bytes(48_000), 24_000, 1, 24_000)
    assert await heard(stand_in, silence) == ""
    url, key = f"{stand_in.url}/v1/audio/transcriptions", {"Authorization": "Bearer any"}
    async with stand_in.http.post(
        url, data={"file": io.BytesIO(b"no audio")}, headers=key
    ) as answer:
        assert answer.status == 400


async def test_a_reply_is_streamed_and_its_tokens_are_told(stand_in: StandIn) -> None:
    await stand_in.patch(first_token_delay_ms=300, tokens_per_second=50)
    started = time.monotonic()
    found = await chunks(stand_in, asking("What are your opening hours?"))
    assert time.monotonic() - started >= 0.3
    (usage,) = [chunk.usage for chunk in found if chunk.usage]
    assert usage.prompt_tokens > 0
    calls = [call for chunk in found if chunk.delta for call in chunk.delta.tool_calls]
    assert [call.name for call in calls] == ["opening_hours"]


async def test_a_tool_is_called_and_its_result_is_told(stand_in: StandIn) -> None:
    context = asking("Where is my order 4711?")
    found = await chunks(stand_in, context)
    (call,) = [call for chunk in found if chunk.delta for call in chunk.delta.tool_calls]
    assert (call.name, call.arguments) == ("order_status", '{"order_number": "4711"}')
    result = '{"order_number": "4711", "status": "shipped", "delivery_day": "Monday"}'
    context.insert(
        [
            llm.FunctionCall(call_id=call.call_id, name=call.name, arguments=call.arguments),
            llm.FunctionCallOutput(call_id=call.call_id, output=result, is_error=False),
        ]
    )
    assert "shipped" in text_of(await chunks(stand_in, context))


async def test_a_call_without_its_result_is_refused(stand_in: StandIn) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "x", "arguments": "{}"}}
    body = {"stream": True, "messages": [{"role": "assistant", "tool_calls": [call]}]}
    url, key = f"{stand_in.url}/v1/chat/completions", {"Authorization": "Bearer any"}
    async with stand_in.http.post(url, json=body, headers=key) as answer:
        assert answer.status == 400
        assert "must be followed by tool messages" in (await answer.json())["error"]["message"]


@pytest.mark.parametrize(
    ("talk", "status"),
    [
        ((), 200),
        (("user", "assistant", "user"), 200),
        (("user", "calls", "tool", "assistant", "user"), 200),
        (("assistant", "user"), 400),
        (("user", "user"), 400),
        (("user", "assistant", "assistant", "user"), 400),
        (("user", "calls", "tool", "user"), 400),
    ],
)
async def test_roles_that_do_not_alternate_are_refused_as_by_the_template_of_a_local_model(
    stand_in: StandIn, talk: tuple[str, ...], status: int
) -> None:
    call = {"id": "1", "type": "function", "function": {"name": "x", "arguments": "{}"}}
    as_message = {
        "calls": {"role": "assistant", "tool_calls": [call]},
        "tool": {"role": "tool", "tool_call_id": "1", "content": "{}"},
    }
    system = {"role": "system", "content": NORDWIND}
    messages = [as_message.get(role, {"role": role, "content": "Hello."}) for role in talk]
    url, key = f"{stand_in.url}/v1/chat/completions", {"Authorization": "Bearer any"}
    body = {"stream": True, "messages": [system, *messages]}
    async with stand_in.http.post(url, json=body, headers=key) as answer:
        assert answer.status == status
        if status == 400:
            assert "roles must alternate" in (await answer.json())["error"]["message"]


@pytest.mark.parametrize("options", [{"response_format": "wav"}, {"response_format": "pcm"}])
@pytest.mark.parametrize("model", ["tts-1", "gpt-4o-mini-tts"])
async def test_a_text_is_spoken_as_bare_audio_and_as_events(
    stand_in: StandIn, model: str, options: dict[str, str]
) -> None:
    await stand_in.patch(tts_first_chunk_delay_ms=250)
    pcm, first_s = await said(stand_in, "Good day. How can I help you?", model=model, **options)
    assert 1.2 < len(pcm) / 48_000 < 3
    assert 0.24 <= first_s <= 0.6
    assert np.abs(np.frombuffer(pcm, np.int16).astype(np.int32)).max() > 3_000


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("realtime_insufficient_quota", 429, "insufficient_quota"),
        ("realtime_failed_response", 500, "server_error"),
        ("realtime_reject_connect", 503, "server_error"),
    ],
)
async def test_a_fault_of_the_model_has_the_status_of_the_service(
    stand_in: StandIn, fault: str, status: int, code: str
) -> None:
    await stand_in.patch(**{fault: "always"})
    with pytest.raises(APIStatusError) as failed:
        await chunks(stand_in, asking("Hello."))
    assert (failed.value.status_code, failed.value.body["code"]) == (status, code)  # type: ignore[index]


async def test_a_reply_may_break_off_half_way(stand_in: StandIn) -> None:
    await stand_in.patch(realtime_drop_socket="next 1", realtime_drop_socket_moment="mid_response")
    with pytest.raises(APIConnectionError):
        await chunks(stand_in, asking("Hello."))
    assert text_of(await chunks(stand_in, asking("Hello.")))


async def test_a_reply_may_stand_still_half_way(stand_in: StandIn) -> None:
    await stand_in.patch(realtime_stall="next 1", realtime_stall_moment="mid_response")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(chunks(stand_in, asking("Hello.")), 1.5)
    assert text_of(await chunks(stand_in, asking("Hello.")))


@pytest.mark.parametrize("fault", ["transcription_fail", "tts_error"])
async def test_ears_and_voice_fail_with_500(stand_in: StandIn, fault: str) -> None:
    await stand_in.patch(**{fault: "next 1"})
    with pytest.raises(APIStatusError) as failed:
        if fault == "tts_error":
            await said(stand_in, "Good day.", response_format="wav")
        else:
            await heard(stand_in, spoken("What are your opening hours?"))
    assert failed.value.status_code == 500
