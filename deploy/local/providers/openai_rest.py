"""Stand-in for OpenAI's HTTP API as a cascade uses it: transcriptions, chat, speech, models.

The same ears, mind and mouth as of the Realtime stand-in, and the same delays and faults by the
same names, so that one test of a failure holds for both ways.
"""

from __future__ import annotations

import asyncio
import io
import json
import wave
from typing import Any

import numpy as np
import soxr
from aiohttp import BodyPartReader, web

from deploy.local.providers.ears import BYTES_PER_SECOND, Ears, EarsError
from deploy.local.providers.journal import Journal
from deploy.local.providers.mind import Mind
from deploy.local.providers.mouth import Mouth
from deploy.local.providers.openai_chat import Chat, prompt_of, stand_still
from deploy.local.providers.openai_speech import Speaking, wanted_of
from deploy.local.providers.settings import Settings

_MAX_UPLOAD_BYTES = 25 << 20  # the service's limit of a file
_MODELS = ("gpt-4.1", "gpt-4o-mini-transcribe", "gpt-4o-mini-tts", "whisper-1")


class OpenAIRest:
    """The endpoints; one instance serves every request."""

    def __init__(
        self, ears: Ears, mind: Mind, mouth: Mouth, settings: Settings, journal: Journal
    ) -> None:
        self._ears = ears
        self._mind = mind
        self._mouth = mouth
        self._settings = settings
        self._journal = journal

    def add_routes(self, app: web.Application) -> None:
        """Mount the endpoints at the paths of the real service."""
        app.router.add_get("/v1/models", self.models)
        app.router.add_post("/v1/audio/transcriptions", self.transcriptions)
        app.router.add_post("/v1/chat/completions", self.chat)
        app.router.add_post("/v1/audio/speech", self.speech)

    async def models(self, request: web.Request) -> web.Response:
        """What a client asks to be connected, and to be sure of its key."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        found = [{"id": name, "object": "model"} for name in _MODELS]
        return web.json_response({"object": "list", "data": found})

    async def transcriptions(self, request: web.Request) -> web.StreamResponse:
        """The words in a WAV file."""
        settings, loop = self._settings, asyncio.get_running_loop()
        due_at = loop.time() + settings.seconds("transcription_delay_ms")
        if (refusal := self._refusal(request)) is not None:
            return refusal
        if settings.strikes_at("realtime_drop_socket", "on_commit"):
            return _aborted(request)
        if settings.strikes("transcription_fail"):
            return failure(500, "server_error", "stand-in fault: transcription_fail")
        record = self._journal.open("upload")
        try:
            form = await _form(request)
            pcm = _pcm_of(form.get("file", b""))
            heard = await self._ears.listen(pcm)
        except (ValueError, EOFError, wave.Error) as error:
            return failure(400, "invalid_value", f"Audio file might be corrupted: {error}", "file")
        except EarsError as error:
            return failure(500, "server_error", str(error))
        finally:
            record.close()
        record.heard.append(heard.words)
        text = self._ears.transcript(heard.words)
        await asyncio.sleep(due_at - loop.time())
        seconds = len(pcm) / BYTES_PER_SECOND
        answer: dict[str, Any] = {
            "text": text,
            "usage": {"type": "duration", "seconds": round(seconds)},
        }
        if form.get("response_format") == b"verbose_json":
            answer |= {"task": "transcribe", "language": "english", "duration": seconds}
            answer |= {"segments": []}
        return web.json_response(answer)

    async def chat(self, request: web.Request) -> web.StreamResponse:
        """A streamed chat completion."""
        settings = self._settings
        started_at = asyncio.get_running_loop().time()
        if (refusal := self._refusal(request)) is not None:
            return refusal
        try:
            body = await _object(request)
            prompt = prompt_of(body)
        except ValueError as error:
            return failure(400, "invalid_value", str(error), "messages")
        if settings.strikes("realtime_insufficient_quota"):
            return failure(
                429,
                "insufficient_quota",
                "You exceeded your current quota, please check your plan and billing details.",
                kind="insufficient_quota",
            )
        record = self._journal.open("chat")
        record.took("chat.completions", json.dumps(body))
        try:
            if settings.strikes_at("realtime_stall", "on_create"):
                await stand_still(request)
            if settings.strikes("realtime_failed_response"):
                return failure(500, "server_error", "stand-in fault: realtime_failed_response")
            chat = Chat(request, body, settings, started_at)
            return await chat.run(self._mind.answer(prompt), prompt, record)
        finally:
            record.close()

    async def speech(self, request: web.Request) -> web.StreamResponse:
        """A text as audio, as raw audio or as server-sent events."""
        if (refusal := self._refusal(request)) is not None:
            return refusal
        try:
            wanted = wanted_of(await _object(request))
        except ValueError as error:
            return failure(400, "invalid_value", str(error))
        if self._settings.strikes("tts_stall"):
            await stand_still(request)
        if self._settings.strikes("tts_error"):
            return failure(500, "server_error", "stand-in fault: tts_error")
        record = self._journal.open("tts")
        record.client_events["speech"] += 1
        try:
            return await Speaking(request, wanted, self._mouth, self._settings).run(record)
        finally:
            record.close()

    def _refusal(self, request: web.Request) -> web.Response | None:
        key = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
        if not key or key == "invalid":
            return failure(401, "invalid_api_key", "Incorrect API key provided.")
        speaks = request.path.endswith("/speech")
        if not speaks and self._settings.strikes("realtime_reject_connect"):
            status = int(self._settings.text("realtime_reject_connect_status"))
            code = "invalid_api_key" if status == 401 else "server_error"
            return failure(status, code, "stand-in fault: realtime_reject_connect")
        return None


def failure(
    status: int,
    code: str,
    message: str,
    param: str | None = None,
    kind: str = "invalid_request_error",
) -> web.Response:
    """An error as the service words one."""
    error = {"message": message, "type": kind, "param": param, "code": code}
    return web.json_response({"error": error}, status=status)


def _aborted(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()  # goes nowhere


async def _object(request: web.Request) -> dict[str, Any]:
    body = await request.json()
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")
    return body


async def _form(request: web.Request) -> dict[str, bytes]:
    """Raises ValueError when it is no form or too large."""
    fields: dict[str, bytes] = {}
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.name:
            data = await part.read()
            if len(data) > _MAX_UPLOAD_BYTES:
                raise ValueError("the file is larger than 25 MB")
            fields[part.name] = bytes(data)
    return fields


def _pcm_of(file: bytes) -> bytes:
    """A WAV file as the ears take it. Raises wave.Error, EOFError or ValueError."""
    with wave.open(io.BytesIO(file), "rb") as wav:
        if wav.getsampwidth() != 2:
            raise ValueError("the stand-in hears 16-bit WAV only")
        rate, channels = wav.getframerate(), wav.getnchannels()
        samples = np.frombuffer(wav.readframes(wav.getnframes()), dtype=np.int16)
    mono = samples.reshape(-1, channels).mean(axis=1)
    heard = soxr.resample(mono, rate, BYTES_PER_SECOND // 2)
    return bytes(np.clip(heard, -32768, 32767).astype(np.int16).tobytes())
