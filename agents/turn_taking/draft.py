"""A reply asked for before the caller's turn is surely over.

It is read from the model and spoken into a buffer; nothing of it is heard and none of its tools
runs until the turn is over. Then the framework gets it as if it had just been asked for. If the
caller goes on, it is cancelled, and what it left in the conversation is deleted.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterable, Callable
from typing import Any

from livekit.agents import llm, utils

from agents.turn_taking.prepared_speech import MarkedText, PreparedSpeech

ENDS_WITHIN_S = 3.0
Prepare = Callable[[AsyncIterable[str]], PreparedSpeech]


class Draft:
    """``asked`` is the model's promise of a reply. ``failed``: it will not be one."""

    def __init__(self, asked: asyncio.Future[llm.GenerationCreatedEvent], prepare: Prepare) -> None:
        self.failed = False
        self._asked = asked
        self._prepare = prepare
        self._speech: PreparedSpeech | None = None
        self._messages: utils.aio.Chan[llm.MessageGeneration] = utils.aio.Chan()
        self._functions: utils.aio.Chan[llm.FunctionCall] = utils.aio.Chan()
        self._item_ids: set[str] = set()
        self._ready: asyncio.Future[llm.GenerationCreatedEvent] = asyncio.Future()
        self._ended = asyncio.Event()
        self._reading = asyncio.create_task(self._read(), name="draft")

    @property
    def response_id(self) -> str | None:
        """None until it has begun."""
        asked = self._asked
        begun = asked.done() and not asked.cancelled() and asked.exception() is None
        return asked.result().response_id if begun else None

    def hand_over(self) -> asyncio.Future[llm.GenerationCreatedEvent]:
        """The turn is over: what the framework waits for when it asks for a reply."""
        self._ready.add_done_callback(self._given_up)
        return self._ready

    def drop(self) -> bool:
        """It has never been. True when the model must be told to stop."""
        if self._speech is not None:
            self._speech.drop()
        if not self._asked.done():
            self._asked.cancel()  # the model's session cancels it when it begins
            return False
        return not self._ended.is_set()

    async def items(self) -> set[str]:
        """What it left in the conversation, once it has ended."""
        try:
            async with asyncio.timeout(ENDS_WITHIN_S):
                await self._ended.wait()
        except TimeoutError:
            self._reading.cancel()
        return self._item_ids

    def _given_up(self, ready: asyncio.Future[llm.GenerationCreatedEvent]) -> None:
        # The framework was interrupted while it waited.
        if ready.cancelled():
            self._asked.cancel()

    async def _read(self) -> None:
        try:
            await asyncio.wait({self._asked})
            if self._asked.cancelled():
                return
            if (error := self._asked.exception()) is not None:
                self.failed = True
                if not self._ready.done():
                    self._ready.set_exception(error)
                    self._ready.exception()  # nobody may ask for it
                return
            event = self._asked.result()
            if not self._ready.done():
                self._ready.set_result(
                    llm.GenerationCreatedEvent(
                        message_stream=self._messages,
                        function_stream=self._functions,
                        user_initiated=True,
                        response_id=event.response_id,
                    )
                )
            await asyncio.gather(
                self._read_messages(event.message_stream),
                self._read_functions(event.function_stream),
            )
        finally:
            self._messages.close()
            self._functions.close()
            self._ended.set()

    async def _read_messages(self, messages: AsyncIterable[llm.MessageGeneration]) -> None:
        async for message in messages:
            self._item_ids.add(message.message_id)
            text: utils.aio.Chan[str] = utils.aio.Chan()
            self._messages.send_nowait(
                llm.MessageGeneration(
                    message_id=message.message_id,
                    text_stream=text,
                    audio_stream=message.audio_stream,
                    modalities=message.modalities,
                )
            )
            await self._read_text(message.text_stream, text)

    async def _read_text(self, source: AsyncIterable[str], sink: Any) -> None:
        spoken: utils.aio.Chan[str] | None = None
        try:
            async for chunk in source:
                if self._speech is None:
                    spoken = utils.aio.Chan()
                    self._speech = self._prepare(spoken)
                    sink.send_nowait(MarkedText(chunk, self._speech))
                else:
                    sink.send_nowait(chunk)
                if spoken is not None:
                    spoken.send_nowait(chunk)
        finally:
            sink.close()
            if spoken is not None:
                spoken.close()

    async def _read_functions(self, functions: AsyncIterable[llm.FunctionCall]) -> None:
        async for call in functions:
            self._item_ids.add(call.id)
            self._functions.send_nowait(call)
