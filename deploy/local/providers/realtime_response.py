"""One response of the realtime stand-in: created, paced deltas, function calls, done."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from deploy.local.providers.conversation import Conversation, Item, new_id
from deploy.local.providers.mind import Call, Reply
from deploy.local.providers.settings import Settings

_TOKEN = re.compile(r"\s*\S{1,6}")
_LEAKED_TOKEN = "<|audio_text|>"  # noqa: S105 - a control token of the model, not a secret
_AUDIO_TOKENS_PER_SECOND = 10


class SocketDropped(Exception):
    """The fault realtime_drop_socket struck: the connection is gone."""


@dataclass
class Response:
    """Runs one response. ``metadata`` is echoed; ``started_at`` is the loop's clock."""

    conversation: Conversation
    send: Callable[..., Awaitable[None]]
    drop: Callable[[], None]
    settings: Settings
    metadata: dict[str, Any] | None
    started_at: float
    modality: str = "text"
    id: str = field(default_factory=lambda: new_id("resp"))
    output: list[dict[str, Any]] = field(default_factory=list)
    input_text_tokens: int = 0
    input_audio_s: float = 0.0
    _output_tokens: int = 0
    _open_item: Item | None = None
    _said: str = ""

    async def created(self) -> None:
        """Announce the response."""
        await self.send("response.created", response=self._wire("in_progress"))

    async def run(self, reply: Reply) -> None:
        """Send the whole reply at its pace. Raises SocketDropped when that fault strikes."""
        loop = asyncio.get_running_loop()
        due_at = self.started_at + self.settings.seconds("first_token_delay_ms")
        await asyncio.sleep(due_at - loop.time())
        text = reply.text
        if text and self.settings.strikes("realtime_leak_control_tokens"):
            text = f"{_LEAKED_TOKEN}{text} {_LEAKED_TOKEN}"
        if text:
            await self._message(text)
        for call in reply.calls:
            await self._function_call(call)
        await self.done("completed", None)

    async def done(self, status: str, details: dict[str, Any] | None) -> None:
        """End the response; a message still open ends with it, as far as it came."""
        if self._open_item is not None:
            await self._end_message("incomplete")
        await self.send("response.done", response=self._wire(status, details))

    async def _message(self, text: str) -> None:
        loop = asyncio.get_running_loop()
        wire = {
            "id": new_id("item"),
            "object": "realtime.item",
            "type": "message",
            "status": "in_progress",
            "role": "assistant",
            "content": [],
        }
        item = Item(wire)
        await self._add_item(item)
        self._open_item = item
        await self.send("response.content_part.added", **self._at(), part=self._part(""))
        tokens = _TOKEN.findall(text)
        middle = len(tokens) // 2
        drops = self.settings.strikes_at("realtime_drop_socket", "mid_response")
        stalls = self.settings.strikes_at("realtime_stall", "mid_response")
        begin = loop.time()
        for index, token in enumerate(tokens):
            if index == middle and drops:
                self.drop()
                raise SocketDropped
            if index == middle and stalls:
                await asyncio.Event().wait()  # until it is cancelled
            due_at = begin + index / self.settings.number("tokens_per_second")
            await asyncio.sleep(due_at - loop.time())
            self._said += token
            self._output_tokens += 1
            await self.send("response.output_text.delta", **self._at(), delta=token)
        await self._end_message("completed")

    async def _end_message(self, status: str) -> None:
        item = self._open_item
        if item is None:
            return
        at, part, said = self._at(), self._part(self._said), self._said
        self._open_item, self._said = None, ""
        item.wire.update(status=status, content=[{"type": "output_text", "text": said}])
        self.output.append(item.wire)
        await self.send("response.output_text.done", **at, text=said)
        await self.send("response.content_part.done", **at, part=part)
        await self._item_done(item, at["output_index"])

    async def _function_call(self, call: Call) -> None:
        wire = {
            "id": new_id("item"),
            "object": "realtime.item",
            "type": "function_call",
            "status": "in_progress",
            "call_id": new_id("call"),
            "name": call.name,
            "arguments": "",
        }
        item = Item(wire)
        index = len(self.output)
        await self._add_item(item)
        at = {
            "response_id": self.id,
            "item_id": item.id,
            "output_index": index,
            "call_id": wire["call_id"],
        }
        self._output_tokens += 8 + len(call.arguments) // 4
        await self.send("response.function_call_arguments.delta", **at, delta=call.arguments)
        await self.send(
            "response.function_call_arguments.done",
            **at,
            name=call.name,
            arguments=call.arguments,
        )
        item.wire.update(status="completed", arguments=call.arguments)
        self.output.append(item.wire)
        await self._item_done(item, index)

    async def _add_item(self, item: Item) -> None:
        await self.send(
            "response.output_item.added",
            response_id=self.id,
            output_index=len(self.output),
            item=item.wire,
        )
        previous = self.conversation.append(item)
        await self.send("conversation.item.added", previous_item_id=previous, item=item.wire)

    async def _item_done(self, item: Item, index: int) -> None:
        await self.send(
            "response.output_item.done", response_id=self.id, output_index=index, item=item.wire
        )
        await self.send("conversation.item.done", previous_item_id=None, item=item.wire)

    def _at(self) -> dict[str, Any]:
        item_id = self._open_item.id if self._open_item is not None else ""
        return {
            "response_id": self.id,
            "item_id": item_id,
            "output_index": len(self.output),
            "content_index": 0,
        }

    @staticmethod
    def _part(text: str) -> dict[str, str]:
        return {"type": "text", "text": text}

    def _wire(self, status: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
        return {
            "object": "realtime.response",
            "id": self.id,
            "status": status,
            "status_details": details,
            "output": self.output,
            "output_modalities": [self.modality],
            "max_output_tokens": "inf",
            "metadata": self.metadata,
            "usage": None if status == "in_progress" else self._usage(),
        }

    def _usage(self) -> dict[str, Any]:
        audio = round(self.input_audio_s * _AUDIO_TOKENS_PER_SECOND)
        tokens_in = self.input_text_tokens + audio
        cached = self.input_text_tokens // 64 * 64  # the service caches prefixes in blocks
        return {
            "total_tokens": tokens_in + self._output_tokens,
            "input_tokens": tokens_in,
            "output_tokens": self._output_tokens,
            "input_token_details": {
                "text_tokens": self.input_text_tokens,
                "audio_tokens": audio,
                "image_tokens": 0,
                "cached_tokens": cached,
                "cached_tokens_details": {
                    "text_tokens": cached,
                    "audio_tokens": 0,
                    "image_tokens": 0,
                },
            },
            "output_token_details": {"text_tokens": self._output_tokens, "audio_tokens": 0},
        }
