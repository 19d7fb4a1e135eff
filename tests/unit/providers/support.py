"""The real plugins as clients of the stand-ins, and speech as a telephone carries it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import aiohttp
import numpy as np
import soxr
from livekit import rtc
from livekit.agents import APIConnectOptions, llm
from livekit.plugins import openai
from numpy.typing import NDArray

from deploy.local.voice import render

NORDWIND = "You are the receptionist of Nordwind Outdoor. Be brief."


def telephone_audio(text: str, *, voice: str = "en-us", words_per_minute: int = 160) -> bytes:
    """Speech as it comes off a telephone line: 8 kHz mu-law and back, PCM s16le 24 kHz."""
    pcm, rate = render(text, voice=voice, words_per_minute=words_per_minute)
    wide = np.frombuffer(pcm, np.int16).astype(np.float64)
    line = np.clip(soxr.resample(wide, rate, 8000) / 32768, -1, 1)
    compressed = np.sign(line) * np.log1p(255 * np.abs(line)) / np.log(256)
    code = np.round((compressed + 1) / 2 * 255)
    steps = code / 255 * 2 - 1
    expanded = np.sign(steps) * (256 ** np.abs(steps) - 1) / 255 * 32767
    wide = np.clip(soxr.resample(expanded, 8000, 24_000), -32768, 32767)
    samples: NDArray[np.int16] = wide.astype(np.int16)
    return samples.tobytes()


def frames(pcm: bytes, *, milliseconds: int = 50) -> Iterator[rtc.AudioFrame]:
    """PCM s16le 24 kHz in frames, as a room delivers it."""
    step = 48 * milliseconds
    for offset in range(0, len(pcm), step):
        part = pcm[offset : offset + step]
        yield rtc.AudioFrame(part, 24_000, 1, len(part) // 2)


class StandIn:
    """A running stand-in and one client session of a test."""

    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self.url = url
        self.http = http

    async def patch(self, **settings: Any) -> None:
        async with self.http.patch(f"{self.url}/control/settings", json=settings) as response:
            assert response.status == 200, await response.text()

    async def sessions(self) -> list[dict[str, Any]]:
        async with self.http.get(f"{self.url}/control/log") as response:
            found: list[dict[str, Any]] = (await response.json())["sessions"]
            return found

    def model(self, **options: Any) -> openai.realtime.RealtimeModel:
        given = {
            "base_url": f"{self.url}/v1",
            "api_key": "any",
            "modalities": ["text"],
            "turn_detection": None,
            "conn_options": APIConnectOptions(max_retry=2, retry_interval=0.1, timeout=5),
            **options,
        }
        return openai.realtime.RealtimeModel(http_session=self.http, **given)


@llm.function_tool
async def order_status(order_number: str) -> str:
    """Where an order is."""
    raise AssertionError("the plugin session alone never runs tools")


@llm.function_tool
async def opening_hours() -> str:
    """When the shop is open."""
    raise AssertionError("the plugin session alone never runs tools")


@llm.function_tool
async def end_call() -> str:
    """Hang up."""
    raise AssertionError("the plugin session alone never runs tools")


TOOLS: list[llm.Tool] = [order_status, opening_hours, end_call]
