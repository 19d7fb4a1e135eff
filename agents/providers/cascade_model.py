"""Speech to text and a chat model, put together as one realtime model that writes text.

Above it nothing knows the difference: audio is committed and becomes an item whose words come
later; a reply is asked for, begins, is interrupted, and items are taken out again. A reply waits
for the words of all that was committed before it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Collection
from typing import Any, Literal

import openai
from livekit import rtc
from livekit.agents import NOT_GIVEN, APIError, llm, stt, utils
from livekit.agents.llm.realtime import RealtimeModelError
from livekit.agents.types import NotGivenOr
from livekit.agents.utils import is_given

from agents.providers.cascade_ears import words
from agents.providers.cascade_history import History, length
from agents.providers.cascade_reply import CHARS_PER_TOKEN, Reply
from agents.providers.cascade_tries import ONCE, with_retries
from agents.providers.openai_http import warm_up

logger = logging.getLogger(__name__)

LEAST_HEARD_S = 0.1
NO_TOOL_CHOICE: llm.ToolChoice = "auto"

CAPABILITIES = llm.RealtimeCapabilities(
    message_truncation=True,
    turn_detection=False,
    user_transcription=True,
    auto_tool_reply_generation=False,
    audio_output=False,
    manual_function_calls=True,
    mutable_chat_context=True,
    mutable_instructions=True,
    mutable_tools=True,
    per_response_tool_choice=True,
)


class CascadeModel(llm.RealtimeModel):
    """``clients`` are the connections of both; a session's beginning warms them up.

    ``most_tokens`` of the talk are told to the chat model, about.
    """

    def __init__(
        self,
        ears: stt.STT[Any],
        mind: llm.LLM[Any],
        clients: Collection[openai.AsyncClient],
        *,
        most_tokens: int,
    ) -> None:
        super().__init__(capabilities=CAPABILITIES)
        self.ears = ears
        self.mind = mind
        self.clients = clients
        self.most_tokens = most_tokens

    @property
    def model(self) -> str:
        return self.mind.model

    @property
    def provider(self) -> str:
        return self.mind.provider

    def session(self, *, turn_detection_disabled: bool = False) -> CascadeSession:
        del turn_detection_disabled  # it has none
        return CascadeSession(self)

    async def aclose(self) -> None:
        await self.mind.aclose()
        await self.ears.aclose()
        for client in self.clients:
            await client.close()


class CascadeSession(llm.RealtimeSession[str]):
    def __init__(self, model: CascadeModel) -> None:
        super().__init__(model)
        self._cascade = model
        self._history = History(model.most_tokens * CHARS_PER_TOKEN)
        self._instructions = ""
        self._tools = llm.ToolContext.empty()
        self._tool_choice: NotGivenOr[llm.ToolChoice | None] = NOT_GIVEN
        self._frames: list[rtc.AudioFrame] = []
        self._hearing: dict[str, asyncio.Task[None]] = {}
        self._replying: dict[Reply, asyncio.Task[None]] = {}
        self._dead = False
        self._warming = asyncio.create_task(self._warm_up(), name="cascade-warm-up")

    @property
    def chat_ctx(self) -> llm.ChatContext:
        return self._history.context

    @property
    def tools(self) -> llm.ToolContext:
        return self._tools.copy()

    async def update_instructions(self, instructions: str) -> None:
        self._instructions = instructions

    async def update_chat_ctx(self, chat_ctx: llm.ChatContext) -> None:
        for item_id in self._history.replace(chat_ctx):
            if (hearing := self._hearing.pop(item_id, None)) is not None:
                hearing.cancel()

    async def update_tools(self, tools: list[llm.Tool]) -> None:
        self._tools = llm.ToolContext(tools)

    def update_options(self, *, tool_choice: NotGivenOr[llm.ToolChoice | None] = NOT_GIVEN) -> None:
        self._tool_choice = tool_choice

    # --- what the caller says -------------------------------------------------------------------

    def push_audio(self, frame: rtc.AudioFrame) -> None:
        self._frames.append(frame)

    def push_video(self, frame: rtc.VideoFrame) -> None:
        """It has no eyes."""

    def clear_audio(self) -> None:
        self._frames = []

    def commit_audio(self) -> None:
        frames, self._frames = self._frames, []
        if sum(frame.duration for frame in frames) < LEAST_HEARD_S:
            return
        item = llm.ChatMessage(id=utils.shortuuid("item_"), role="user", content=[])
        self._hearing[item.id] = asyncio.create_task(self._hear(item.id, frames), name="hear")
        self._add(item)

    async def _hear(self, item_id: str, frames: list[rtc.AudioFrame]) -> None:
        try:
            text = await words(self._cascade.ears, frames)
        except APIError as error:
            self._die(error)
            return
        finally:
            self._hearing.pop(item_id, None)
        if (item := self._history.message(item_id)) is not None:
            item.content = [text]
        heard = llm.InputTranscriptionCompleted(item_id=item_id, transcript=text, is_final=True)
        if not text:
            heard.confidence = 0.0  # there is nothing but words to go by here
        self.emit("input_audio_transcription_completed", heard)

    # --- what it answers ------------------------------------------------------------------------

    def generate_reply(
        self,
        *,
        instructions: NotGivenOr[str] = NOT_GIVEN,
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        tools: NotGivenOr[list[llm.Tool]] = NOT_GIVEN,
    ) -> asyncio.Future[llm.GenerationCreatedEvent]:
        asked: asyncio.Future[llm.GenerationCreatedEvent] = asyncio.Future()
        reply = Reply(
            asked,
            on_begun=lambda event: self.emit("generation_created", event),
            on_item=self._add,
        )
        choice = tool_choice if is_given(tool_choice) else self._tool_choice
        extra = f"\n{instructions}" if is_given(instructions) else ""
        work = self._reply(
            reply,
            extra,
            tools if is_given(tools) else self._tools.flatten(),
            choice if is_given(choice) and choice is not None else NO_TOOL_CHOICE,
        )
        task = asyncio.create_task(work, name="cascade-reply")
        self._replying[reply] = task
        task.add_done_callback(lambda done: self._replied(reply, done))
        asked.add_done_callback(lambda done: task.cancel() if done.cancelled() else None)
        return asked

    def interrupt(self) -> None:
        """Stop what is being written. What has not begun is cancelled by its own promise."""
        for reply, task in list(self._replying.items()):
            if reply.begun:
                task.cancel()

    def truncate(
        self,
        *,
        message_id: str,
        modalities: list[Literal["text", "audio"]],
        audio_end_ms: int,
        audio_transcript: NotGivenOr[str] = NOT_GIVEN,
    ) -> None:
        message = self._history.message(message_id)
        if message is not None and is_given(audio_transcript):
            message.content = [audio_transcript]

    async def aclose(self) -> None:
        tasks = [self._warming, *self._hearing.values(), *self._replying.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _reply(
        self, reply: Reply, extra: str, tools: list[llm.Tool], choice: llm.ToolChoice
    ) -> None:
        while hearing := list(self._hearing.values()):
            await asyncio.wait(hearing)
        if self._dead:
            return
        prompt = self._history.prompt(f"{self._instructions}{extra}")
        cancelled, read = True, False
        try:
            await with_retries(
                lambda: self._write(reply, prompt, tools, choice), given_up=lambda: reply.begun
            )
            cancelled = False
        except asyncio.CancelledError:
            read = True  # the prompt is charged for, before a word was written
            raise
        except APIError as error:
            if reply.begun:
                self._broke_off(reply, error)
            else:
                self._die(error)
        finally:
            reply.end()
            if reply.begun or read:
                self.emit(
                    "metrics_collected",
                    reply.metrics(
                        label=self._cascade.label,
                        prompt_chars=length(prompt.items),
                        cancelled=cancelled,
                    ),
                )

    async def _write(
        self, reply: Reply, prompt: llm.ChatContext, tools: list[llm.Tool], choice: llm.ToolChoice
    ) -> None:
        async with self._cascade.mind.chat(
            chat_ctx=prompt, tools=tools, tool_choice=choice, conn_options=ONCE
        ) as stream:
            async for chunk in stream:
                reply.take(chunk)

    def _replied(self, reply: Reply, task: asyncio.Task[None]) -> None:
        del self._replying[reply]
        reply.end()
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("a reply broke: %s", type(error).__name__, exc_info=error)
        if reply.asked.done():
            return
        if task.cancelled() or self._dead:
            reply.asked.cancel()
        else:  # a promise that is only cancelled is not asked for again
            reply.asked.set_exception(llm.RealtimeError("the model wrote nothing"))

    # --- the rest -------------------------------------------------------------------------------

    def _add(self, item: llm.ChatItem) -> None:
        before = self._history.append(item)
        self.emit("remote_item_added", llm.RemoteItemAddedEvent(before, item))

    async def _warm_up(self) -> None:
        """Connect. An account that is refused is better known before the caller has said a word."""
        if (refused := await warm_up(self._cascade.clients)) is not None:
            self._die(refused)

    def _broke_off(self, reply: Reply, error: APIError) -> None:
        """It is asked for again, and must not find the half of it."""
        self._history.remove(reply.message_id)
        cut_off = APIError("response failed: it broke off", body=error.body, retryable=True)
        self._tell(cut_off, recoverable=True)

    def _die(self, error: APIError) -> None:
        """This session hears or says no more; the one above opens another."""
        if not self._dead:
            self._dead = True
            self._tell(error, recoverable=False)

    def _tell(self, error: APIError, *, recoverable: bool) -> None:
        event = RealtimeModelError(
            timestamp=time.time(), label=self._cascade.label, error=error, recoverable=recoverable
        )
        self.emit("error", event)
