"""One reply of a cascade's chat model, as the streams that a realtime model gives of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Literal

from livekit import rtc
from livekit.agents import llm, utils
from livekit.agents.metrics import RealtimeModelMetrics

Added = Callable[[llm.ChatItem], None]
# About what tokenizers make of English; good enough for a limit, and for what was cut off.
CHARS_PER_TOKEN = 4


class Reply:
    """``asked`` gets the reply when its first words or calls come; cancelled, it is not wanted.

    ``on_begun`` is told then as well, ``on_item`` each message and call it adds to the talk.
    """

    def __init__(
        self,
        asked: asyncio.Future[llm.GenerationCreatedEvent],
        *,
        on_begun: Callable[[llm.GenerationCreatedEvent], None],
        on_item: Added,
    ) -> None:
        self.id = utils.shortuuid("resp_")
        self.asked = asked
        self.begun = False
        self._on_begun = on_begun
        self._on_item = on_item
        self._created_at = time.time()
        self._first_at: float | None = None
        self._messages: utils.aio.Chan[llm.MessageGeneration] = utils.aio.Chan()
        self._functions: utils.aio.Chan[llm.FunctionCall] = utils.aio.Chan()
        self._text: utils.aio.Chan[str] | None = None
        self._message: llm.ChatMessage | None = None
        self._said = ""
        self._chunks = 0
        self._usage: llm.CompletionUsage | None = None

    @property
    def message_id(self) -> str:
        return self._message.id if self._message is not None else ""

    def take(self, chunk: llm.ChatChunk) -> None:
        """Pass on what the model wrote."""
        self._begin()
        self._usage = chunk.usage or self._usage
        if chunk.delta is None:
            return
        self._chunks += 1
        if chunk.delta.content:
            self._write(chunk.delta.content)
        for call in chunk.delta.tool_calls:
            self._call(call)

    def end(self) -> None:
        """No more comes of it; what was written is a message of the talk."""
        if self._message is not None and not self._message.content:
            self._message.content = [self._said]
        if self._text is not None:
            self._text.close()
        self._messages.close()
        self._functions.close()

    def metrics(self, *, label: str, prompt_chars: int, cancelled: bool) -> RealtimeModelMetrics:
        """A stream that was cut off tells no usage: then it is estimated."""
        usage = self._usage
        tokens_in = usage.prompt_tokens if usage else prompt_chars // CHARS_PER_TOKEN
        tokens_out = usage.completion_tokens if usage else self._chunks
        cached = usage.prompt_cached_tokens if usage else 0
        duration = time.time() - self._created_at
        return RealtimeModelMetrics(
            request_id=self.id,
            timestamp=self._created_at,
            label=label,
            ttft=self._first_at - self._created_at if self._first_at else -1,
            duration=duration,
            cancelled=cancelled,
            input_tokens=tokens_in,
            output_tokens=tokens_out,
            total_tokens=tokens_in + tokens_out,
            tokens_per_second=tokens_out / duration if duration else 0,
            input_token_details=RealtimeModelMetrics.InputTokenDetails(
                text_tokens=tokens_in, cached_tokens=cached
            ),
            output_token_details=RealtimeModelMetrics.OutputTokenDetails(text_tokens=tokens_out),
        )

    def _begin(self) -> None:
        if self.begun:
            return
        self.begun = True
        self._first_at = time.time()
        event = llm.GenerationCreatedEvent(
            message_stream=self._messages,
            function_stream=self._functions,
            user_initiated=True,
            response_id=self.id,
        )
        if not self.asked.done():
            self.asked.set_result(event)
        self._on_begun(event)

    def _write(self, text: str) -> None:
        if self._text is None:
            self._text = utils.aio.Chan()
            no_audio: utils.aio.Chan[rtc.AudioFrame] = utils.aio.Chan()
            no_audio.close()
            modalities: asyncio.Future[list[Literal["text", "audio"]]] = asyncio.Future()
            modalities.set_result(["text"])
            self._message = llm.ChatMessage(
                id=utils.shortuuid("item_"), role="assistant", content=[]
            )
            self._on_item(self._message)
            self._messages.send_nowait(
                llm.MessageGeneration(
                    message_id=self._message.id,
                    text_stream=self._text,
                    audio_stream=no_audio,
                    modalities=modalities,
                )
            )
        self._said += text
        self._text.send_nowait(text)

    def _call(self, call: llm.FunctionToolCall) -> None:
        item = llm.FunctionCall(
            id=utils.shortuuid("item_"),
            call_id=call.call_id,
            name=call.name,
            arguments=call.arguments,
            group_id=self.id,
        )
        self._on_item(item)
        self._functions.send_nowait(item)
