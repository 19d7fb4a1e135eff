"""The agent's voice on its way to the line: it can stop at once and go on where it stopped.

livekit-agents' own output keeps up to 200 ms in a queue, stops only at its next frame, and loses
what was queued. Here a pause takes effect with the frame being played, and what had been queued is
played again, so a sentence goes on where it was left.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

import numpy as np
from livekit import rtc
from livekit.agents import utils
from livekit.agents.voice import io

from agents.turn_taking.line_audio import SESSION_RATE, Samples, to_line

FRAME_S = 0.02
FRAME_SAMPLES = int(SESSION_RATE * FRAME_S)
# Enough to bridge a late wake-up of a busy machine; what is queued must be taken back at a pause.
QUEUE_MS = 80
_KEPT_FRAMES = 2 * QUEUE_MS // 20


class Source(Protocol):
    """What ``rtc.AudioSource`` is: it takes frames at the pace at which they are played."""

    @property
    def queued_duration(self) -> float:
        """Seconds taken and not played yet."""

    def clear_queue(self) -> None:
        """Forget them."""

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        """Take a frame; waits while the queue is full."""

    async def wait_for_playout(self) -> None:
        """Wait until the queue is empty."""


class Playout(io.AudioOutput):
    """The last link of a session's audio output. ``on_played`` gets 8 kHz samples as they leave."""

    def __init__(self, source: Source, *, ready: asyncio.Future[None] | None = None) -> None:
        super().__init__(
            label="line",
            capabilities=io.AudioOutputCapabilities(pause=True),
            sample_rate=SESSION_RATE,
        )
        self.on_played: Callable[[Samples], None] | None = None
        self._source = source
        self._ready = ready
        self._cutter = utils.audio.AudioByteStream(SESSION_RATE, 1, FRAME_SAMPLES)
        self._waiting: deque[rtc.AudioFrame] = deque()
        self._sent: deque[rtc.AudioFrame] = deque(maxlen=_KEPT_FRAMES)
        self._sent_s = 0.0
        self._segment_open = False
        self._all_here = False
        self._started = False
        self._paused = self._held = False
        self._work = asyncio.Event()
        self._player: asyncio.Task[None] | None = None

    def tap(self, wrap: Callable[[Source], Source]) -> None:
        """Let somebody else hear what leaves: ``wrap`` gives the source to use from now on."""
        self._source = wrap(self._source)

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def playing(self) -> bool:
        """Something is being played, or is held back by a pause."""
        return self._segment_open and self._started

    @property
    def left_s(self) -> float | None:
        """Seconds still to be played of this message; None while more of it may come."""
        if not self._segment_open:
            return 0.0
        if not self._all_here:
            return None
        return sum(frame.duration for frame in self._waiting) + self._source.queued_duration

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        if self._ready is not None:
            await asyncio.shield(self._ready)
        await super().capture_frame(frame)
        if self._player is None:
            self._player = asyncio.create_task(self._play(), name="playout")
        if not self._segment_open:
            self._segment_open, self._all_here, self._started = True, False, False
            self._sent_s = 0.0
        self._waiting.extend(self._cutter.push(frame.data))
        self._work.set()

    def flush(self) -> None:
        super().flush()
        self._waiting.extend(self._cutter.flush())
        if self._segment_open:
            self._all_here = True
            self._work.set()

    def clear_buffer(self) -> None:
        """The message was interrupted: what was not played will not be."""
        self._cutter.clear()
        if not self._segment_open:
            return
        position = max(0.0, self._sent_s - self._source.queued_duration)
        self._source.clear_queue()
        self._waiting.clear()
        self._sent.clear()
        self._finish(position, interrupted=True)

    def pause(self) -> None:
        super().pause()
        if self._paused:
            return
        self._paused = True
        self._take_back()

    def resume(self) -> None:
        super().resume()
        self._paused = False
        self._work.set()

    def hold(self, held: bool) -> None:
        """Keep what is to come from beginning. livekit-agents resumes a pause with each message."""
        self._held = held
        self._work.set()

    async def aclose(self) -> None:
        if self._player is not None:
            await utils.aio.cancel_and_wait(self._player)

    def _take_back(self) -> None:
        queued = self._source.queued_duration
        self._source.clear_queue()
        while queued > FRAME_S / 2 and self._sent:
            frame = self._sent.pop()
            self._waiting.appendleft(frame)
            self._sent_s -= frame.duration
            queued -= frame.duration

    async def _play(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._waiting and not self._paused and not self._held:
                await self._send(self._waiting.popleft())
            if self._segment_open and self._all_here and not self._waiting and not self._paused:
                await self._source.wait_for_playout()
                # Paused or interrupted in the last moments: not finished after all.
                if self._all_here and not self._waiting and not self._paused:
                    self._finish(self._sent_s, interrupted=False)

    async def _send(self, frame: rtc.AudioFrame) -> None:
        if not self._started:
            self._started = True
            self.on_playback_started(created_at=time.time())
        self._sent.append(frame)
        self._sent_s += frame.duration
        if self.on_played is not None:
            self.on_played(to_line(np.frombuffer(frame.data, dtype=np.int16)))
        await self._source.capture_frame(frame)

    def _finish(self, position: float, *, interrupted: bool) -> None:
        if not self._segment_open:
            return
        self._segment_open = self._all_here = self._started = False
        self._sent.clear()
        self._sent_s = 0.0
        self.on_playback_finished(playback_position=position, interrupted=interrupted)
