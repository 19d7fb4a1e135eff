"""What one listener hears of a track of their own: sentences and music, without a gap between."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import groupby

import numpy as np
from livekit import rtc

from agents.transfer.aside import Aside
from agents.turn_taking.line_audio import SESSION_RATE, Samples
from tests.support.studio import Ear

MUSIC: Samples = np.full(SESSION_RATE, -9000, np.int16)
WORDS: Samples = np.full(SESSION_RATE // 4, 3, np.int16)
BREATH: Samples = np.full(SESSION_RATE // 4, 5, np.int16)
WHAT = {3: "words", 5: "breath"}


class Listener(Ear):
    """Notes what is said, and how often the line ran dry once it had begun."""

    def __init__(self) -> None:
        super().__init__(speed=1.0)
        self.heard: list[str] = []
        self.gaps = 0
        self.forgot = 0

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        self.gaps += bool(self.heard) and not self.queued_duration
        samples = np.frombuffer(frame.data, np.int16)
        self.heard.append("music" if samples.min() < 0 else WHAT[int(samples.max())])
        await super().capture_frame(frame)

    def clear_queue(self) -> None:
        self.forgot += 1
        super().clear_queue()


async def spoken(*sentences: Samples) -> AsyncIterator[rtc.AudioFrame]:
    for samples in sentences:
        yield rtc.AudioFrame(samples.tobytes(), SESSION_RATE, 1, len(samples))


async def test_music_follows_the_sentence_without_a_gap_and_is_not_waited_for() -> None:
    listener = Listener()
    aside = Aside(listener)
    try:
        aside.play_after(MUSIC)
        assert await aside.say(spoken(WORDS))
        assert await aside.say(spoken(BREATH))
    finally:
        await aside.aclose()
    assert [what for what, _ in groupby(listener.heard)][:3] == ["words", "music", "breath"]
    assert listener.gaps == 0


async def test_a_sentence_is_said_when_it_was_heard_and_not_when_it_is_queued() -> None:
    listener = Listener()
    aside = Aside(listener)
    aside.play(MUSIC)
    try:
        assert await aside.say(spoken(WORDS))
        assert "music" in listener.heard, "the music goes on meanwhile"
        assert listener.queued_duration <= 0.17, "nothing of the sentence is left, but music is"
    finally:
        await aside.aclose()


async def test_music_that_ends_is_taken_back() -> None:
    listener = Listener()
    aside = Aside(listener)
    aside.play(MUSIC)
    await aside.say(spoken(WORDS))
    assert listener.forgot == 0
    aside.play(None)
    assert (listener.forgot, listener.queued_duration) == (1, 0.0)
    await aside.aclose()
