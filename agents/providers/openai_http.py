"""Where a server of OpenAI's HTTP protocols is, and a client of it that keeps its connections."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from dataclasses import dataclass, field

import httpx2
import openai
from livekit.agents import APIStatusError

from agents.config import WorkerConfig
from agents.providers.refusals import FATAL_CODES

logger = logging.getLogger(__name__)

OPENAI = "https://api.openai.com/v1"
# Servers in the house often want no key; the client library wants one.
NO_KEY = "none"
CONNECT_S, READ_S = 5.0, 10.0
# Longer than a caller's turn: else each turn would connect anew.
KEEP_ALIVE_S = 120


@dataclass(frozen=True, slots=True)
class Server:
    """``base_url`` ends with the version, as in ``http://127.0.0.1:8080/v1``."""

    base_url: str
    key: str = field(repr=False)


def server(config: WorkerConfig, base_url: str, key: str) -> Server:
    """The server of these settings; without an address of its own it is OpenAI's."""
    if base_url:
        return Server(base_url, key or NO_KEY)
    return Server(config.openai_base_url or OPENAI, key or config.openai_api_key)


def client(of: Server) -> openai.AsyncClient:
    return openai.AsyncClient(
        api_key=of.key,
        base_url=of.base_url,
        max_retries=0,
        http_client=httpx2.AsyncClient(
            timeout=httpx2.Timeout(READ_S, connect=CONNECT_S),
            limits=httpx2.Limits(max_keepalive_connections=20, keepalive_expiry=KEEP_ALIVE_S),
        ),
    )


async def warm_up(clients: Collection[openai.AsyncClient]) -> APIStatusError | None:
    """Connect, by a request that costs nothing. Returns the refusal of an account, if there is one.

    Whatever else fails now may work when it is needed: a key may be allowed to talk to a model and
    not to list them, and so may what stands before a server.
    """
    refusals = await asyncio.gather(*(_connect(client) for client in clients))
    return next((refusal for refusal in refusals if refusal is not None), None)


async def _connect(client: openai.AsyncClient) -> APIStatusError | None:
    try:
        await client.models.list()
    except openai.OpenAIError as error:
        if isinstance(error, openai.APIStatusError) and error.code in FATAL_CODES:
            return APIStatusError(
                "the account was refused", status_code=error.status_code, body=error.body
            )
        logger.info("a provider could not be connected to yet: %s", type(error).__name__)
    return None
