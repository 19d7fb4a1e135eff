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


def test_nothing_is_played_before_a_little_is_in_hand() -> None:
    queue = feed()
    queue.put(piece(1))
    queue.put(piece(2))
    assert queue.take() is None
    queue.put(piece(3))
    assert queue.take() == piece(1) + piece(2)


def test_a_steady_track_is_played_without_a_gap() -> None:
    queue = feed()
    queue.put(piece(0))
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
    first = queue.take()
    assert first == piece(97) + piece(98)
    assert queue.dropped_ms == 970


def test_a_cushion_nobody_needs_is_given_back() -> None:
    queue = feed()
    for index in range(6):
        queue.put(piece(index))
    for _ in range(400):
        queue.put(piece(9))
        queue.put(piece(9))
        assert queue.take() is not None
    # Six pieces too many at first, of which one is kept against jitter.
    assert (queue.dropped_ms, queue.missed_ms) == (50, 0)


def test_a_track_that_stops_ends_in_silence_and_begins_again() -> None:
    queue = feed()
    for index in (1, 2, 3):
        queue.put(piece(index))
    assert queue.take() == piece(1) + piece(2)
    assert queue.take() == piece(3) + SILENCE[160:]
    assert queue.take() is None
    for index in (4, 5, 6):
        queue.put(piece(index))
    assert queue.take() == piece(4) + piece(5)


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
