"""Takes a message for the team: a short recording, its words, and where to find both.

The caller is asked for it and speaks for it to be kept, so it does not need the number's recording.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
from livekit import rtc

from agents.loudness import is_audible
from agents.recording.note import write_note
from agents.transfer.scene import Scene
from agents.transfer.sentences import LEAVE_MESSAGE
from agents.turn_taking.line_audio import SESSION_RATE

logger = logging.getLogger(__name__)

LONGEST_S = 90.0
NOTHING_SAID_S = 8.0
PAUSE_ENDS_S = 4.0
WORDS_WITHIN_S = 3.0
LEAST_SPEECH_S = 0.4
_BEEP_HZ, _BEEP_S, _BEEP_LEVEL = 440, 0.4, 0.1
NO_WORDS = "(a recording, without its words)"


class _Note:
    """What the caller says into it. ``over`` when they have stopped, or never began."""

    def __init__(self, scene: Scene, folder: Path) -> None:
        self._scene = scene
        self._folder = folder
        self._pcm = bytearray()
        self._quiet_s = 0.0
        self._texts: list[str] = []
        self._stored = False
        self.speech_s = 0.0

    async def take(self) -> None:
        """Until the message is over."""
        scene = self._scene
        for_scribe: asyncio.Queue[rtc.AudioFrame | None] = asyncio.Queue()
        writing = scene.scribe.follow(_frames(for_scribe), self._heard)
        try:
            async with asyncio.timeout(LONGEST_S):
                async for frame in scene.board.audio(scene.board.caller):
                    for_scribe.put_nowait(frame)
                    if self._add(frame) or scene.caller_keys.hash_pressed:
                        break
        except TimeoutError:
            logger.info("a message was longer than it may be")
        finally:
            for_scribe.put_nowait(None)
            await asyncio.wait({writing}, timeout=WORDS_WITHIN_S)
            writing.cancel()

    async def store(self) -> None:
        """Keep it, once; what is too short to be a message is none."""
        if self._stored or self.speech_s < LEAST_SPEECH_S:
            return
        self._stored = True
        scene = self._scene
        name = f"{scene.call.plan.call_id}-{scene.steps.key}-message.ogg"
        try:
            await asyncio.to_thread(write_note, self._folder / name, bytes(self._pcm))
        except Exception as error:
            logger.error("a message could not be written: %s", type(error).__name__)
            name = ""
        scene.call.recorder.message(
            f"message:{scene.steps.key}",
            caller_name="",
            callback_number=scene.call.plan.caller_number,
            text=" ".join(self._texts) or NO_WORDS,
            team=scene.steps.request.team.key,
            path=name,
        )

    def _heard(self, text: str, start: float, end: float) -> None:
        del start, end
        self._texts.append(text)

    def _add(self, frame: rtc.AudioFrame) -> bool:
        self._pcm += frame.data.cast("B")
        if is_audible(frame):
            self.speech_s += frame.duration
            self._quiet_s = 0.0
        else:
            self._quiet_s += frame.duration
        limit = PAUSE_ENDS_S if self.speech_s >= LEAST_SPEECH_S else NOTHING_SAID_S
        return self._quiet_s >= limit


async def take_message(scene: Scene) -> bool:
    """Ask for it and keep it; False when nothing was said. Who hangs up in it has left theirs."""
    note = _Note(scene, scene.recordings_dir)
    scene.call.closing.append(note.store)
    scene.caller.aside.play(None)
    await scene.caller.say(LEAVE_MESSAGE)
    scene.caller_keys.forget()
    await scene.caller.aside.say(_beep())
    await note.take()
    await note.store()
    return note.speech_s >= LEAST_SPEECH_S


async def _frames(queue: asyncio.Queue[rtc.AudioFrame | None]) -> AsyncIterator[rtc.AudioFrame]:
    while (frame := await queue.get()) is not None:
        yield frame


async def _beep() -> AsyncIterator[rtc.AudioFrame]:
    seconds = np.arange(round(_BEEP_S * SESSION_RATE)) / SESSION_RATE
    wave = np.sin(2 * math.pi * _BEEP_HZ * seconds) * _BEEP_LEVEL * 32767
    samples = wave.astype(np.int16)
    yield rtc.AudioFrame(samples.tobytes(), SESSION_RATE, 1, len(samples))
