"""A connection that is silent, refuses, or goes at a bad moment: no turn is lost or mixed up.

The models here are no services: they do what a service does whose path went dead, which the
stand-ins cannot.
"""

from __future__ import annotations

import asyncio
import itertools
import weakref
from typing import Any

import numpy as np
import pytest
from livekit import rtc
from livekit.agents import APIConnectionError, APIError, llm
from livekit.agents.llm.realtime import RealtimeModelError

from agents.providers import owed_replies
from agents.providers.cascade_model import CAPABILITIES
from agents.providers.steady_model import SteadyModel
from agents.providers.unheard import Unheard
from agents.turn_taking.turn_model import TurnModel
from agents.turn_taking.turn_session import TurnSession


class Service(llm.RealtimeModel):
    """``dead``: it takes everything and answers nothing."""

    def __init__(self, name: str = "one", *, server_turns: bool = False) -> None:
        capabilities = CAPABILITIES
        if server_turns:
            capabilities = llm.RealtimeCapabilities(
                **(vars(CAPABILITIES) | {"turn_detection": True})
            )
        super().__init__(capabilities=capabilities)
        self.name, self.dead = name, False
        self.asked = 0
        self.sessions: list[Connection] = []

    model = provider = property(lambda self: self.name)

    def session(self, **_: Any) -> Connection:
        self.sessions.append(Connection(self))
        return self.sessions[-1]

    async def aclose(self) -> None: ...


class Connection(llm.RealtimeSession[str]):
    """Knows a caller's audio by the value of its last sample."""

    ids = itertools.count(1)

    def __init__(self, service: Service) -> None:
        super().__init__(service)
        self.service = service
        self.items = llm.ChatContext.empty()
        self.stretch: dict[str, int] = {}
        self.buffer: list[rtc.AudioFrame] = []

    chat_ctx = property(lambda self: self.items.copy())  # type: ignore[assignment]
    tools = property(lambda self: llm.ToolContext.empty())  # type: ignore[assignment]

    @property
    def holds(self) -> list[int]:
        return [self.stretch[item.id] for item in self.items.items]

    async def update_instructions(self, instructions: str) -> None: ...
    async def update_tools(self, tools: list[llm.Tool]) -> None: ...
    def update_options(self, **_: Any) -> None: ...
    def push_video(self, frame: rtc.VideoFrame) -> None: ...
    def interrupt(self) -> None: ...
    def truncate(self, **_: Any) -> None: ...
    async def aclose(self) -> None: ...

    async def update_chat_ctx(self, chat_ctx: llm.ChatContext) -> None:
        if self.service.dead:
            await asyncio.sleep(5)
            raise llm.RealtimeError("update_chat_ctx timed out.")
        self.items = chat_ctx.copy()

    def push_audio(self, frame: rtc.AudioFrame) -> None:
        self.buffer.append(frame)

    def clear_audio(self) -> None:
        self.buffer = []

    def commit_audio(self) -> None:
        heard, self.buffer = self.buffer, []
        if self.service.dead:
            return
        item = llm.ChatMessage(id=f"item_{next(self.ids)}", role="user", content=[])
        self.stretch[item.id] = int(np.frombuffer(heard[-1].data, np.int16)[-1])
        self.items.items.append(item)
        self.emit("remote_item_added", llm.RemoteItemAddedEvent(None, item))
        words = llm.InputTranscriptionCompleted(
            item_id=item.id, transcript=f"stretch {self.stretch[item.id]}", is_final=True
        )
        loop = asyncio.get_running_loop()
        loop.call_later(0.02, self.emit, "input_audio_transcription_completed", words)

    def generate_reply(self, **_: Any) -> asyncio.Future[llm.GenerationCreatedEvent]:
        self.service.asked += 1
        asked: asyncio.Future[llm.GenerationCreatedEvent] = asyncio.Future()
        if not self.service.dead:
            none: Any = None
            asked.set_result(llm.GenerationCreatedEvent(none, none, True, response_id="r"))
        return asked


def a_talk(*services: Service, independent: bool = False) -> TurnSession:
    steady = SteadyModel(services, independent=independent)
    return TurnModel(steady, lambda session: None).session()


def stretch(number: int) -> np.ndarray[Any, Any]:
    return np.full(4_800, number, np.int16)


async def test_a_caller_who_pauses_often_while_the_model_hangs_is_heard_by_the_next_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """At each pause the turn so far is committed, and again in whole when they go on."""
    monkeypatch.setattr(owed_replies, "BEGIN_TIMEOUT_S", 0.2)
    monkeypatch.setattr(owed_replies, "AFTER_WAITING_S", 0.2)
    first, second = Service(), Service("two")
    talk = a_talk(first, second)
    first.dead = True
    parts = []
    for pauses in range(1, 8):
        talk.forget(parts)
        for number in range(1, pauses + 1):
            talk.send(stretch(number))
        parts = [talk.commit()]
    await asyncio.wait_for(talk.generate_reply(), 3)
    await asyncio.sleep(0.3)
    (turn,) = parts
    assert turn is not None
    assert turn.text == "stretch 7"
    assert second.sessions[-1].holds == [7]
    talk.send(stretch(8))
    later = talk.commit()
    await asyncio.sleep(0.1)
    assert later is not None
    assert later.text == "stretch 8"
    await talk.aclose()


async def test_a_dead_path_is_found_although_something_is_to_be_taken_out_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """And however often the reply is asked for anew: who is given up has waited as well."""
    monkeypatch.setattr(owed_replies, "BEGIN_TIMEOUT_S", 3.0)
    first, second = Service(), Service("two")
    talk = a_talk(first, second)
    talk.send(stretch(1))
    before = [talk.commit()]
    await asyncio.sleep(0.05)
    first.dead = True
    talk.forget(before)
    talk.send(stretch(2))
    talk.commit()
    began = asyncio.get_running_loop().time()
    given_up = talk.generate_reply()
    await asyncio.sleep(4.0)
    given_up.cancel()
    await asyncio.sleep(0.05)
    await asyncio.wait_for(talk.generate_reply(), 3)
    assert asyncio.get_running_loop().time() - began < 5.7
    assert second.asked == 1
    await talk.aclose()


@pytest.mark.parametrize("independent", [True, False])
async def test_a_reply_that_one_account_refuses_is_asked_of_the_other(independent: bool) -> None:
    first, second = Service(), Service("two")
    talk = a_talk(first, second, independent=independent)
    told: list[RealtimeModelError] = []
    talk.on("error", told.append)
    limited = APIError("response failed: rate_limit_exceeded", retryable=True)
    error = RealtimeModelError(timestamp=0.0, label="one", error=limited, recoverable=True)
    first.sessions[-1].emit("error", error)
    await asyncio.wait_for(talk.generate_reply(), 3)
    assert (first.asked, second.asked) == ((0, 1) if independent else (1, 0))
    assert told == [error]
    await talk.aclose()


async def test_who_speaks_when_a_server_that_takes_the_turns_goes_is_asked_to_say_it_again() -> (
    None
):
    service = Service(server_turns=True)
    steady = SteadyModel([service])
    session = steady.session()
    unheard, stopped = 0, []

    def on_unheard() -> None:
        nonlocal unheard
        unheard += 1

    steady.on_unheard = on_unheard
    session.on("input_speech_stopped", stopped.append)
    connection = service.sessions[-1]
    connection.emit("metrics_collected", object())
    gone = RealtimeModelError(
        timestamp=0.0, label="one", error=APIConnectionError("gone"), recoverable=True
    )
    connection.emit("error", gone)
    assert (unheard, len(stopped)) == (0, 0), "nobody spoke"
    connection.emit("input_speech_started", llm.InputSpeechStartedEvent())
    connection.emit("error", gone)
    assert (unheard, len(stopped)) == (1, 1)
    await session.aclose()


def test_the_audio_of_a_turn_is_kept_only_until_it_has_words() -> None:
    unheard = Unheard(kept=True)
    frame = rtc.AudioFrame(bytes(960), 24_000, 1, 480)
    kept = weakref.ref(frame)
    unheard.push(frame)
    unheard.commit()
    del frame
    assert unheard.is_news(llm.ChatMessage(id="item_1", role="user", content=[]))
    assert len(next(unheard.again())) == 1
    assert unheard.is_news(llm.ChatMessage(id="item_2", role="user", content=[])) is False
    assert unheard.transcribed("item_2", final=True) == "item_1"
    assert kept() is None
