"""Queues between a room and the clock: bounded, and dropped rather than late."""

from __future__ import annotations

import numpy as np

from deploy.local.sipbridge.audio import FRAME_BYTES, SILENCE, TrackFeed, mix
from deploy.local.sipbridge.tones import RingingTone


class _Handle:
    handle = 1

    def dispose(self) -> None:
        """Nothing native behind it."""


class _Hub:
    def forget(self, stream_handle: int) -> None:
        assert stream_handle == 1


def feed() -> TrackFeed:
    return TrackFeed(_Hub(), _Handle())  # type: ignore[arg-type]


def piece(value: int) -> bytes:
    return np.full(80, value, np.int16).tobytes()


def test_nothing_is_played_before_a_whole_frame_is_there() -> None:
    queue = feed()
    queue.put(piece(1))
    assert queue.take() is None
    queue.put(piece(2))
    assert queue.take() == piece(1) + piece(2)


def test_a_steady_track_is_played_without_a_gap() -> None:
    queue = feed()
    played = []
    for tick in range(500):
        queue.put(piece(2 * tick + 1))
        queue.put(piece(2 * tick + 2))
        played.append(queue.take())
    assert None not in played
    assert (queue.dropped_ms, queue.missed_ms) == (0, 0)


def test_a_burst_after_a_stall_is_dropped_down_to_the_newest() -> None:
    queue = feed()
    for index in range(100):
        queue.put(piece(index))
    assert queue.take() == piece(98) + piece(99)
    assert queue.dropped_ms >= 100
    queue.put(piece(100))
    queue.put(piece(101))
    assert queue.take() == piece(100) + piece(101)


def test_a_cushion_nobody_needs_is_given_back() -> None:
    queue = feed()
    for index in range(6):
        queue.put(piece(index))
    for _ in range(800):
        queue.put(piece(9))
        queue.put(piece(9))
        assert queue.take() is not None
    assert (queue.dropped_ms, queue.missed_ms) == (60, 0)


def test_what_is_given_back_is_silence_when_there_is_some_within_a_second() -> None:
    queue = feed()
    for _ in range(3):
        queue.put(piece(9000))
    played = b""
    for tick in range(120):
        for _ in range(2):
            queue.put(piece(0 if tick > 60 else 9000))
        played += queue.take() or b""
    assert queue.dropped_ms >= 10
    loud = int(np.count_nonzero(np.frombuffer(played, np.int16)))
    assert loud == (3 + 61 * 2) * 80  # of what was loud nothing is missing


def test_a_track_that_stops_ends_in_silence_and_begins_again_with_a_cushion() -> None:
    queue = feed()
    for index in (1, 2, 3):
        queue.put(piece(index))
    assert queue.take() == piece(1) + piece(2)
    assert queue.take() == piece(3) + SILENCE[160:]
    assert queue.take() is None
    for index in (4, 5):
        queue.put(piece(index))
    assert queue.take() is None
    queue.put(piece(6))
    assert queue.take() == piece(4) + piece(5)


def test_a_track_that_comes_in_lumps_is_soon_played_without_gaps() -> None:
    queue = feed()
    missed = []
    for tick in range(200):
        if tick % 2 == 0:
            for _ in range(4):
                queue.put(piece(9))
        queue.take()
        missed.append(queue.missed_ms)
    assert missed[-1] == missed[20]


def test_a_closed_feed_is_silent_at_once() -> None:
    queue = feed()
    for index in range(6):
        queue.put(piece(index))
    queue.close()
    assert queue.take() is None


def test_the_sum_of_loud_tracks_is_clipped_and_not_wrapped() -> None:
    loud = np.full(FRAME_BYTES // 2, 30000, np.int16).tobytes()
    low = np.full(FRAME_BYTES // 2, -30000, np.int16).tobytes()
    assert set(np.frombuffer(mix([loud, loud]), np.int16)) == {32767}
    assert set(np.frombuffer(mix([low, low]), np.int16)) == {-32768}
    assert mix([loud, low]) == SILENCE
    assert mix([]) == SILENCE
    assert mix([loud]) == loud


def test_the_ringing_tone_is_a_second_on_and_four_off() -> None:
    frames: list[bytes] = []
    tone = RingingTone(frames.append)
    for _ in range(300):
        tone.tick()
    loud = [bool(np.frombuffer(frame, np.int16).any()) for frame in frames]
    assert loud == [True] * 50 + [False] * 200 + [True] * 50
