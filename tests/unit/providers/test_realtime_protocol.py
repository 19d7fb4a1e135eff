"""The realtime websocket by hand: what the plugin does not show."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import numpy as np
import pytest
import soxr

from tests.unit.providers.support import NORDWIND, StandIn, telephone_audio


class Client:
    """A websocket that speaks events."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket = socket

    async def send(self, kind: str, **fields: Any) -> None:
        await self.socket.send_str(json.dumps({"type": kind, **fields}))

    async def next(self) -> dict[str, Any]:
        event: dict[str, Any] = await self.socket.receive_json(timeout=5)
        return event

    async def until(self, kind: str) -> list[dict[str, Any]]:
        events = [await self.next()]
        while events[-1]["type"] != kind:
            events.append(await self.next())
        return events

    async def refused(self, kind: str, **fields: Any) -> dict[str, Any]:
        await self.send(kind, event_id="mine", **fields)
        event = await self.next()
        assert event["type"] == "error", event
        error: dict[str, Any] = event["error"]
        assert error["event_id"] == "mine"
        return error


@pytest.fixture
async def client(stand_in: StandIn) -> AsyncIterator[Client]:
    url = f"{stand_in.url}/v1/realtime?model=gpt-realtime"
    async with stand_in.http.ws_connect(url, headers={"Authorization": "Bearer any"}) as socket:
        client = Client(socket)
        created = await client.next()
        assert created["type"] == "session.created"
        assert created["session"]["model"] == "gpt-realtime"
        audio = {"input": {"turn_detection": None, "transcription": {"model": "whisper-1"}}}
        await client.send(
            "session.update",
            session={
                "type": "realtime",
                "output_modalities": ["text"],
                "instructions": NORDWIND,
                "audio": audio,
            },
        )
        updated = await client.next()
        assert updated["type"] == "session.updated"
        assert updated["session"]["audio"]["input"]["format"]["rate"] == 24_000
        yield client


def user(text: str, **fields: Any) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    return {"type": "message", "role": "user", "content": content, **fields}


async def test_items_are_acknowledged_with_the_item_before(client: Client) -> None:
    for item_id, after, expected in (
        ("b", None, None),
        ("c", None, "b"),
        ("a", "root", None),
        ("bb", "b", "b"),
    ):
        fields = {"item": user("hello", id=item_id)}
        if after is not None:
            fields["previous_item_id"] = after  # type: ignore[assignment]
        await client.send("conversation.item.create", **fields)
        added, done = await client.next(), await client.next()
        assert (added["type"], added["previous_item_id"]) == ("conversation.item.added", expected)
        assert done["type"] == "conversation.item.done"
        assert added["item"]["id"] == item_id
    await client.send("conversation.item.delete", item_id="bb")
    deleted = await client.next()
    assert (deleted["type"], deleted["item_id"]) == ("conversation.item.deleted", "bb")


@pytest.mark.parametrize(
    ("kind", "fields", "code"),
    [
        ("conversation.item.delete", {"item_id": "none"}, "item_delete_invalid_item_id"),
        ("conversation.item.create", {}, "missing_required_parameter"),
        ("conversation.item.create", {"item": user("x", id="y" * 33)}, "string_above_max_length"),
        (
            "conversation.item.create",
            {"item": {"type": "function_call_output", "call_id": "none", "output": "1"}},
            "invalid_tool_call_id",
        ),
        ("input_audio_buffer.commit", {}, "input_audio_buffer_commit_empty"),
        ("input_audio_buffer.append", {"audio": "%%%"}, "invalid_value"),
        ("response.cancel", {}, "response_cancel_not_active"),
        ("session.update", {"session": {"voices": 1}}, "unknown_parameter"),
        ("session.update", {"session": {"output_modalities": ["smell"]}}, "invalid_value"),
        ("no.such.event", {}, "invalid_value"),
    ],
)
async def test_a_refusal_names_the_code_and_the_event(
    client: Client, kind: str, fields: dict[str, Any], code: str
) -> None:
    error = await client.refused(kind, **fields)
    assert error["code"] == code
    if kind == "response.cancel":
        assert error["message"].startswith("Cancellation failed")


async def test_what_is_not_json_is_refused_and_the_session_lives(client: Client) -> None:
    await client.socket.send_str("{")
    assert (await client.next())["error"]["code"] == "invalid_json"
    await client.send("input_audio_buffer.clear")
    assert (await client.next())["type"] == "input_audio_buffer.cleared"


async def test_a_response_comes_in_the_order_of_the_real_service(client: Client) -> None:
    await client.send("response.create", response={"metadata": {"client_event_id": "mine"}})
    events = await client.until("response.done")
    kinds = list(dict.fromkeys(event["type"] for event in events))
    assert kinds == [
        "response.created",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        "response.done",
    ]
    first, last = events[0]["response"], events[-1]["response"]
    assert first["metadata"] == last["metadata"] == {"client_event_id": "mine"}
    assert (first["status"], last["status"]) == ("in_progress", "completed")
    usage = last["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]
    said = "".join(e["delta"] for e in events if e["type"] == "response.output_text.delta")
    assert last["output"][0]["content"][0]["text"] == said


async def test_a_second_response_at_once_is_refused(stand_in: StandIn, client: Client) -> None:
    await stand_in.patch(first_token_delay_ms=400)
    await client.send("response.create")
    created = await client.next()
    error = await client.refused("response.create")
    assert error["code"] == "conversation_already_has_active_response"
    await client.send("response.cancel", response_id=created["response"]["id"])
    done = await client.next()
    assert (done["type"], done["response"]["status"]) == ("response.done", "cancelled")


async def test_who_cancels_a_response_still_gets_the_words_it_would_have_answered(
    client: Client,
) -> None:
    pcm = base64.b64encode(telephone_audio("When are you open?")).decode()
    await client.send("input_audio_buffer.append", audio=pcm)
    await client.send("input_audio_buffer.commit")
    await client.send("response.create")
    await client.until("response.created")
    await client.send("response.cancel")
    events = await client.until("conversation.item.input_audio_transcription.completed")
    assert events[-1]["transcript"] == "When are you open?"


async def test_g711_audio_is_heard(client: Client) -> None:
    audio = {"input": {"format": {"type": "audio/pcmu"}}}
    await client.send("session.update", session={"type": "realtime", "audio": audio})
    assert (await client.next())["type"] == "session.updated"
    samples = np.frombuffer(telephone_audio("When are you open?"), np.int16).astype(np.float64)
    line = soxr.resample(samples, 24_000, 8000)
    magnitude = np.minimum(np.abs(line), 32_635).astype(int) + 132
    exponent = np.floor(np.log2(magnitude)).astype(int) - 7
    mantissa = (magnitude >> (exponent + 3)) & 0x0F
    code = ~(np.where(line < 0, 0x80, 0) | exponent << 4 | mantissa) & 0xFF
    encoded = base64.b64encode(code.astype(np.uint8).tobytes()).decode()
    await client.send("input_audio_buffer.append", audio=encoded)
    await client.send("input_audio_buffer.commit")
    kind = "conversation.item.input_audio_transcription.completed"
    assert (await client.until(kind))[-1]["transcript"] == "When are you open?"


async def test_a_transcript_comes_with_its_confidence_when_asked(client: Client) -> None:
    pcm = base64.b64encode(telephone_audio("When are you open?")).decode()
    kind = "conversation.item.input_audio_transcription.completed"
    for include in ([], ["item.input_audio_transcription.logprobs"]):
        await client.send("session.update", session={"type": "realtime", "include": include})
        await client.send("input_audio_buffer.append", audio=pcm)
        await client.send("input_audio_buffer.commit")
        completed = (await client.until(kind))[-1]
        assert ("logprobs" in completed) == bool(include)
    tokens = completed["logprobs"]
    assert "".join(token["token"] for token in tokens) == "When are you open?"
    assert all(-0.2 < token["logprob"] < 0 for token in tokens)


@pytest.mark.parametrize("path", ["/v1/realtime", "/realtime", "/openai/v1/realtime"])
async def test_no_key_no_session(stand_in: StandIn, path: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await stand_in.http.ws_connect(f"{stand_in.url}{path}")
    assert caught.value.status == 401


async def test_many_sessions_hear_at_once(stand_in: StandIn) -> None:
    pcm = base64.b64encode(telephone_audio("When are you open?")).decode()
    transcription = "conversation.item.input_audio_transcription.completed"

    async def call() -> str:
        url, headers = f"{stand_in.url}/v1/realtime", {"Authorization": "Bearer any"}
        async with stand_in.http.ws_connect(url, headers=headers) as socket:
            client = Client(socket)
            audio = {"input": {"turn_detection": None, "transcription": {"model": "any"}}}
            await client.send("session.update", session={"type": "realtime", "audio": audio})
            await client.send("input_audio_buffer.append", audio=pcm)
            await client.send("input_audio_buffer.commit")
            transcript: str = (await client.until(transcription))[-1]["transcript"]
            return transcript

    assert set(await asyncio.gather(*(call() for _ in range(8)))) == {"When are you open?"}
