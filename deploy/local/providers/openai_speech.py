"""Speech of the stand-in for OpenAI's voices: the mouth of Cartesia's, in OpenAI's protocol."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from deploy.local.providers.journal import SessionRecord
from deploy.local.providers.mouth import Mouth
from deploy.local.providers.settings import Settings

_RATE = 24_000
_CHUNK_S = 0.1
_ENDLESS = 0xFFFF_FFFF  # the length a WAV header tells when nobody knows it yet


@dataclass(frozen=True)
class Wanted:
    """One validated request; ``events`` wants server-sent events in place of bare audio."""

    text: str
    voice: str
    speed: float
    wav: bool
    events: bool


def wanted_of(body: dict[str, Any]) -> Wanted:
    """Raises ValueError naming the first field that is missing or not supported."""
    for name in ("model", "input", "voice"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise ValueError(f"Missing required parameter: '{name}'.")
    form = body.get("response_format", "mp3")
    if form not in ("wav", "pcm"):
        raise ValueError("response_format must be wav or pcm (the stand-in has no other)")
    speed = body.get("speed", 1.0)
    if isinstance(speed, bool) or not isinstance(speed, int | float) or not 0.25 <= speed <= 4:
        raise ValueError("speed must be from 0.25 to 4")
    events = body.get("stream_format", "audio") == "sse"
    return Wanted(body["input"], body["voice"], float(speed), form == "wav", events)


class Speaking:
    """Speaks one request, paced."""

    def __init__(
        self, request: web.Request, wanted: Wanted, mouth: Mouth, settings: Settings
    ) -> None:
        self._request = request
        self._wanted = wanted
        self._mouth = mouth
        self._settings = settings
        kind = "audio/wav" if wanted.wav else "audio/pcm"
        kind = "text/event-stream" if wanted.events else kind
        self._response = web.StreamResponse(headers={"Content-Type": kind})

    async def run(self, record: SessionRecord) -> web.StreamResponse:
        """Stream the audio; faults that strike at the beginning were tried before."""
        settings, wanted = self._settings, self._wanted
        loop = asyncio.get_running_loop()
        due_at = loop.time() + settings.seconds("tts_first_chunk_delay_ms")
        utterance = await self._mouth.say(
            wanted.text, voice_id=wanted.voice, sample_rate=_RATE, speed=wanted.speed
        )
        record.spoken.append(wanted.text)
        pcm = utterance.pcm
        if settings.strikes("tts_silence"):
            pcm = bytes(len(pcm))
        drop = settings.strikes("tts_drop_socket")
        await asyncio.sleep(due_at - loop.time())
        await self._response.prepare(self._request)
        head = _wav_header() if wanted.wav else b""
        step = int(_RATE * _CHUNK_S) * 2
        for offset in range(0, max(len(pcm), 1), step):
            await self._audio(head + pcm[offset : offset + step])
            head = b""
            if drop and self._request.transport is not None:
                self._request.transport.abort()
                return self._response
            await asyncio.sleep(_CHUNK_S / settings.number("tts_realtime_factor"))
        await self._done()
        return self._response

    async def _audio(self, data: bytes) -> None:
        if self._wanted.events:
            await self._event("delta", audio=base64.b64encode(data).decode())
        else:
            await self._response.write(data)

    async def _done(self) -> None:
        if self._wanted.events:
            tokens_in = max(1, len(self._wanted.text) // 4)
            usage = {"input_tokens": tokens_in, "output_tokens": 0, "total_tokens": tokens_in}
            await self._event("done", usage=usage)
        await self._response.write_eof()

    async def _event(self, kind: str, **fields: Any) -> None:
        event = {"type": f"speech.audio.{kind}", **fields}
        await self._response.write(f"data: {json.dumps(event)}\n\n".encode())


def _wav_header() -> bytes:
    """RIFF for 16-bit mono whose end is the end of the stream."""
    form = struct.pack("<HHIIHH", 1, 1, _RATE, _RATE * 2, 2, 16)
    riff = b"RIFF" + struct.pack("<I", _ENDLESS) + b"WAVE"
    return (
        riff + b"fmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", _ENDLESS)
    )
