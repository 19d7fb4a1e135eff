"""A realtime model's session that lasts as long as the call, whatever becomes of connections.

It stands between a session and one or more models: when a connection drops, is renewed, dies or
does not begin a reply, what the caller said that has no transcript yet is sent again as audio, the
reply that was asked for is asked for again, and whoever asked only waits longer. What is there for
it in livekit-agents cannot carry this, see "Never silence" in agents/README.md.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import functools
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from livekit import rtc
from livekit.agents import NOT_GIVEN, APIConnectionError, llm
from livekit.agents.llm.realtime import RealtimeModelError
from livekit.agents.metrics import RealtimeModelMetrics
from livekit.agents.types import NotGivenOr

from agents.providers.openai_realtime import broken_off, is_failed_response
from agents.providers.owed_replies import OwedReplies, Promise
from agents.providers.replay import Replay, with_news
from agents.providers.unheard import Unheard

if TYPE_CHECKING:
    from agents.providers.steady_model import SteadyModel

MOST_DROPS = 3  # before a reply was written to its end: the connection is not tried again
RENEWAL_LOOKS_EVERY_S = 0.2

_PASSED_ON: tuple[Any, ...] = (
    "input_speech_started",
    "input_speech_stopped",
    "generation_created",
    "metrics_collected",
    "openai_client_event_queued",
    "openai_server_event_received",
)


class SteadySession(llm.RealtimeSession[str]):
    def __init__(self, model: SteadyModel) -> None:
        super().__init__(model)
        self._steady = model
        self._index = self._failed_in_a_row = self._drops = 0
        self._down = self._was_up = self._replying = self._speaking = False
        self._instructions: NotGivenOr[str] = NOT_GIVEN
        self._tools: NotGivenOr[list[llm.Tool]] = NOT_GIVEN
        self._owed = OwedReplies(
            self._ask, on_late=self._swap, on_begun=self._begins, on_unwanted=self.interrupt
        )
        self._tasks: set[asyncio.Task[None]] = set()
        self._swapping: asyncio.Task[None] | None = None
        self._hooks = self._handlers()
        self._hooks += [(event, functools.partial(self.emit, event)) for event in _PASSED_ON]
        self._renewal: asyncio.TimerHandle | None = None
        # With the model's server in charge nobody here knows where a turn ends.
        self._replay, self._updating = Replay(), asyncio.Lock()
        self._unheard = Unheard(kept=not model.capabilities.turn_detection)
        self._child = model.models[0].session()
        self._bind()

    @property
    def chat_ctx(self) -> llm.ChatContext:
        return self._unheard.outward(self._replay.whole(self._child.chat_ctx))

    @property
    def tools(self) -> llm.ToolContext:
        return self._child.tools

    @property
    def capabilities(self) -> llm.RealtimeCapabilities:
        return self._steady.capabilities

    async def update_instructions(self, instructions: str) -> None:
        self._instructions = instructions
        await self._child.update_instructions(instructions)

    async def update_chat_ctx(self, chat_ctx: llm.ChatContext) -> None:
        seen = {item.id for item in self._replay.whole(self._child.chat_ctx).items}
        wanted = self._unheard.inward(chat_ctx, seen)

        async def update() -> None:  # what is not named here goes: so with all there is by now
            await self._child.update_chat_ctx(with_news(wanted, self._child.chat_ctx, seen))

        async with self._updating:
            await self._replay.bridged(update)

    async def update_tools(self, tools: list[llm.Tool]) -> None:
        self._tools = tools
        await self._child.update_tools(tools)

    def update_options(self, *, tool_choice: NotGivenOr[llm.ToolChoice | None] = NOT_GIVEN) -> None:
        self._child.update_options(tool_choice=tool_choice)

    def push_audio(self, frame: rtc.AudioFrame) -> None:
        self._unheard.push(frame)
        if not self._down:
            self._child.push_audio(frame)

    def push_video(self, frame: rtc.VideoFrame) -> None:
        self._child.push_video(frame)

    def commit_audio(self) -> None:
        self._unheard.commit()
        if not self._down:
            self._child.commit_audio()

    def clear_audio(self) -> None:
        self._unheard.clear()
        if not self._down:
            self._child.clear_audio()

    def generate_reply(
        self,
        *,
        instructions: NotGivenOr[str] = NOT_GIVEN,
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        tools: NotGivenOr[list[llm.Tool]] = NOT_GIVEN,
    ) -> asyncio.Future[llm.GenerationCreatedEvent]:
        return self._owed.ask(
            {"instructions": instructions, "tool_choice": tool_choice, "tools": tools}
        )

    def interrupt(self) -> None:
        self._replying = False  # nobody waits for the rest of it
        self._child.interrupt()

    def truncate(self, **which: Any) -> None:
        self._child.truncate(**which)

    async def aclose(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._owed.cancel()
        self._unbind()
        await _closed(self._child)

    def _ask(self, options: dict[str, Any]) -> Promise | None:
        return None if self._down else self._child.generate_reply(**options)

    def _begins(self) -> None:
        self._failed_in_a_row = 0

    def _handlers(self) -> list[tuple[Any, Callable[..., None]]]:
        return [
            ("generation_created", self._begun),
            ("metrics_collected", self._measured),
            ("remote_item_added", self._item_added),
            ("input_audio_transcription_completed", self._transcribed),
            ("input_speech_started", functools.partial(self._edge, True)),
            ("input_speech_stopped", functools.partial(self._edge, False)),
            ("session_reconnected", self._reconnected),
            ("error", self._error),
        ]

    def _bind(self) -> None:
        self._was_up = False
        for event, handler in self._hooks:
            self._child.on(event, handler)
        after_s = getattr(self._steady.models[self._index], "renewed_after_s", None)
        if after_s is not None:
            self._renewal = asyncio.get_running_loop().call_later(after_s, self._renew)

    def _unbind(self) -> None:
        for event, handler in self._hooks:
            self._child.off(event, handler)
        if self._renewal is not None:
            self._renewal.cancel()

    def _measured(self, metrics: object) -> None:
        """Each connection reports itself as a metric, and so does each reply when it ends."""
        self._was_up = True
        if isinstance(metrics, RealtimeModelMetrics) and metrics.request_id:
            self._replying, self._drops = False, 0
            self._unheard.answered()

    def _begun(self, event: llm.GenerationCreatedEvent) -> None:
        del event
        self._replying = True

    def _edge(self, speaking: bool, event: object) -> None:
        del event
        self._speaking = speaking

    def _item_added(self, event: llm.RemoteItemAddedEvent) -> None:
        self._replay.confirmed(event.item.id)
        if self._unheard.is_news(event.item):
            self.emit("remote_item_added", event)

    def _transcribed(self, event: llm.InputTranscriptionCompleted) -> None:
        item_id = self._unheard.transcribed(event.item_id, final=event.is_final)
        event = dataclasses.replace(event, item_id=item_id)
        self.emit("input_audio_transcription_completed", event)

    def _reconnected(self, event: llm.RealtimeSessionReconnectedEvent) -> None:
        """The plugin has a new socket and has replayed the texts; audio is ours to send again."""
        self._drops += 1
        self._replay.begun()
        if self._drops >= MOST_DROPS:
            self._drops = 0
            self._swap()
            return
        self._down = False
        # What was queued for the old socket goes first, and would be heard twice.
        self._child.clear_audio()
        self._send_again()
        self.emit("session_reconnected", event)

    def _send_again(self) -> None:
        for frames in self._unheard.again():
            for frame in frames:
                self._child.push_audio(frame)
            self._child.commit_audio()
        for frame in self._unheard.current:
            self._child.push_audio(frame)
        self._owed.ask_again()
        if self._replying:
            # The framework saw it end, as if it had been whole.
            self._replying = False
            self.emit("error", broken_off(self._steady.label))

    def _error(self, error: RealtimeModelError) -> None:
        if error.recoverable:
            # Until the plugin has connected again nothing would arrive. A first connection that
            # fails is different: the plugin keeps for it what is sent meanwhile, and tells nothing.
            if self._was_up and isinstance(error.error, APIConnectionError):
                self._lose()
            elif self._steady.independent and is_failed_response(error.error):
                self._swap()  # over its limit, as a rule: it would be as a moment ago
            self.emit("error", error)
            return
        self._failed_in_a_row += 1
        if self._failed_in_a_row >= max(2, len(self._steady.models)):
            self.emit("error", error)
            return
        self.emit("error", error.model_copy(update={"recoverable": True}))
        self._swap()

    def _renew(self) -> None:
        """Before the provider ends it: as soon as nobody waits for anything."""
        if self._replying or self._speaking or self._unheard.current or self._owed.any:
            loop = asyncio.get_running_loop()
            self._renewal = loop.call_later(RENEWAL_LOOKS_EVERY_S, self._renew)
        else:
            self._swap(0)

    def _swap(self, step: int = 1) -> None:
        """Go on with a fresh session, of the next model if there is one."""
        if self._swapping is None or self._swapping.done():
            self._lose()  # what is asked of it from now on would be lost
            self._swapping = self._spawn(self._open_anew(step), "model-swap")

    async def _open_anew(self, step: int) -> None:
        old = self._child
        said = self._replay.before
        self._unbind()
        self._index = (self._index + step) % len(self._steady.models)
        model = self._steady.models[self._index]
        self._child = model.session()
        self._bind()
        self._spawn(_closed(old), "model-close")
        if step and self._steady.on_switch is not None:
            self._steady.on_switch(model.provider)
        await self._child._update_session(
            instructions=self._instructions, chat_ctx=said, tools=self._tools
        )
        self._down = False
        self._replay.over()
        self._send_again()

    def _lose(self) -> None:
        """The connection is gone; a second time, perhaps, before all was told to the one after."""
        self._down = True
        self._replay.lost(self._replay.whole(self._child.chat_ctx))
        if self._speaking:  # where they stop it would not have heard
            self._speaking = False
            self.emit(
                "input_speech_stopped",
                llm.InputSpeechStoppedEvent(user_transcription_enabled=False),
            )
            self._steady.on_unheard()

    def _spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _closed(session: llm.RealtimeSession[Any]) -> None:
    with contextlib.suppress(Exception):  # a dead session raises what it died of
        await session.aclose()
