"""Stand-in for the OpenAI Realtime API (GA event names), text modality, over a websocket."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import WSMsgType, web

from deploy.local.providers.conversation import new_id
from deploy.local.providers.ears import Ears
from deploy.local.providers.journal import Journal
from deploy.local.providers.mind import Mind
from deploy.local.providers.realtime_session import RealtimeSession
from deploy.local.providers.session_config import SessionConfig, TranscriptionConfig
from deploy.local.providers.settings import Settings
from deploy.local.providers.transcription_session import TranscriptionSession

# The paths that the plugin makes of a base_url with and without /v1 and /openai.
PATHS = ("/v1/realtime", "/realtime", "/openai/realtime", "/openai/v1/realtime")
_MAX_MESSAGE_BYTES = 16 << 20  # the service's limit of one audio append is 15 MiB


class OpenAIRealtime:
    """The endpoint; one instance serves every connection."""

    def __init__(self, ears: Ears, mind: Mind, settings: Settings, journal: Journal) -> None:
        self._ears = ears
        self._mind = mind
        self._settings = settings
        self._journal = journal

    def add_routes(self, app: web.Application) -> None:
        """Mount the endpoint at every path the plugin may use."""
        for path in PATHS:
            app.router.add_get(path, self.websocket)

    async def websocket(self, request: web.Request) -> web.StreamResponse:
        """Serve one session until either side leaves."""
        # A connection's intent is fixed in its address: no session.update can change it.
        writes_down = request.query.get("intent") == "transcription"
        refusal = self._refusal(request, writes_down=writes_down)
        if refusal is not None:
            return refusal
        socket = web.WebSocketResponse(heartbeat=30, max_msg_size=_MAX_MESSAGE_BYTES)
        await socket.prepare(request)
        record = self._journal.open("transcription" if writes_down else "realtime")

        async def send_json(event: dict[str, Any]) -> None:
            if socket.closed:
                return
            try:
                await socket.send_str(json.dumps(event))
            except ConnectionError:
                # The client left in the middle of an answer; the read loop ends by itself.
                record.close()

        def drop() -> None:
            if request.transport is not None:
                request.transport.abort()

        async def close_socket() -> None:
            await socket.close(code=1000)

        parts: dict[str, Any] = {
            "send_json": send_json,
            "drop": drop,
            "close_socket": close_socket,
            "ears": self._ears,
            "mind": self._mind,
            "settings": self._settings,
            "record": record,
        }
        session: RealtimeSession
        if writes_down:
            session = TranscriptionSession(config=TranscriptionConfig(new_id("sess")), **parts)
        else:
            model = request.query.get("model", "gpt-realtime")
            session = RealtimeSession(config=SessionConfig(model, new_id("sess")), **parts)
        try:
            if _key_of(request) == "invalid":
                await session.fatal("invalid_api_key", "Incorrect API key provided.")
                return socket
            await session.open()
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    await session.handle(message.data)
        finally:
            await session.close()
            record.close()
        return socket

    def _refusal(self, request: web.Request, *, writes_down: bool) -> web.Response | None:
        if writes_down and self._settings.strikes("transcription_reject_connect"):
            return _error(503, "server_error", "stand-in fault: transcription_reject_connect")
        if self._settings.strikes("realtime_reject_connect"):
            status = int(self._settings.text("realtime_reject_connect_status"))
            return _error(status, "server_error", "stand-in fault: realtime_reject_connect")
        if not _key_of(request):
            return _error(401, "invalid_api_key", "You didn't provide an API key.")
        return None


def _key_of(request: web.Request) -> str:
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _error(status: int, code: str, message: str) -> web.Response:
    kind = "invalid_request_error" if status == 401 else "server_error"
    body = {"error": {"message": message, "type": kind, "param": None, "code": code}}
    return web.json_response(body, status=status)
