"""Stand-in for Cartesia's text to speech: GET /tts/websocket and POST /tts/bytes.

Frames follow Cartesia's API reference, version 2025-04-16: chunk, timestamps, done, flush_done and
error, each with its context_id; several contexts speak at once on one socket.
"""

from __future__ import annotations

import asyncio
import json
from typing import Any

from aiohttp import WSMsgType, web

from deploy.local.providers.cartesia_context import Context, RequestError, Speech, speech_of
from deploy.local.providers.journal import Journal, SessionRecord
from deploy.local.providers.mouth import Mouth
from deploy.local.providers.settings import Settings

_MAX_CONTEXTS = 200


class Cartesia:
    """The two endpoints; one instance serves every connection."""

    def __init__(self, mouth: Mouth, settings: Settings, journal: Journal) -> None:
        self._mouth = mouth
        self._settings = settings
        self._journal = journal

    def add_routes(self, app: web.Application) -> None:
        """Mount the endpoints at the paths of the real service."""
        app.router.add_get("/tts/websocket", self.websocket)
        app.router.add_post("/tts/bytes", self.bytes)

    async def websocket(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket until the client leaves."""
        _require_key(request)
        socket = web.WebSocketResponse(heartbeat=30, max_msg_size=1 << 20)
        await socket.prepare(request)
        record = self._journal.open("tts")
        connection = _Connection(socket, request, self._mouth, self._settings, record)
        try:
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    await connection.handle(message.data)
        finally:
            await connection.close()
            record.close()
        return socket

    async def bytes(self, request: web.Request) -> web.StreamResponse:
        """Speak one text and stream its PCM (the container is always raw)."""
        _require_key(request)
        try:
            speech = speech_of(await request.json())
        except (json.JSONDecodeError, UnicodeDecodeError):
            return web.json_response({"error": "the body is not JSON"}, status=400)
        except RequestError as error:
            return web.json_response({"error": str(error)}, status=400)
        record = self._journal.open("tts")
        record.client_events["bytes"] += 1
        try:
            return await self._stream_bytes(request, speech, record)
        finally:
            record.close()

    async def _stream_bytes(
        self, request: web.Request, speech: Speech, record: SessionRecord
    ) -> web.StreamResponse:
        settings = self._settings
        if settings.strikes("tts_stall"):
            await asyncio.sleep(3600)
        if settings.strikes("tts_error"):
            return web.json_response({"error": "stand-in fault: tts_error"}, status=500)
        first_chunk_at = asyncio.get_running_loop().time() + settings.seconds(
            "tts_first_chunk_delay_ms"
        )
        utterance = await speech.say(self._mouth)
        record.spoken.append(speech.transcript)
        pcm = utterance.pcm
        if settings.strikes("tts_silence"):
            pcm = bytes(len(pcm))
        drop = settings.strikes("tts_drop_socket")
        response = web.StreamResponse(headers={"Content-Type": "audio/pcm"})
        await asyncio.sleep(first_chunk_at - asyncio.get_running_loop().time())
        await response.prepare(request)
        step = speech.sample_rate // 10 * 2
        for offset in range(0, len(pcm), step):
            await response.write(pcm[offset : offset + step])
            if drop and request.transport is not None:
                request.transport.abort()
                return response
            await asyncio.sleep(0.1 / settings.number("tts_realtime_factor"))
        await response.write_eof()
        return response


class _Connection:
    """One websocket and the contexts that speak on it."""

    def __init__(
        self,
        socket: web.WebSocketResponse,
        request: web.Request,
        mouth: Mouth,
        settings: Settings,
        record: SessionRecord,
    ) -> None:
        self._socket = socket
        self._request = request
        self._mouth = mouth
        self._settings = settings
        self._record = record
        self._contexts: dict[str, Context] = {}

    async def handle(self, data: str) -> None:
        """Take one frame of the client's."""
        try:
            frame = json.loads(data)
        except json.JSONDecodeError:
            await self.send_error(None, "the message is not JSON")
            return
        if not isinstance(frame, dict):
            await self.send_error(None, "the message is not a JSON object")
            return
        context_id = frame.get("context_id")
        if not isinstance(context_id, str) or not context_id:
            await self.send_error(None, "context_id is required")
            return
        if frame.get("cancel") is True:
            self._record.client_events["cancel"] += 1
            context = self._contexts.pop(context_id, None)
            if context is not None:
                await context.cancel()
            return
        self._record.client_events["flush" if frame.get("flush") is True else "transcript"] += 1
        try:
            speech = speech_of(frame)
        except RequestError as error:
            await self.send_error(context_id, str(error))
            return
        context = self._contexts.get(context_id)
        if context is None:
            if len(self._contexts) >= _MAX_CONTEXTS:
                await self.send_error(context_id, "too many contexts on this connection", 429)
                return
            context = Context(
                context_id, self.send, self.drop, self._mouth, self._settings, self._record
            )
            self._contexts[context_id] = context
            context.finished.add_done_callback(lambda _: self._contexts.pop(context_id, None))
        context.add(speech)

    async def send(self, frame: dict[str, Any]) -> None:
        """Send one frame; a client that has left is no error here."""
        if not self._socket.closed:
            try:
                await self._socket.send_str(json.dumps(frame))
            except ConnectionError:
                await self._socket.close()

    async def send_error(self, context_id: str | None, reason: str, status: int = 400) -> None:
        """Send an error frame. The real one says ``done: true``, and so does this."""
        self._record.errors.append(reason)
        frame: dict[str, Any] = {
            "type": "error",
            "done": True,
            "error": reason,
            "status_code": status,
        }
        if context_id is not None:
            frame["context_id"] = context_id
        await self.send(frame)

    def drop(self) -> None:
        """Abort the TCP connection without a close frame, as a lost network does."""
        if self._request.transport is not None:
            self._request.transport.abort()

    async def close(self) -> None:
        """Stop every context."""
        for context in list(self._contexts.values()):
            await context.cancel()


def _require_key(request: web.Request) -> None:
    # Browsers cannot set headers on a websocket, so the real service takes the key in the query.
    key = request.headers.get("X-API-Key") or request.query.get("api_key")
    if not key or key == "invalid":
        raise web.HTTPUnauthorized(
            text=json.dumps({"error": "API key is missing or invalid"}),
            content_type="application/json",
        )
