"""Puts the stand-ins together on one port."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from deploy.local.providers.cartesia import Cartesia
from deploy.local.providers.control import Control
from deploy.local.providers.conversation import new_id
from deploy.local.providers.ears import Ears
from deploy.local.providers.journal import Journal
from deploy.local.providers.mind import Mind, heard_phrases
from deploy.local.providers.mouth import Mouth
from deploy.local.providers.openai_realtime import OpenAIRealtime
from deploy.local.providers.openai_rest import OpenAIRest
from deploy.local.providers.scenario import load
from deploy.local.providers.settings import Settings

NAME = "stand-in for OpenAI (Realtime and HTTP) and Cartesia"
DEFAULT_SCENARIO = Path(__file__).with_name("scenarios") / "demo.yaml"
_MAX_BODY_BYTES = 32 << 20  # a turn of the caller as a WAV file


def create_app(scenario_path: Path = DEFAULT_SCENARIO, *, ear_workers: int = 2) -> web.Application:
    """The whole application. Raises ScenarioError when the scenario cannot be used."""
    scenario = load(scenario_path)
    settings, journal = Settings(), Journal()
    ears = Ears(heard_phrases(scenario), workers=ear_workers)

    async def ears_running(_: web.Application) -> AsyncIterator[None]:
        await ears.start()
        yield
        await ears.close()

    async def index(_: web.Request) -> web.Response:
        return web.Response(
            text=f"This is a {NAME}, for one machine without network. It is not the real service.\n"
            f"Scenario: {scenario.name}\nControl and its documentation: /control/\n"
        )

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"ok": True, "what": NAME, "scenario": scenario.name})

    async def name_itself(_: web.Request, response: web.StreamResponse) -> None:
        response.headers["Server"] = "contactcenter-stand-in"
        response.headers["X-Request-Id"] = new_id("req")

    app = web.Application(client_max_size=_MAX_BODY_BYTES)
    app.cleanup_ctx.append(ears_running)
    app.on_response_prepare.append(name_itself)
    app.router.add_get("/", index)
    app.router.add_get("/healthz", healthz)
    mind, mouth = Mind(scenario), Mouth()
    OpenAIRealtime(ears, mind, settings, journal).add_routes(app)
    OpenAIRest(ears, mind, mouth, settings, journal).add_routes(app)
    Cartesia(mouth, settings, journal).add_routes(app)
    Control(settings, journal, ears).add_routes(app)
    return app
