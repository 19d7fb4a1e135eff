"""A transcription-only session, with the real OpenAI plugin's STT as its client."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import numpy as np
import pytest
import soxr
from livekit.agents import stt as agents_stt
from livekit.agents.utils import http_context
from livekit.plugins import openai

from deploy.local.voice import render
from tests.unit.providers.support import StandIn, frames, telephone_audio

SECOND = bytes(48_000)
FINAL = agents_stt.SpeechEventType.FINAL_TRANSCRIPT
DELTA = "conversation.item.input_audio_transcription.delta"
COMPLETED = "conversation.item.input_audio_transcription.completed"


@pytest.fixture
async def ears(stand_in: StandIn) -> AsyncIterator[openai.STT]:
    async with http_context.open():
        plugin = openai.STT(use_realtime=True, base_url=f"{stand_in.url}/v1", api_key="any")
        yield plugin
        await plugin.aclose()


async def written_down(plugin: openai.STT, pcm: bytes, turns: int) -> list[agents_stt.SpeechEvent]:
    """The events of one stream, until it wrote ``turns`` turns down."""
    events: list[agents_stt.SpeechEvent] = []
    async with asyncio.timeout(10):
        async with plugin.stream() as stream:
            for frame in frames(pcm, milliseconds=20):
                stream.push_frame(frame)
            async for event in stream:
                events.append(event)
                if sum(e.type is FINAL for e in events) == turns:
                    break
    return events


async def test_each_turn_is_written_down_and_nobody_answers(
    stand_in: StandIn, ears: openai.STT
) -> None:
    said = ["Hello, this is Maria from the service desk.", "Thank you very much for your help."]
    pcm = SECOND + b"".join(telephone_audio(text) + SECOND for text in said)
    events = await written_down(ears, pcm, 2)
    # As with the real service, a short turn may be written down before a long one before it.
    assert {e.alternatives[0].text for e in events if e.type is FINAL} == set(said)
    kinds = [e.type for e in events]
    kind = agents_stt.SpeechEventType
    assert kinds.count(kind.START_OF_SPEECH) == kinds.count(kind.END_OF_SPEECH) == 2
    assert kind.INTERIM_TRANSCRIPT in kinds
    (record,) = [s for s in await stand_in.sessions() if s["kind"] == "transcription"]
    assert record["responses"] == []
    assert record["errors"] == []


@pytest.mark.parametrize(
    ("update", "silence"),
    [
        (
            {
                "type": "session.update",
                "session": {
                    "type": "transcription",
                    "audio": {"input": {"format": {"type": "audio/pcmu"}}},
                },
            },
            b"\xff" * 8000,
        ),
        (
            {
                "type": "transcription_session.update",
                "session": {
                    "input_audio_format": "g711_ulaw",
                    "input_audio_transcription": {"model": "whisper-1"},
                    "turn_detection": {"type": "server_vad", "silence_duration_ms": 300},
                },
            },
            b"\xff" * 8000,
        ),
    ],
)
async def test_audio_as_the_telephone_carries_it_is_written_down_too(
    stand_in: StandIn, update: dict[str, Any], silence: bytes
) -> None:
    async with connected(stand_in) as socket:
        assert (await socket.receive_json())["type"] == "session.created"
        await socket.send_json(update)
        updated = await socket.receive_json()
        assert updated["type"] == f"{update['type']}d"
        assert updated["session"]["type"] == "transcription"
        await append(socket, silence + mu_law("When are you open?") + silence)
        done = await until(socket, COMPLETED)
        assert done["transcript"] == "When are you open?"


async def test_it_takes_no_question_and_no_prompt(stand_in: StandIn) -> None:
    refused = [
        {"type": "response.create"},
        {"type": "session.update", "session": {"type": "realtime"}},
        {"type": "session.update", "session": {"instructions": "Be brief."}},
    ]
    async with connected(stand_in) as socket:
        for event in refused:
            await socket.send_json(event)
            assert (await until(socket, "error"))["error"]["type"] == "invalid_request_error"


async def test_a_session_that_talks_cannot_become_one_that_writes(stand_in: StandIn) -> None:
    async with connected(stand_in, intent="") as socket:
        await socket.send_json({"type": "session.update", "session": {"type": "transcription"}})
        assert (await until(socket, "error"))["error"]["param"] == "session.type"


async def test_a_live_model_tells_words_before_it_is_committed_to(stand_in: StandIn) -> None:
    async with connected(stand_in) as socket:
        await socket.send_json(live({"type": "server_vad"}))
        refused = (await until(socket, "error"))["error"]
        assert refused["param"] == "session.audio.input.turn_detection"
        await socket.send_json(live())
        updated = await until(socket, "session.updated")
        assert updated["session"]["audio"]["input"]["turn_detection"] is None
        await append(socket, SECOND + telephone_audio("When are you open?") + SECOND)
        told = ""
        while told != "When are you open?":
            told += (await until(socket, DELTA))["delta"]
        await socket.send_json({"type": "input_audio_buffer.commit"})
        assert (await until(socket, COMPLETED))["transcript"] == told


async def test_faults_of_a_session_that_writes_leave_those_that_talk_alone(
    stand_in: StandIn,
) -> None:
    await stand_in.patch(transcription_reject_connect="always")
    with pytest.raises(aiohttp.WSServerHandshakeError):
        async with connected(stand_in):
            pass
    async with connected(stand_in, intent="") as socket:
        assert (await socket.receive_json())["type"] == "session.created"
    await stand_in.patch(transcription_reject_connect="off", transcription_drop_socket="next 1")
    async with connected(stand_in) as socket:
        await append(socket, bytes(800))
        async with asyncio.timeout(8):
            while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                pass
    await stand_in.patch(transcription_stall="always")
    async with connected(stand_in) as socket:
        await socket.send_json(live())
        await append(socket, telephone_audio("When are you open?"))
        await socket.send_json({"type": "input_audio_buffer.commit"})
        await until(socket, "input_audio_buffer.committed")
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(until(socket, COMPLETED), 1)


def live(turn_detection: dict[str, Any] | None = None) -> dict[str, Any]:
    side: dict[str, Any] = {"transcription": {"model": "gpt-live-transcribe"}}
    if turn_detection is not None:
        side["turn_detection"] = turn_detection
    return {
        "type": "session.update",
        "session": {"type": "transcription", "audio": {"input": side}},
    }


def connected(stand_in: StandIn, intent: str = "?intent=transcription") -> Any:
    return stand_in.http.ws_connect(
        f"{stand_in.url}/v1/realtime{intent}", headers={"Authorization": "Bearer any"}
    )


async def append(socket: aiohttp.ClientWebSocketResponse, audio: bytes) -> None:
    for offset in range(0, len(audio), 800):
        part = base64.b64encode(audio[offset : offset + 800]).decode()
        await socket.send_json({"type": "input_audio_buffer.append", "audio": part})


async def until(socket: aiohttp.ClientWebSocketResponse, kind: str) -> dict[str, Any]:
    async with asyncio.timeout(8):
        while True:
            event: dict[str, Any] = await socket.receive_json()
            if event["type"] == kind:
                return event


def mu_law(text: str) -> bytes:
    """``text`` spoken, 8 kHz mu-law (ITU-T G.711)."""
    pcm, rate = render(text, voice="en-us", words_per_minute=160)
    wide = soxr.resample(np.frombuffer(pcm, np.int16).astype(np.float64), rate, 8000)
    samples = np.clip(wide, -32635, 32635).astype(np.int32)
    magnitude = np.abs(samples) + 132
    exponent = np.floor(np.log2(magnitude)).astype(np.int32) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    sign = np.where(samples < 0, 0x80, 0)
    return (~(sign | (exponent << 4) | mantissa) & 0xFF).astype(np.uint8).tobytes()
