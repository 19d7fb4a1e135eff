"""The realtime model as a turn taker needs it: its audio let in by hand, its replies begun early.

livekit-agents sends all audio on and asks for a reply once the turn is over. ``TurnSession`` stands
between: audio comes to the turn taker, which passes on what belongs to a turn; a part of a turn is
committed as soon as it may be whole (for its words); and a reply may be a draft (draft.py), asked
for before the turn is over and handed to the framework when it is.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections import deque
from collections.abc import Callable
from typing import Any

from livekit import rtc
from livekit.agents import NOT_GIVEN, llm
from livekit.agents.llm.realtime import RealtimeModelError
from livekit.agents.types import NotGivenOr

from agents.providers.openai_realtime import is_failed_response
from agents.turn_taking.conversation import as_heard, delete, said_since
from agents.turn_taking.draft import Draft
from agents.turn_taking.line_audio import SESSION_RATE, Samples
from agents.turn_taking.part import Part
from agents.turn_taking.waste import Waste

logger = logging.getLogger(__name__)

_PASSED_ON: tuple[Any, ...] = (
    "input_speech_started",
    "input_speech_stopped",
    "generation_created",
    "session_reconnected",
    "remote_item_added",
    "metrics_collected",
    "openai_client_event_queued",
    "openai_server_event_received",
)
# OpenAI refuses to commit less than 100 ms.
LEAST_COMMIT_S = 0.12
# A connection that died does not answer: what is left in it then is the lesser evil.
TIDIED_WITHIN_S = 2.0


class TurnSession(llm.RealtimeSession[str]):
    """``on_audio`` gets the caller's frames; nothing reaches the model but by ``send``.

    ``on_wasted`` is told the tokens of each thrown-away draft.
    """

    def __init__(self, model: llm.RealtimeModel, inner: llm.RealtimeSession[Any]) -> None:
        super().__init__(model)
        self.on_audio: Callable[[rtc.AudioFrame], None] = lambda frame: None
        self.on_words: Callable[[Part], None] = lambda part: None
        self.on_wasted: Callable[[int], None] = lambda tokens: None
        self._inner = inner
        self._sent_s = 0.0
        self._nameless: deque[Part] = deque()
        self._parts: dict[str, Part] = {}
        self._draft: Draft | None = None
        self._adopted: Draft | None = None
        self._given: Draft | None = None  # the last one that was adopted
        self._waste = Waste(inner, lambda tokens: self.on_wasted(tokens))
        self._tidying: asyncio.Task[None] | None = None
        self._tidied_by = 0.0
        self._gone: set[str] = set()  # items that were taken out
        self._tasks: set[asyncio.Task[Any]] = set()
        for event in _PASSED_ON:
            inner.on(event, functools.partial(self.emit, event))
        inner.on("remote_item_added", self._item_added)
        inner.on("input_audio_transcription_completed", self._transcribed)
        inner.on("error", self._error)

    # --- what the turn taker does ---------------------------------------------------------------

    def send(self, samples: Samples) -> None:
        """Let 24 kHz samples in."""
        frame = rtc.AudioFrame(samples.tobytes(), SESSION_RATE, 1, len(samples))
        self._inner.push_audio(frame)
        self._sent_s += frame.duration

    def commit(self) -> Part | None:
        """End a part of a turn; None when too little was sent to be heard."""
        if self._sent_s < LEAST_COMMIT_S:
            return None
        self._sent_s = 0.0
        part = Part()
        self._nameless.append(part)
        self._inner.commit_audio()
        return part

    def clear(self) -> None:
        """Forget what was sent since the last commit."""
        if self._sent_s:
            self._inner.clear_audio()
        self._sent_s = 0.0

    def draft(self, prepare: Callable[[Any], Any]) -> Draft:
        """Ask for a reply to what was committed. ``prepare`` gets its text to speak it ahead."""
        self.discard()
        self._draft = Draft(self._ask({}), prepare)
        return self._draft

    def adopt(self) -> Draft | None:
        """The turn is over: the next reply the framework asks for is the draft, if it lives."""
        draft, self._draft = self._draft, None
        if draft is not None and draft.failed:
            self._throw_away(draft)
            return None
        if draft is not None:
            self._adopted = self._given = draft
        return draft

    def reclaim(self, draft: Draft) -> None:
        """Nobody will ask for it any more, if nobody has."""
        if self._adopted is draft:
            self._adopted = None
            self._throw_away(draft)

    def discard(self) -> None:
        """The caller went on: the draft has never been."""
        draft, self._draft = self._draft, None
        if draft is not None:
            self._throw_away(draft)

    def forget(self, parts: list[Part], *, replies: bool = False) -> None:
        """Take these parts out of what the model has heard, and replies to them that nobody heard
        out of what it has said."""
        for part in parts:
            part.forgotten = True
        if ids := {part.item_id for part in parts if part.item_id is not None}:
            self._tidy(ids, self._given if replies else None, replies=replies)

    def unsay(self) -> None:
        """Take out what was written last: a reply that broke off."""
        self._tidy(set(), replies=True)

    # --- what the framework does ----------------------------------------------------------------

    @property
    def chat_ctx(self) -> llm.ChatContext:
        return self._inner.chat_ctx

    @property
    def tools(self) -> llm.ToolContext:
        return self._inner.tools

    @property
    def capabilities(self) -> llm.RealtimeCapabilities:
        return self._inner.capabilities

    async def update_instructions(self, instructions: str) -> None:
        await self._inner.update_instructions(instructions)

    async def update_chat_ctx(self, chat_ctx: llm.ChatContext) -> None:
        await self._inner.update_chat_ctx(as_heard(self._inner, chat_ctx, self._parts, self._gone))

    async def update_tools(self, tools: list[llm.Tool]) -> None:
        await self._inner.update_tools(tools)

    def update_options(self, *, tool_choice: NotGivenOr[llm.ToolChoice | None] = NOT_GIVEN) -> None:
        self._inner.update_options(tool_choice=tool_choice)

    def push_audio(self, frame: rtc.AudioFrame) -> None:
        self.on_audio(frame)

    def push_video(self, frame: rtc.VideoFrame) -> None:
        self._inner.push_video(frame)

    def generate_reply(
        self,
        *,
        instructions: NotGivenOr[str] = NOT_GIVEN,
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        tools: NotGivenOr[list[llm.Tool]] = NOT_GIVEN,
    ) -> asyncio.Future[llm.GenerationCreatedEvent]:
        adopted, self._adopted = self._adopted, None
        if adopted is not None and instructions is NOT_GIVEN:
            return adopted.hand_over()
        self.discard()
        return self._ask({"instructions": instructions, "tool_choice": tool_choice, "tools": tools})

    def commit_audio(self) -> None:
        """The turn taker commits; the framework has nothing to add."""

    def clear_audio(self) -> None:
        self.clear()

    def interrupt(self) -> None:
        # The framework means the reply that it is playing. A draft is none of its business.
        if self._draft is None:
            self._inner.interrupt()

    def truncate(self, **which: Any) -> None:
        self._inner.truncate(**which)

    async def aclose(self) -> None:
        self.discard()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._inner.aclose()

    # --- the model's side -----------------------------------------------------------------------

    def _item_added(self, event: llm.RemoteItemAddedEvent) -> None:
        item = event.item
        if not isinstance(item, llm.ChatMessage) or item.role != "user" or item.text_content:
            return  # not audio
        if not self._nameless or item.id in self._parts:
            return
        part = self._nameless.popleft()
        part.item_id = item.id
        self._parts[item.id] = part
        if part.forgotten:
            self._tidy({item.id})

    def _transcribed(self, event: llm.InputTranscriptionCompleted) -> None:
        part = self._parts.get(event.item_id)
        if part is None:
            self.emit("input_audio_transcription_completed", event)
            return
        if not event.is_final or part.words_known:
            return
        part.heard(event.transcript.strip(), event.confidence)
        if not part.forgotten:
            self.emit("input_audio_transcription_completed", event)
        self.on_words(part)

    def _error(self, event: RealtimeModelError) -> None:
        if self._draft is not None and event.recoverable and is_failed_response(event.error):
            self._draft.failed = True  # asked for again when the turn is over
            return
        self.emit("error", event)

    def _ask(self, options: dict[str, Any]) -> asyncio.Future[llm.GenerationCreatedEvent]:
        """Ask for a reply once the last draft is out of the conversation."""
        if self._tidying is None or self._tidying.done():
            return self._inner.generate_reply(**options)
        asked: asyncio.Future[llm.GenerationCreatedEvent] = asyncio.Future()
        self._spawn(self._ask_later(asked, self._tidying, options))
        return asked

    async def _ask_later(
        self,
        asked: asyncio.Future[llm.GenerationCreatedEvent],
        tidying: asyncio.Task[None],
        options: dict[str, Any],
    ) -> None:
        await asyncio.wait({tidying}, timeout=self._tidied_by - asyncio.get_running_loop().time())
        if asked.cancelled():
            return
        inner = self._inner.generate_reply(**options)
        asked.add_done_callback(lambda done: inner.cancel() if done.cancelled() else None)
        await asyncio.wait({inner})
        if asked.done():
            if not inner.cancelled() and inner.exception() is None:
                self._inner.interrupt()  # it had begun when nobody wanted it any more
        elif inner.cancelled():
            asked.cancel()
        elif (error := inner.exception()) is not None:
            asked.set_exception(error)
        else:
            asked.set_result(inner.result())

    def _throw_away(self, draft: Draft) -> None:
        self._waste.thrown_away(draft.response_id)
        if draft.drop():
            self._inner.interrupt()
        self._tidy(set(), draft)

    def _tidy(self, ids: set[str], draft: Draft | None = None, *, replies: bool = False) -> None:
        self._gone |= ids
        self._tidied_by = asyncio.get_running_loop().time() + TIDIED_WITHIN_S
        self._tidying = self._spawn(self._take_out(ids, draft, self._tidying, replies))

    async def _take_out(
        self, ids: set[str], draft: Draft | None, before: asyncio.Task[None] | None, replies: bool
    ) -> None:
        if before is not None:
            await asyncio.wait({before})
        left = await draft.items() if draft is not None else set()
        # Of a reply that was given its tools may have run: that stays.
        if ids := ids | (said_since(self._inner, ids) if replies else left):
            self._gone |= ids
            await delete(self._inner, ids)

    def _spawn(self, work: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)
        return task

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("turn session: %s", type(error).__name__, exc_info=error)
