"""Twirp over aiohttp: POST /twirp/livekit.SIP/METHOD, protobuf or JSON in, the same out."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from aiohttp import web
from google.protobuf import json_format
from google.protobuf.message import DecodeError, Message

from .auth import Authenticator, Grant
from .errors import TwirpError

log = logging.getLogger("sipbridge.api")

PREFIX = "/twirp/livekit.SIP/"
_PROTOBUF = "application/protobuf"
_JSON = "application/json"


@dataclass(frozen=True)
class Method:
    """One method: the request's message type, what the caller must be granted, and who does it."""

    request: type[Message]
    grant: Grant
    handle: Callable[[Message], Awaitable[Message]]


class TwirpService:
    """Serves ``methods`` by name. Whatever a handler raises becomes a Twirp error."""

    def __init__(self, methods: Mapping[str, Method], authenticator: Authenticator) -> None:
        self._methods = methods
        self._authenticator = authenticator

    def add_to(self, app: web.Application) -> None:
        app.router.add_post(PREFIX + "{method}", self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        name = request.match_info["method"]
        try:
            answer = await self._call(name, request)
        except TwirpError as error:
            log.info("api method=%s error=%s", name if name in self._methods else "?", error.code)
            return _error_response(error)
        except Exception:
            log.exception("api method=%s error=internal", name)
            return _error_response(TwirpError("internal", "sipbridge failed; see its log"))
        log.info("api method=%s ok", name)
        return answer

    async def _call(self, name: str, request: web.Request) -> web.Response:
        method = self._methods.get(name)
        if method is None:
            raise TwirpError("bad_route", "no such method of livekit.SIP")
        self._authenticator.require(request.headers.get("Authorization"), method.grant)
        message = method.request()
        body = await request.read()
        if request.content_type == _PROTOBUF:
            try:
                message.ParseFromString(body)
            except DecodeError:
                raise TwirpError("malformed", "the request is not the method's message") from None
            answer = await method.handle(message)
            return web.Response(body=answer.SerializeToString(), content_type=_PROTOBUF)
        if request.content_type == _JSON:
            try:
                json_format.Parse(body, message, ignore_unknown_fields=True)
            except (json_format.ParseError, UnicodeDecodeError):
                # Not the parser's text: it quotes the request, which may hold a password.
                raise TwirpError("malformed", "the request is not the method's message") from None
            answer = await method.handle(message)
            return web.Response(
                text=json_format.MessageToJson(answer, preserving_proto_field_name=True),
                content_type=_JSON,
            )
        raise TwirpError("bad_route", f"content type must be {_PROTOBUF} or {_JSON}")


def _error_response(error: TwirpError) -> web.Response:
    body: dict[str, object] = {"code": error.code, "msg": error.message}
    if error.meta:
        body["meta"] = error.meta
    return web.Response(status=error.http_status, text=json.dumps(body), content_type=_JSON)
