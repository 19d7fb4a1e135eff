"""The real Cartesia plugin as the client of the stand-in, and its websocket by hand."""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import numpy as np
import pytest
from livekit.agents import APIConnectOptions, APIError, APIStatusError, APITimeoutError
from livekit.plugins import cartesia

from deploy.local.providers.mouth import VOICES
from deploy.local.voice import render
from tests.unit.providers.support import StandIn

ONCE = APIConnectOptions(max_retry=0, timeout=1.0)


@asynccontextmanager
async def voice(stand_in: StandIn, **options: Any) -> AsyncIterator[cartesia.TTS]:
    given = {"api_key": "any", "base_url": stand_in.url, **options}
    tts = cartesia.TTS(http_session=stand_in.http, **given)
    try:
        yield tts
    finally:
        await tts.aclose()


async def speak(
    tts: cartesia.TTS, text: str, conn_options: APIConnectOptions = ONCE
) -> tuple[bytes, list[Any], float]:
    """PCM, timed words, and seconds from the text to the first audio."""
    stream = tts.stream(conn_options=conn_options)
    started = time.monotonic()
    stream.push_text(text)
    stream.end_input()
    pcm, words, first_s = b"", [], 0.0
    async with stream:
        async for audio in stream:
            first_s = first_s or time.monotonic() - started
            pcm += audio.frame.data.tobytes()
            words += audio.frame.userdata.get("lk.timed_transcripts", [])
    return pcm, words, first_s


async def test_the_first_audio_comes_after_the_set_delay(stand_in: StandIn) -> None:
    await stand_in.patch(tts_first_chunk_delay_ms=250)
    async with voice(stand_in) as tts:
        pcm, words, first_s = await speak(tts, "Good day. How can I help you?")
    assert 0.24 <= first_s <= 0.42
    assert 1.2 < len(pcm) / 48_000 < 3
    assert [str(word).strip() for word in words] == [
        "Good",
        "day.",
        "How",
        "can",
        "I",
        "help",
        "you?",
    ]
    starts = [word.start_time for word in words]
    assert starts == sorted(starts)
    assert words[-1].end_time <= len(pcm) / 48_000 + 0.05


async def test_words_come_without_times_where_that_is_set(stand_in: StandIn) -> None:
    await stand_in.patch(tts_word_times="off")
    async with voice(stand_in, language="nl") as tts:
        pcm, words, _ = await speak(tts, "Good day. How can I help you?")
    assert (len(pcm) > 24_000, words) == (True, [])


async def test_audio_comes_at_the_set_pace_of_playing(stand_in: StandIn) -> None:
    await stand_in.patch(tts_realtime_factor=2, tts_first_chunk_delay_ms=0)
    async with voice(stand_in) as tts:
        started = time.monotonic()
        pcm, _, _ = await speak(tts, "Tomorrow morning at nine, then.")
        took_s = time.monotonic() - started
    assert 0.35 < took_s / (len(pcm) / 48_000) < 0.65


async def test_bytes_gives_the_audio_of_one_text(stand_in: StandIn) -> None:
    async with voice(stand_in, sample_rate=16_000) as tts:
        frame = await tts.synthesize("Good day.", conn_options=ONCE).collect()
    assert frame.sample_rate == 16_000
    assert 0.4 < frame.duration < 1.2
    assert np.abs(np.frombuffer(frame.data, np.int16).astype(int)).max() > 3000


async def test_voices_differ_and_one_voice_is_always_the_same(stand_in: StandIn) -> None:
    async with voice(stand_in, voice="anna") as anna, voice(stand_in, voice="boris") as boris:
        first, _, _ = await speak(anna, "Good day.")
        again, _, _ = await speak(anna, "Good day.")
        other, _, _ = await speak(boris, "Good day.")
    assert first == again
    assert first != other


@pytest.mark.parametrize("voice", VOICES)
def test_every_voice_of_the_mouth_speaks(voice: tuple[str, int]) -> None:
    name, pitch = voice
    pcm, _ = render("Good day.", voice=name, pitch=pitch)
    assert np.abs(np.frombuffer(pcm, np.int16).astype(int)).max() > 3000


async def test_many_texts_are_spoken_at_once(stand_in: StandIn) -> None:
    await stand_in.patch(tts_realtime_factor=1)
    async with voice(stand_in) as tts:
        started = time.monotonic()
        results = await asyncio.gather(*(speak(tts, f"Number {n} please.") for n in range(6)))
        took_s = time.monotonic() - started
    assert all(len(pcm) > 24_000 for pcm, _, _ in results)
    assert took_s < 3


async def test_an_error_reaches_the_client_as_an_error(stand_in: StandIn) -> None:
    await stand_in.patch(tts_error="next 1")
    async with voice(stand_in) as tts:
        with pytest.raises(APIError):
            await speak(tts, "Good day.")
        pcm, _, _ = await speak(tts, "Good day.")
    assert pcm


async def test_an_error_of_bytes_is_an_http_status(stand_in: StandIn) -> None:
    await stand_in.patch(tts_error="next 1")
    async with voice(stand_in) as tts:
        with pytest.raises(APIStatusError) as caught:
            await tts.synthesize("Good day.", conn_options=ONCE).collect()
    assert caught.value.status_code == 500


async def test_a_stalled_voice_times_out_at_the_client(stand_in: StandIn) -> None:
    await stand_in.patch(tts_stall="next 1")
    async with voice(stand_in) as tts:
        with pytest.raises((APITimeoutError, APIError)):
            await speak(tts, "Good day.", APIConnectOptions(max_retry=0, timeout=0.4))


async def test_a_silent_voice_sends_audio_with_nothing_in_it(stand_in: StandIn) -> None:
    await stand_in.patch(tts_silence="next 1")
    async with voice(stand_in) as tts:
        pcm, _, _ = await speak(tts, "Good day.")
    assert len(pcm) > 24_000
    assert not any(pcm)


async def test_a_lost_socket_is_an_error_after_the_first_audio(stand_in: StandIn) -> None:
    await stand_in.patch(tts_drop_socket="next 1")
    async with voice(stand_in) as tts:
        with pytest.raises(APIError):
            await speak(tts, "Tomorrow morning at nine, then.")
        pcm, _, _ = await speak(tts, "Good day.")
    assert pcm


@pytest.mark.parametrize("key", ["", "invalid"])
async def test_no_key_no_voice(stand_in: StandIn, key: str) -> None:
    headers = {"X-API-Key": key} if key else {}
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await stand_in.http.ws_connect(f"{stand_in.url}/tts/websocket", headers=headers)
    assert caught.value.status == 401
    async with stand_in.http.post(f"{stand_in.url}/tts/bytes", headers=headers) as response:
        assert response.status == 401


def request(context: str, text: str, **changes: Any) -> str:
    frame = {
        "model_id": "sonic-3",
        "voice": {"mode": "id", "id": "anna"},
        "output_format": {"container": "raw", "encoding": "pcm_s16le", "sample_rate": 8000},
        "context_id": context,
        "transcript": text,
        "continue": False,
    }
    return json.dumps({**frame, **changes})


@asynccontextmanager
async def websocket(stand_in: StandIn) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    url, headers = f"{stand_in.url}/tts/websocket", {"X-API-Key": "any"}
    async with stand_in.http.ws_connect(url, headers=headers) as socket:
        yield socket


async def test_contexts_share_a_socket_and_a_cancelled_one_falls_silent(
    stand_in: StandIn,
) -> None:
    await stand_in.patch(tts_realtime_factor=2)
    async with websocket(stand_in) as socket:
        long_text = "We have three kinds of tents. " * 4
        await socket.send_str(request("long", long_text))
        await socket.send_str(request("short", "Good day to you."))
        seen: list[str] = []
        while "short done" not in seen:
            frame = await socket.receive_json(timeout=5)
            seen.append(f"{frame['context_id']} {frame['type']}")
        assert "long chunk" in seen and "short chunk" in seen
        await socket.send_str(json.dumps({"context_id": "long", "cancel": True}))
        await socket.send_str(request("last", "Good day."))
        after: list[str] = []
        while "done" not in after[-1:]:
            frame = await socket.receive_json(timeout=5)
            after.append(frame["type"] if frame["context_id"] == "last" else "other")
        # What was on the wire when the cancel was sent may still arrive.
        assert after.count("other") <= 1


async def test_text_in_pieces_is_one_utterance_and_a_flush_is_confirmed(
    stand_in: StandIn,
) -> None:
    async with websocket(stand_in) as socket:
        await socket.send_str(request("c", "Good ", **{"continue": True}))
        await socket.send_str(request("c", "day", **{"continue": True}))
        await socket.send_str(request("c", "", **{"continue": True, "flush": True}))
        await socket.send_str(request("c", " Goodbye.", add_timestamps=True))
        kinds: list[str] = []
        words: list[str] = []
        pcm = b""
        while "done" not in kinds[-1:]:
            frame = await socket.receive_json(timeout=5)
            kinds.append(frame["type"])
            words += frame.get("word_timestamps", {}).get("words", [])
            pcm += base64.b64decode(frame.get("data", ""))
    assert kinds.index("flush_done") > kinds.index("chunk")
    assert words == ["Goodbye."]
    spoken = [session["spoken"] for session in await stand_in.sessions()][-1]
    assert spoken == ["Good day", "Goodbye."]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"model_id": ""}, "model_id"),
        ({"voice": {"mode": "id"}}, "voice"),
        ({"output_format": {"container": "raw", "encoding": "pcm_mulaw"}}, "output_format"),
        ({"transcript": None}, "transcript"),
        ({"generation_config": {"speed": 9}}, "speed"),
        ({"context_id": None}, "context_id"),
    ],
)
async def test_a_bad_request_is_refused_by_the_name_of_its_field(
    stand_in: StandIn, changes: dict[str, Any], named: str
) -> None:
    async with websocket(stand_in) as socket:
        await socket.send_str(request("c", "Good day.", **changes))
        frame = await socket.receive_json(timeout=5)
        assert (frame["type"], frame["status_code"]) == ("error", 400)
        assert named in frame["error"]
        await socket.send_str(request("d", "Good day."))
        assert (await socket.receive_json(timeout=5))["type"] == "chunk"


async def test_a_voice_named_after_a_tone_is_that_tone_as_long_as_the_words(
    stand_in: StandIn,
) -> None:
    text = "Good day. How can I help you?"
    async with voice(stand_in, voice="tone-1200") as tts:
        pcm, words, _ = await speak(tts, text)
    samples = np.frombuffer(pcm, np.int16).astype(np.float64)[2400:26_400]
    spectrum = np.abs(np.fft.rfft(samples))
    assert int(np.argmax(spectrum)) == 1200
    assert spectrum[1200] > 20 * np.delete(spectrum, slice(1190, 1211)).max()
    assert len(words) == len(text.split())
