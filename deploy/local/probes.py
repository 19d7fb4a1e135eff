"""Ways to ask a part of the stack whether it does its work."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path

import aiohttp

from deploy.local.supervisor import START_MARK, Probe

ANSWER_WITHIN_S = 2.0


def http_ok(url: str) -> Probe:
    """``GET url`` answers 200."""

    async def probe() -> bool:
        timeout = aiohttp.ClientTimeout(total=ANSWER_WITHIN_S)
        with contextlib.suppress(aiohttp.ClientError):
            async with aiohttp.ClientSession(timeout=timeout) as http, http.get(url) as response:
                return response.status == 200
        return False

    return probe


def redis_pong(port: int) -> Probe:
    """Redis answers PING (not merely accepts a connection: it may still be loading)."""

    async def probe() -> bool:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(b"PING\r\n")
            return await asyncio.wait_for(reader.readline(), ANSWER_WITHIN_S) == b"+PONG\r\n"
        finally:
            writer.close()

    return probe


def log_says(log: Path, words: str) -> Probe:
    """The process that writes this log has written these words since its latest start."""

    async def probe() -> bool:
        text = await asyncio.to_thread(log.read_text, errors="replace")
        return words in text.rpartition(START_MARK)[2]

    return probe
