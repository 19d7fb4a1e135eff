"""One call with everything real but the line and the database: audio in, audio out, records."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import numpy as np
import soxr
from livekit import rtc
from livekit.agents.voice import io

from agents.assembly import Assembly
from agents.call import LiveCall
from agents.call_context import CallClock
from agents.config import WorkerConfig
from agents.ports import Handoff
from agents.transfer.board import Board
from agents.turn_taking.playout import QUEUE_MS, Playout
from deploy.local.voice import render
from telephony.contracts import (
    CallEnded,
    CallPlan,
    HandoffSpec,
    PersonaSpec,
    ResumedCall,
    TeamSpec,
    ToolSpec,
    TurnTakingSpec,
)
from telephony.enums import EndingReason, RealtimeProvider, TurnDetection, VoiceProvider
from tests.support.call_fakes import FakeLine, ListStore

RATE = 24_000
FRAME = RATE // 50
HERE = Path(__file__).parent
ROOT = HERE.parent.parent


class Mouth(io.AudioInput):
    """The caller's microphone: 20 ms frames in real time, silence unless something is said."""

    def __init__(self) -> None:
        super().__init__(label="caller")
        self._speech: list[bytes] = []
        self._next = 0.0
        self.said = asyncio.Event()

    def speak(self, text: str) -> None:
        pcm, rate = render(text)
        samples = soxr.resample(np.frombuffer(pcm, dtype=np.int16), rate, RATE).astype(np.int16)
        data = samples.tobytes()
        self._speech += [data[i : i + FRAME * 2] for i in range(0, len(data), FRAME * 2)]
        self.said.clear()

    async def __anext__(self) -> rtc.AudioFrame:
        now = time.monotonic()
        self._next = max(self._next + 0.02, now - 0.1)
        if self._next > now:
            await asyncio.sleep(self._next - now)
        data = self._speech.pop(0) if self._speech else b""
        if not self._speech:
            self.said.set()
        return rtc.AudioFrame(data.ljust(FRAME * 2, b"\0"), RATE, 1, FRAME)


class Ear:
    """The caller's loudspeaker, a ``Source``. ``speed`` 1 is real time; hurried tests go faster."""

    def __init__(self, speed: float) -> None:
        self._speed = speed
        self._dry_at = 0.0

    @property
    def queued_duration(self) -> float:
        return max(0.0, self._dry_at - time.monotonic()) * self._speed

    def clear_queue(self) -> None:
        self._dry_at = 0.0

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        room_s = QUEUE_MS / 1000 / self._speed
        wait_s = self._dry_at - time.monotonic() - room_s
        if wait_s > 0:
            await asyncio.sleep(wait_s)
        self._dry_at = max(self._dry_at, time.monotonic()) + frame.duration / self._speed

    async def wait_for_playout(self) -> None:
        await asyncio.sleep(max(0.0, self._dry_at - time.monotonic()))


class Subtitles(io.TextOutput):
    """Keeps the text that leaves the session."""

    def __init__(self, then: io.TextOutput) -> None:
        super().__init__(label="subtitles", next_in_chain=then)
        self._then = then
        self.text = ""

    async def capture_text(self, text: str) -> None:
        self.text += text
        await self._then.capture_text(text)

    def flush(self) -> None:
        self._then.flush()


class Studio:
    """One call, with everything real but the line and the database."""

    def __init__(
        self,
        config: WorkerConfig,
        realtime: RealtimeProvider = RealtimeProvider.OPENAI_REALTIME,
        voice: VoiceProvider = VoiceProvider.CARTESIA,
    ) -> None:
        self.config = config
        self.providers = (realtime, voice)
        self.line = FakeLine()
        self.store = ListStore()
        self.mouth = Mouth()
        self._http = aiohttp.ClientSession()
        self._call: LiveCall | None = None

    @property
    def call(self) -> LiveCall:
        assert self._call is not None
        return self._call

    async def start(
        self,
        *tools: ToolSpec,
        greeting: str = "Hello.",
        language: str = "en",
        max_duration_s: int = 60,
        playback_speed: float = 4.0,
        ringing_s: float = 0.0,
        resumed: ResumedCall | None = None,
        turn_detection: TurnDetection = TurnDetection.CLIENT,
        teams: tuple[TeamSpec, ...] = (),
        handoff: HandoffSpec | None = None,
        board: Board | None = None,
        humans: Handoff | None = None,
        **turn_taking: Any,
    ) -> LiveCall:
        """Start the session and answer, after the caller heard ringing for a while.

        With ``teams`` and a ``board`` it can be handed over.
        """
        realtime, voice = self.providers
        spoken_to = persona(greeting, tools, turn_detection, **turn_taking)
        plan = CallPlan(
            call_id=uuid4(),
            called_number="+15550100",
            caller_number="+15550199",
            persona=replace(
                spoken_to,
                language=language,
                realtime_provider=realtime,
                voice_provider=voice,
                handoff=handoff or HandoffSpec(),
            ),
            opening_hours=None,
            max_duration_s=max_duration_s,
            teams=teams,
            resumed=resumed,
        )
        playout = self.playout = Playout(Ear(playback_speed))
        parts = Assembly(
            plan,
            self.config,
            line=self.line,
            store=self.store,
            clock=CallClock(),
            playout=playout,
            handoff=humans,
            http=self._http,
        )
        self._call = parts.call
        self.parts = parts
        if board is not None:
            parts.desk.attach(board)
        session = parts.call.session
        session.input.audio = self.mouth
        self.subtitles = session.output.transcription = Subtitles(playout.text)
        await session.start(parts.call.agent)
        parts.session_started()
        await asyncio.sleep(ringing_s)
        await self.line.answer(parts.call.mark_answered)
        parts.answered()
        return parts.call

    @property
    def heard(self) -> str:
        """What of the agent's message was played so far."""
        return self.playout.text.until(self.playout.position_s)

    async def speak(self, text: str) -> None:
        """The caller says something, to its end."""
        self.mouth.speak(text)
        await self.mouth.said.wait()

    async def until(self, condition: Callable[[], Any], timeout_s: float = 25) -> None:
        async with asyncio.timeout(timeout_s):
            while not condition():
                await asyncio.sleep(0.02)

    async def agent_turns(self, count: int, timeout_s: float = 25) -> None:
        def spoken() -> bool:
            return sum(turn.speaker.value == "agent" for turn in self.store.turns) >= count

        await self.until(spoken, timeout_s)

    async def over(self, timeout_s: float = 25) -> CallEnded:
        """Wait until the call ended by itself, finish it as the worker does, return its end."""
        async with asyncio.timeout(timeout_s):
            await self.line.left.wait()
        return await self.finish()

    async def finish(self) -> CallEnded:
        with contextlib.suppress(Exception):
            await self.call.session.aclose()
        await self.call.finish()
        last = self.store.records[-1]
        assert isinstance(last, CallEnded)
        return last

    async def aclose(self) -> None:
        if self._call is not None:
            self._call.end(EndingReason.UNKNOWN)
            await self.finish()
        await self._http.close()


def persona(
    greeting: str, tools: tuple[ToolSpec, ...], turn_detection: TurnDetection, **turn_taking: Any
) -> PersonaSpec:
    return PersonaSpec(
        name="Test",
        version=1,
        instructions="You are the test reception.",
        greeting=greeting,
        language="en",
        realtime_provider=RealtimeProvider.OPENAI_REALTIME,
        realtime_model="gpt-realtime",
        voice_provider=VoiceProvider.CARTESIA,
        voice_model="sonic-3",
        voice_id="voice",
        tools=tools,
        turn_taking=TurnTakingSpec(
            turn_detection=turn_detection, max_endpointing_ms=600, **turn_taking
        ),
    )
