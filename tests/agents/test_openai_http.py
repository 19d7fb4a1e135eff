"""What the first connection to a server of OpenAI's HTTP protocols tells of the account."""

from __future__ import annotations

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from agents.providers.openai_http import Server, client, warm_up


async def refusal_code(status: int, error: dict[str, object] | None) -> object:
    """The code with which an account counts as refused, when models are listed so; else None."""

    async def models(request: web.Request) -> web.Response:
        del request
        return web.json_response({"error": error} if error else {}, status=status)

    app = web.Application()
    app.router.add_get("/v1/models", models)
    async with TestServer(app) as server, client(Server(str(server.make_url("/v1")), "k")) as ours:
        refused = await warm_up([ours])
    return refused.body["code"] if refused and isinstance(refused.body, dict) else refused


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (401, "invalid_api_key"),
        (429, "insufficient_quota"),
        (429, "billing_hard_limit_reached"),
    ],
)
async def test_an_account_that_is_refused_by_name_is_known_at_once(status: int, code: str) -> None:
    assert await refusal_code(status, {"message": "no", "type": "error", "code": code}) == code


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (401, {"message": "You have insufficient permissions. Missing scopes: api.model.read"}),
        (403, {"message": "no", "type": "invalid_request_error", "code": "missing_scope"}),
        (403, None),
        (404, None),
        (503, None),
    ],
)
async def test_who_may_not_list_the_models_may_still_talk_to_one(
    status: int, error: dict[str, object] | None
) -> None:
    assert await refusal_code(status, error) is None
