"""Writes down what is said while the agent is away: each side by a transcription-only session.

When it fails, the others go on: nobody who talks needs it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

from livekit import rtc
from livekit.agents import stt

from agents.transfer.board import Board

logger = logging.getLogger(__name__)

MakeEars = Callable[[], stt.STT[Any]]
# Text, and the moments (seconds since the epoch) at which its speech began and ended.
Heard = Callable[[str, float, float], None]


class Scribe:
    """``make_ears`` gives a streaming STT for each side; None: nobody listens, only keys decide.

    To stop a listening, cancel its task; never wait for it: a connection may take its time to end,
    and two people wait to hear each other.
    """

    def __init__(self, make_ears: MakeEars | None) -> None:
        self._make_ears = make_ears
        self._tasks: set[asyncio.Task[None]] = set()

    def listen(self, board: Board, identity: str, heard: Heard) -> asyncio.Task[None]:
        """Tell ``heard`` each utterance of this leg until it leaves, or the task is cancelled."""
        return self.follow(board.audio(identity), heard)

    def follow(self, frames: AsyncIterator[rtc.AudioFrame], heard: Heard) -> asyncio.Task[None]:
        """The same, of frames from elsewhere. The task never fails."""
        task = asyncio.create_task(self._listen(frames, heard), name="scribe")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _listen(self, frames: AsyncIterator[rtc.AudioFrame], heard: Heard) -> None:
        if self._make_ears is None:
            return
        try:
            async with self._make_ears() as ears, ears.stream() as stream:
                feeding = asyncio.create_task(_feed(stream, frames), name="scribe-feed")
                try:
                    await _read(stream, heard)
                finally:
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


async def _feed(stream: stt.RecognizeStream, frames: AsyncIterator[rtc.AudioFrame]) -> None:
    async for frame in frames:
        stream.push_frame(frame)
    stream.end_input()
