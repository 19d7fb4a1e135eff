"""The agent's voice on its way to the line: it can stop at once and go on where it stopped.

livekit-agents' own output keeps up to 200 ms in a queue, stops only at its next frame, and loses
what was queued. Here a pause takes effect with the 10 ms being played, and what had been queued is
played again, so a sentence goes on where it was left.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

import numpy as np
from livekit import rtc
from livekit.agents import utils
from livekit.agents.voice import io

from agents.turn_taking.heard_text import HeardText
from agents.turn_taking.line_audio import SESSION_RATE, Samples, to_line

# Enough to bridge a late wake-up of a busy machine; what is queued must be taken back at a pause.
QUEUE_MS = 80
# The most that is handed over at once. Every hand-over wakes three threads, however short it is:
# 80 ms at a time cost a third of what 20 ms do.
PIECE_MS = 80
_BYTES_PER_S = SESSION_RATE * 2
_PIECE_BYTES = _BYTES_PER_S * PIECE_MS // 1000
# A queue is filled up to its length and a piece more: what was sent before this has been played.
KEPT_MS = QUEUE_MS + 2 * PIECE_MS
_KEPT_BYTES = _BYTES_PER_S * KEPT_MS // 1000


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
    """The last link of a session's audio output. ``on_played`` gets 8 kHz samples as they leave.

    ``text`` is the session's text output beside it: together they know which words were heard.
    """

    def __init__(self, source: Source, *, ready: asyncio.Future[None] | None = None) -> None:
        super().__init__(
            label="line",
            capabilities=io.AudioOutputCapabilities(pause=True),
            sample_rate=SESSION_RATE,
        )
        self.on_played: Callable[[Samples], None] | None = None
        self.text = HeardText()
        self._source = source
        self._ready = ready
        self._waiting = bytearray()
        self._sent = bytearray()  # the last of it: what may have to be taken back
        self._sent_bytes = 0
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
    def dry(self) -> bool:
        """Nothing is left to be played, and nothing is held back."""
        waits = self._waiting or self._paused or self._held
        return not waits and self._source.queued_duration <= 0

    @property
    def left_s(self) -> float | None:
        """Seconds still to be played of this message; None while more of it may come."""
        if not self._segment_open:
            return 0.0
        if not self._all_here:
            return None
        return len(self._waiting) / _BYTES_PER_S + self._source.queued_duration

    @property
    def position_s(self) -> float:
        """Seconds of this message that were played."""
        return max(0.0, self._sent_s - self._source.queued_duration)

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        if self._ready is not None:
            await asyncio.shield(self._ready)
        await super().capture_frame(frame)
        if self._player is None:
            self._player = asyncio.create_task(self._play(), name="playout")
        if not self._segment_open:
            self._segment_open, self._all_here, self._started = True, False, False
            self._sent_bytes = 0
        self._waiting += frame.data
        self._work.set()

    def flush(self) -> None:
        super().flush()
        if self._segment_open:
            self._all_here = True
            self._work.set()

    def clear_buffer(self) -> None:
        """The message was interrupted: what was not played will not be."""
        if not self._segment_open:
            return
        position = self.position_s
        self._source.clear_queue()
        self._waiting.clear()
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

    @property
    def _sent_s(self) -> float:
        return self._sent_bytes / _BYTES_PER_S

    def _take_back(self) -> None:
        queued = 2 * int(self._source.queued_duration * SESSION_RATE)
        self._source.clear_queue()
        if queued := min(queued, len(self._sent)):
            self._waiting[:0] = self._sent[-queued:]
            del self._sent[-queued:]
            self._sent_bytes -= queued

    async def _play(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._waiting and not self._paused and not self._held:
                await self._send_piece()
            if self._segment_open and self._all_here and not self._waiting and not self._paused:
                await self._source.wait_for_playout()
                # Paused or interrupted in the last moments: not finished after all.
                if self._all_here and not self._waiting and not self._paused:
                    self._finish(self._sent_s, interrupted=False)

    async def _send_piece(self) -> None:
        piece = bytes(self._waiting[:_PIECE_BYTES])
        del self._waiting[:_PIECE_BYTES]
        if not self._started:
            self._started = True
            self.on_playback_started(created_at=time.time())
        self._sent = (self._sent + piece)[-_KEPT_BYTES:]
        self._sent_bytes += len(piece)
        if self.on_played is not None:
            self.on_played(to_line(np.frombuffer(piece, dtype=np.int16)))
        await self._source.capture_frame(rtc.AudioFrame(piece, SESSION_RATE, 1, len(piece) // 2))

    def _finish(self, position: float, *, interrupted: bool) -> None:
        if not self._segment_open:
            return
        self._segment_open = self._all_here = self._started = False
        self._sent.clear()
        self._sent_bytes = 0
        heard = self.text.until(position) if interrupted else None
        self.text.clear()
        self.on_playback_finished(
            playback_position=position, interrupted=interrupted, synchronized_transcript=heard
        )
