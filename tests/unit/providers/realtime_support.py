"""Steps of the realtime tests: say something to the real plugin's session, read its answers."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from livekit.agents import llm
from livekit.plugins.openai.realtime import RealtimeSession

from tests.unit.providers.support import frames, telephone_audio

WHERE_IS_IT = "Hello, where is my order four two seven one?"
RESULT = {
    "order_number": "4271",
    "status": "on its way",
    "delivery_day": "Tuesday",
    "carrier": "NorthPost",
}
OpenSession = Callable[..., Awaitable[RealtimeSession]]


async def say(session: RealtimeSession, text: str) -> None:
    for frame in frames(telephone_audio(text)):
        session.push_audio(frame)
    session.commit_audio()


async def read(event: llm.GenerationCreatedEvent) -> tuple[str, list[llm.FunctionCall]]:
    text = ""
    async for message in event.message_stream:
        async for part in message.text_stream:
            text += part
    return text, [call async for call in event.function_stream]


async def reply(session: RealtimeSession, **options: Any) -> tuple[str, list[llm.FunctionCall]]:
    return await read(await asyncio.wait_for(session.generate_reply(**options), 8))


async def answer_tool(session: RealtimeSession, call: llm.FunctionCall, output: object) -> None:
    context = session.chat_ctx.copy()
    context.items.append(
        llm.FunctionCallOutput(
            call_id=call.call_id, name=call.name, output=json.dumps(output), is_error=False
        )
    )
    await session.update_chat_ctx(context)


def collect(session: RealtimeSession, event: Any) -> asyncio.Queue[Any]:
    queue: asyncio.Queue[Any] = asyncio.Queue()
    session.on(event, queue.put_nowait)
    return queue


async def next_event(queue: asyncio.Queue[Any], kind: str, timeout: float = 5) -> dict[str, Any]:
    async with asyncio.timeout(timeout):
        while True:
            event: dict[str, Any] = await queue.get()
            if event["type"] == kind:
                return event
