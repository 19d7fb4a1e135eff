"""The agent's voice stops at once, goes on where it stopped, and says truly how far it came."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest
from livekit import rtc
from livekit.agents.voice.io import PlaybackFinishedEvent

from agents.turn_taking.line_audio import SESSION_RATE
from agents.turn_taking.playout import PIECE_MS, Playout

FRAME_S = 0.02
FRAME_SAMPLES = int(SESSION_RATE * FRAME_S)


class Line:
    """A ``Source`` that plays in real time and keeps what was really played."""

    def __init__(self) -> None:
        self.played: list[int] = []
        self._queue: list[tuple[float, int]] = []
        self._dry_at = 0.0

    @property
    def queued_duration(self) -> float:
        return max(0.0, self._dry_at - time.monotonic())

    def clear_queue(self) -> None:
        now = time.monotonic()
        self.played += [mark for begins, mark in self._queue if begins <= now]
        self._queue.clear()
        self._dry_at = now

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        # As the real one: the frame is taken at once, and the caller waits until there is room.
        assert frame.duration <= PIECE_MS / 1000
        samples = np.frombuffer(frame.data, np.int16)
        for at in range(0, len(samples), FRAME_SAMPLES):
            begins = max(self._dry_at, time.monotonic())
            piece = samples[at : at + FRAME_SAMPLES]
            self._queue.append((begins, int(piece[0])))
            self._dry_at = begins + len(piece) / SESSION_RATE
        while self.queued_duration > 0.06:
            await asyncio.sleep(0.002)

    async def wait_for_playout(self) -> None:
        while self.queued_duration > 0:
            await asyncio.sleep(0.002)

    def all_played(self) -> list[int]:
        self.clear_queue()
        return self.played


def marked(number: int) -> rtc.AudioFrame:
    samples = np.full(FRAME_SAMPLES, number, np.int16)
    return rtc.AudioFrame(samples.tobytes(), SESSION_RATE, 1, FRAME_SAMPLES)


async def say(playout: Playout, frames: int) -> None:
    for number in range(frames):
        await playout.capture_frame(marked(number))
    playout.flush()


async def test_what_is_said_is_played_whole_and_its_end_is_told() -> None:
    line = Line()
    playout = Playout(line)
    await say(playout, 20)
    assert playout.left_s == pytest.approx(0.4, abs=0.03)
    finished = await asyncio.wait_for(playout.wait_for_playout(), 2)
    assert (finished.playback_position, finished.interrupted) == (pytest.approx(0.4), False)
    assert line.all_played() == list(range(20))
    assert not playout.playing
    await playout.aclose()


async def test_a_pause_loses_nothing_and_repeats_next_to_nothing() -> None:
    line = Line()
    playout = Playout(line)
    await say(playout, 30)
    await asyncio.sleep(0.2)
    playout.pause()
    at_pause = len(line.all_played())
    await asyncio.sleep(0.3)
    assert len(line.all_played()) <= at_pause + 1
    assert playout.playing
    playout.resume()
    finished = await asyncio.wait_for(playout.wait_for_playout(), 2)
    assert finished.playback_position == pytest.approx(0.6, abs=0.03)
    assert sorted(set(line.all_played())) == list(range(30))
    assert len(line.played) <= 32
    await playout.aclose()


async def test_an_interruption_tells_how_much_was_heard() -> None:
    line = Line()
    playout = Playout(line)
    heard: list[PlaybackFinishedEvent] = []
    playout.on("playback_finished", heard.append)
    await say(playout, 50)
    await asyncio.sleep(0.3)
    playout.clear_buffer()
    assert heard[0].interrupted
    assert heard[0].playback_position == pytest.approx(0.3, abs=0.05)
    played = len(line.all_played())
    await asyncio.sleep(0.1)
    assert played <= heard[0].playback_position / FRAME_S + 2
    assert len(line.all_played()) <= played + 1
    await playout.aclose()


async def test_of_a_message_without_words_none_were_heard() -> None:
    playout = Playout(Line())
    await playout.text.capture_text("One moment, please.")
    playout.text.flush()
    await say(playout, 5)
    await asyncio.wait_for(playout.wait_for_playout(), 2)
    await say(playout, 20)
    await asyncio.sleep(0.1)
    playout.clear_buffer()
    finished = await playout.wait_for_playout()
    assert (finished.interrupted, finished.synchronized_transcript) == (True, "")
    await playout.aclose()


async def test_an_interruption_of_what_is_paused_ends_it_as_well() -> None:
    playout = Playout(Line())
    await say(playout, 50)
    await asyncio.sleep(0.1)
    playout.pause()
    playout.clear_buffer()
    finished = await asyncio.wait_for(playout.wait_for_playout(), 1)
    assert finished.interrupted
    playout.resume()
    await say(playout, 5)
    assert not (await asyncio.wait_for(playout.wait_for_playout(), 1)).interrupted
    await playout.aclose()


async def test_a_pause_in_the_last_moments_is_not_the_end() -> None:
    line = Line()
    playout = Playout(line)
    await say(playout, 5)
    await asyncio.sleep(0.07)
    playout.pause()
    await asyncio.sleep(0.2)
    assert playout.playing
    playout.resume()
    await asyncio.wait_for(playout.wait_for_playout(), 1)
    assert line.all_played()[-1] == 4
    await playout.aclose()
