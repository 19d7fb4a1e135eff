"""Writes down what is said while the agent is away: each side by a transcription-only session.

When it fails, the others go on: nobody who talks needs it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Any

from livekit import rtc
from livekit.agents import stt

from agents.transfer.board import Board
from agents.turn_taking.line_audio import SESSION_RATE

logger = logging.getLogger(__name__)

MakeEars = Callable[[], stt.STT[Any]]
# Text, and the moments (seconds since the epoch) at which its speech began and ended.
Heard = Callable[[str, float, float], None]

LAST_WORDS_WITHIN_S = 1.5
PAUSE_S = 1.0


class Scribe:
    """``make_ears`` gives a streaming STT for each side; None: nobody listens, only keys decide.

    To stop a listening, cancel its task, or ``finish`` it; never wait for the task: a connection
    may take its time to end, and two people wait to hear each other.
    """

    def __init__(self, make_ears: MakeEars | None) -> None:
        self._make_ears = make_ears
        self._tasks: set[asyncio.Task[None]] = set()
        self._feeding: dict[asyncio.Task[None], asyncio.Task[None]] = {}
        self._finishing: asyncio.Task[None] | None = None

    def listen(self, board: Board, identity: str, heard: Heard) -> asyncio.Task[None]:
        """Tell ``heard`` each utterance of this leg until it leaves, or the task is cancelled."""
        return self.follow(board.audio(identity), heard)

    def follow(self, frames: AsyncIterator[rtc.AudioFrame], heard: Heard) -> asyncio.Task[None]:
        """The same, of frames from elsewhere. The task never fails."""
        task = asyncio.create_task(self._listen(frames, heard), name="scribe")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def finish(self, *listenings: asyncio.Task[None]) -> None:
        """Hear no more of these legs; what was said until now is still written down. Returns at
        once, see ``finished``."""
        for listening in listenings:
            feeding = self._feeding.get(listening)
            (feeding or listening).cancel()
        self._finishing = asyncio.create_task(_finish(listenings), name="scribe-finish")

    async def finished(self) -> None:
        """What was said before the last ``finish`` is written down, or it is not known in time."""
        if self._finishing is not None:
            await asyncio.wait({self._finishing})

    async def _listen(self, frames: AsyncIterator[rtc.AudioFrame], heard: Heard) -> None:
        listening = asyncio.current_task()
        if self._make_ears is None or listening is None:
            return
        try:
            async with self._make_ears() as ears, ears.stream() as stream:
                feeding = asyncio.create_task(_feed(stream, frames), name="scribe-feed")
                self._feeding[listening] = feeding
                try:
                    await _read(stream, heard)
                finally:
                    del self._feeding[listening]
                    feeding.cancel()
                    await asyncio.gather(feeding, return_exceptions=True)
        except Exception as error:
            # No text: a provider's may quote what was said.
            logger.warning("the scribe cannot listen: %s", type(error).__name__)


async def _read(stream: stt.RecognizeStream, heard: Heard) -> None:
    began: float | None = None
    ended: float | None = None
    async for event in stream:
        if event.type is stt.SpeechEventType.START_OF_SPEECH:
            began = began or time.time()
            ended = None
        elif event.type is stt.SpeechEventType.END_OF_SPEECH:
            ended = time.time()
        elif event.type is stt.SpeechEventType.FINAL_TRANSCRIPT:
            text = event.alternatives[0].text.strip() if event.alternatives else ""
            end = ended or time.time()
            if text:
                heard(text, began or end, end)
            began = ended = None


async def _finish(listenings: Sequence[asyncio.Task[None]]) -> None:
    await asyncio.wait(listenings, timeout=LAST_WORDS_WITHIN_S)
    for listening in listenings:
        listening.cancel()


async def _feed(stream: stt.RecognizeStream, frames: AsyncIterator[rtc.AudioFrame]) -> None:
    try:
        async for frame in frames:
            stream.push_frame(frame)
    except asyncio.CancelledError:
        stream.push_frame(_pause())  # by which ears know the end of an utterance
        raise
    finally:
        stream.end_input()


def _pause() -> rtc.AudioFrame:
    samples = round(PAUSE_S * SESSION_RATE)
    return rtc.AudioFrame(bytes(2 * samples), SESSION_RATE, 1, samples)
