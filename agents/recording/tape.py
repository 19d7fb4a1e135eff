"""One call's tape on the event loop's side: collects both channels and hands them to the writer.

Both lie on the call's clock as the worker knows it: the caller where their audio arrived, the agent
where it leaves for the room. What the line adds on both ways is not on this tape.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from livekit import rtc
from livekit.agents.voice import io

from agents.recording.levels import TapeLevels
from agents.recording.placing import Received, Sent
from agents.recording.writer import Batch, TapeWriter

WRITE_EVERY_S = 0.5
# Later than this nothing comes any more for a moment: neither late frames nor an interruption.
SETTLED_AFTER_S = 1.0
CLOSE_TIMEOUT_S = 8.0


class Tape:
    """``caller`` and ``sent`` are to be fed; nothing is kept before ``start``."""

    def __init__(self, path: Path, now: Callable[[], float]) -> None:
        self.path = path
        self.caller = Received()
        self.sent = Sent(now)
        self._now = now
        self._zero = 0.0
        self._levels = TapeLevels()
        self._writer: TapeWriter | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, zero: float, on_open: Callable[[], None]) -> None:
        """Begin the tape at the moment ``zero``. ``on_open`` is called when its file is there."""
        loop = asyncio.get_running_loop()

        def opened() -> None:
            loop.call_soon_threadsafe(on_open)

        self._zero = zero
        self._writer = TapeWriter(self.path, zero, self._levels, opened)
        self._task = asyncio.create_task(self._keep_writing(), name="call-tape")

    async def close(self) -> int:
        """Write what is left; returns the tape's length in ms."""
        if self._writer is None or self._task is None:
            return 0
        self._task.cancel()
        self._hand_over(self._now(), all_of_it=True)
        await asyncio.to_thread(self._writer.close, CLOSE_TIMEOUT_S)
        return self._writer.duration_ms

    def reached(self, at: float) -> bool:
        """Whether the tape is written beyond this moment."""
        return self._levels.reached_ms > (at - self._zero) * 1000

    def gap_ms(self, reply_at: float) -> int | None:
        """The silence before the reply that began at about this moment, as the tape has it."""
        return self._levels.gap_ms(round((reply_at - self._zero) * 1000))

    async def _keep_writing(self) -> None:
        while True:
            await asyncio.sleep(WRITE_EVERY_S)
            self._hand_over(self._now() - SETTLED_AFTER_S)

    def _hand_over(self, until: float, *, all_of_it: bool = False) -> None:
        if self._writer is not None:
            caller = self.caller.take(self._now(), all_of_it=all_of_it)
            sent = self.sent.take(until, all_of_it=all_of_it)
            self._writer.put(Batch(caller, sent, until))


class TapedInput(io.AudioInput):
    """A session's audio input that lets the tape hear what the session hears; and the caller on
    hold and with a human, when the session's input is switched off."""

    def __init__(self, source: io.AudioInput, tape: Tape, now: Callable[[], float]) -> None:
        super().__init__(label="tape", source=source)
        self._tape = tape
        self._now = now
        self._on = True

    async def __anext__(self) -> rtc.AudioFrame:
        while True:
            frame = await super().__anext__()
            self._tape.caller.push(frame, self._now())
            if self._on:
                return frame

    def on_attached(self) -> None:
        self._on = True
        super().on_attached()

    def on_detached(self) -> None:
        self._on = False  # the source goes on: what it drops would not be on the tape
