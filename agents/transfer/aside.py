"""A track of its own that one listener alone hears: words, and music where there are none.

One pump feeds it, so that the music follows a sentence, and a sentence the music, without a gap.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterable

import numpy as np
from livekit import rtc
from livekit.agents import utils

from agents.turn_taking.line_audio import SESSION_RATE, Samples
from agents.turn_taking.playout import PIECE_MS, Source

# As the agent's own voice is handed over: 80 ms at a time.
PIECE_SAMPLES = SESSION_RATE * PIECE_MS // 1000
FADE_SAMPLES = SESSION_RATE * 3 // 10  # of music that begins


class _Sentence:
    def __init__(self) -> None:
        self.frames: deque[rtc.AudioFrame] = deque()
        self.begun = False
        self.all_here = False
        self.said = asyncio.Event()


class Aside:
    """``source`` takes 24 kHz mono frames at the pace at which they are played."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._music: Samples | None = None
        self._music_after: Samples | None = None
        self._at = 0
        self._sentence: _Sentence | None = None
        self._one_at_a_time = asyncio.Lock()
        self._work = asyncio.Event()
        self._pump = asyncio.create_task(self._feed(), name="aside")

    @property
    def talking(self) -> bool:
        return self._sentence is not None

    def play(self, music: Samples | None) -> None:
        """Loop it from now on wherever nothing is said; None: silence, at once."""
        self._music, self._music_after, self._at = music, None, 0
        if music is None and self._sentence is None:
            self._source.clear_queue()
        self._work.set()

    def play_after(self, music: Samples) -> None:
        """The same from the end of the next sentence on, with no gap between."""
        self._music_after = music

    async def say(self, frames: AsyncIterable[rtc.AudioFrame]) -> bool:
        """Say it to its end; False when there was nothing, or ``hush`` ended it.

        Until its first frame is there the music goes on.
        """
        async with self._one_at_a_time:
            sentence = self._sentence = _Sentence()
            cutter = utils.audio.AudioByteStream(SESSION_RATE, 1, PIECE_SAMPLES)
            resampler: rtc.AudioResampler | None = None
            try:
                async for frame in frames:
                    if frame.sample_rate != SESSION_RATE:
                        if resampler is None:
                            resampler = rtc.AudioResampler(frame.sample_rate, SESSION_RATE)
                        pieces = resampler.push(frame)
                    else:
                        pieces = [frame]
                    for piece in pieces:
                        sentence.frames.extend(cutter.push(piece.data))
                    self._work.set()
                sentence.frames.extend(cutter.flush())
                if not sentence.begun and not sentence.frames:
                    return False
                sentence.all_here = True
                self._work.set()
                await sentence.said.wait()
                if self._sentence is not sentence and not sentence.frames:
                    await asyncio.sleep(self._source.queued_duration)
                return not sentence.frames
            finally:
                if self._sentence is sentence:
                    self._sentence = None
                    self._work.set()

    def hush(self) -> None:
        """Stop what is being said at once; the music too."""
        sentence, self._sentence = self._sentence, None
        self._music = self._music_after = None
        self._source.clear_queue()
        if sentence is not None:
            sentence.said.set()

    async def aclose(self) -> None:
        self.hush()
        await utils.aio.cancel_and_wait(self._pump)

    async def _feed(self) -> None:
        while True:
            frame = self._next()
            if frame is None:
                self._work.clear()
                await self._work.wait()
                continue
            await self._source.capture_frame(frame)

    def _next(self) -> rtc.AudioFrame | None:
        sentence = self._sentence
        if sentence is not None:
            if sentence.frames:
                sentence.begun = True
                return sentence.frames.popleft()
            if sentence.all_here:
                self._sentence = None
                if self._music_after is not None:
                    self.play(self._music_after)
                sentence.said.set()
            elif sentence.begun:  # the voice is behind: music in mid-sentence would be odd
                return _frame(np.zeros(PIECE_SAMPLES, dtype=np.int16))
        if self._music is None:
            return None
        at = np.arange(self._at, self._at + PIECE_SAMPLES)
        self._at += PIECE_SAMPLES
        louder = np.minimum(at / FADE_SAMPLES, 1.0)
        return _frame((np.take(self._music, at, mode="wrap") * louder).astype(np.int16))


def _frame(samples: Samples) -> rtc.AudioFrame:
    return rtc.AudioFrame(samples.tobytes(), SESSION_RATE, 1, len(samples))
