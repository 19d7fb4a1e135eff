"""The control endpoint of the stand-ins: settings, faults, phrases, a log. Loopback only."""

from __future__ import annotations

import ipaddress
import json

from aiohttp import web

from deploy.local.providers.ears import Ears, EarsError
from deploy.local.providers.journal import Journal
from deploy.local.providers.phrases import PhraseError
from deploy.local.providers.settings import Settings, SettingsError, documentation

_MAX_PHRASES = 2000


class Control:
    """Handlers under /control."""

    def __init__(self, settings: Settings, journal: Journal, ears: Ears) -> None:
        self._settings = settings
        self._journal = journal
        self._ears = ears

    def add_routes(self, app: web.Application) -> None:
        """Mount the handlers."""
        router = app.router
        for path in ("/control", "/control/"):
            router.add_get(path, self.index)
        router.add_get("/control/settings", self.get_settings)
        router.add_patch("/control/settings", self.patch_settings)
        router.add_post("/control/reset", self.reset)
        router.add_get("/control/ears", self.get_ears)
        router.add_put("/control/ears", self.put_ears)
        router.add_get("/control/log", self.log)

    async def index(self, request: web.Request) -> web.Response:
        """Documentation of everything here."""
        _require_loopback(request)
        return web.json_response(
            {
                "what": "stand-in for OpenAI and Cartesia; not the real services",
                "settings": documentation(),
                "endpoints": {
                    "GET settings": "all values",
                    "PATCH settings": "a JSON object of changes; all or none",
                    "POST reset": "settings to defaults, added phrases and ended sessions gone",
                    "GET ears": "phrases that may be heard",
                    "PUT ears": '{"phrases": [...]} are heard too, with slots <digits:N>',
                    "GET log": "recent sessions: events, words heard, responses, tool calls",
                },
            }
        )

    async def get_settings(self, request: web.Request) -> web.Response:
        """All values."""
        _require_loopback(request)
        return web.json_response(self._settings.as_dict())

    async def patch_settings(self, request: web.Request) -> web.Response:
        """Change some."""
        _require_loopback(request)
        try:
            self._settings.update(await _json(request))
        except SettingsError as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response(self._settings.as_dict())

    async def reset(self, request: web.Request) -> web.Response:
        """Back to the state after start, except for connections that are open."""
        _require_loopback(request)
        self._settings.reset()
        self._journal.clear()
        await self._ears.reset()
        return web.json_response(self._settings.as_dict())

    async def get_ears(self, request: web.Request) -> web.Response:
        """The phrases."""
        _require_loopback(request)
        return web.json_response({"phrases": self._ears.phrases})

    async def put_ears(self, request: web.Request) -> web.Response:
        """Add phrases."""
        _require_loopback(request)
        body = await _json(request)
        phrases = body.get("phrases") if isinstance(body, dict) else None
        if not isinstance(phrases, list) or not all(isinstance(p, str) for p in phrases):
            return web.json_response({"error": "phrases must be a list of text"}, status=400)
        if len(phrases) > _MAX_PHRASES:
            return web.json_response({"error": f"at most {_MAX_PHRASES} phrases"}, status=400)
        try:
            await self._ears.add(phrases)
        except (PhraseError, EarsError) as error:
            return web.json_response({"error": str(error)}, status=400)
        return web.json_response({"phrases": self._ears.phrases})

    async def log(self, request: web.Request) -> web.Response:
        """Recent sessions."""
        _require_loopback(request)
        return web.json_response({"sessions": self._journal.as_list()})


async def _json(request: web.Request) -> object:
    try:
        body: object = await request.json()
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise web.HTTPBadRequest(
            text=json.dumps({"error": "the body is not JSON"}), content_type="application/json"
        ) from error
    return body


def _require_loopback(request: web.Request) -> None:
    # The port may be bound wider than loopback in a container; control never is. A page in a
    # browser on this machine is local too, hence no request that carries an Origin.
    try:
        local = ipaddress.ip_address(request.remote or "").is_loopback
    except ValueError:
        local = False
    if not local or "Origin" in request.headers:
        raise web.HTTPForbidden(
            text=json.dumps({"error": "control answers this machine only"}),
            content_type="application/json",
        )
