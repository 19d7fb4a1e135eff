"""The jitter buffer, driven by a clock of the test's own: late, lost, twice, out of order."""

from __future__ import annotations

import random

import numpy as np

from deploy.local.sipkit.jitter import SILENCE, JitterBuffer

TIME_S = np.arange(160 * 3000) / 8000
# A slow chirp: no two frames are alike, so each can be told by its samples.
SPEECH = (9000 * np.sin(2 * np.pi * (180 + 0.7 * TIME_S) * TIME_S)).astype(np.int16)
FRAMES = SPEECH.reshape(-1, 160)


def frame(number: int) -> bytes:
    return FRAMES[number].tobytes()


def play(arrivals: dict[int, float], ticks: int, *, start: int = 0, pops_from_s: float = 0.005):
    """Packet n arrives at ``arrivals[n]`` seconds; pops every 20 ms. Returns (buffer, frames)."""
    buffer = JitterBuffer()
    events = sorted((at, number) for number, at in arrivals.items())
    heard = []
    for tick in range(ticks):
        now = pops_from_s + tick * 0.02
        while events and events[0][0] <= now:
            at, number = events.pop(0)
            buffer.push((start + number * 160) & 0xFFFFFFFF, frame(number), at)
        heard.append(buffer.pop(now))
    return buffer, heard


def steady(count: int, delay_s: float = 0.0) -> dict[int, float]:
    return {n: n * 0.02 + delay_s for n in range(count)}


def speech_of(heard: list[bytes]) -> list[bytes]:
    return [f for f in heard if f != SILENCE]


def biggest_step(heard: list[bytes]) -> int:
    samples = np.frombuffer(b"".join(heard), np.int16).astype(int)
    return int(np.abs(np.diff(samples)).max())


def test_a_steady_stream_is_played_whole_within_two_frames():
    for phase_s in (0.001, 0.005, 0.012, 0.019):
        buffer, heard = play(steady(100), 104, pops_from_s=phase_s)
        assert (
            speech_of(heard)[1:100]
            == [frame(n) for n in range(1, 100)][: len(speech_of(heard)[1:100])]
        )
        assert heard.index(frame(1)) <= 3
        assert (buffer.late, buffer.dropped_ms) == (0, 0)


def test_timestamps_may_wrap():
    _, heard = play(steady(50), 52, start=0xFFFFFFFF - 2000)
    assert speech_of(heard)[1:48] == [frame(n) for n in range(1, 48)]


def test_packets_out_of_order_are_played_in_order():
    arrivals = steady(50)
    arrivals[20], arrivals[21] = arrivals[21], arrivals[20] + 0.001
    _, heard = play(arrivals, 60)
    played = speech_of(heard)
    assert all(frame(n) in played for n in range(1, 50))
    assert played.index(frame(20)) + 1 == played.index(frame(21))


def test_a_packet_twice_is_played_once():
    buffer = JitterBuffer()
    heard = []
    for n in range(20):
        for _ in range(2):
            buffer.push(n * 160, frame(n), n * 0.02)
        heard.append(buffer.pop(n * 0.02 + 0.015))
    assert heard[1:] == [frame(n) for n in range(1, 20)]
    assert buffer.duplicates >= 15


def test_a_lost_packet_is_faded_over_not_clicked_over():
    arrivals = steady(60)
    del arrivals[30]
    buffer, heard = play(arrivals, 58, pops_from_s=0.012)
    assert frame(29) in heard
    assert frame(31)[80:] == heard[heard.index(frame(29)) + 2][80:]  # on time: no delay was added
    assert buffer.concealed_ms == 20
    gap = heard[heard.index(frame(29)) + 1]
    assert gap != SILENCE
    assert biggest_step(heard[5:]) < 3000  # a cut of this tone steps by up to 9,000
    samples = np.frombuffer(gap, np.int16)
    assert np.abs(samples[-16:]).max() < 1000


def test_one_late_packet_is_kept_and_the_delay_is_taken_back_later():
    arrivals = steady(400)
    for n in range(50, 53):
        arrivals[n] = 53 * 0.02  # three frames come at once, 60 ms late
    buffer, heard = play(arrivals, 402, pops_from_s=0.012)
    played = speech_of(heard)
    assert all(frame(n) in played for n in range(53, 60))
    assert buffer.depth_ms <= 45  # 60 ms of delay have gone again within 7 s
    assert buffer.dropped_ms >= 20
    assert biggest_step(heard[5:]) < 3000


def test_more_than_100_ms_is_dropped_not_played_late():
    arrivals = steady(200)
    for n in range(50, 70):
        arrivals[n] = 70 * 0.02  # 400 ms of stall, then everything at once
    buffer, heard = play(arrivals, 202, pops_from_s=0.012)
    position = heard.index(frame(100))
    assert position - 100 <= 5
    assert buffer.depth_ms <= 100
    assert buffer.dropped_ms + buffer.late * 20 >= 200


def test_random_jitter_of_30_ms_loses_little_and_stays_near():
    dice = random.Random(7)
    arrivals = {n: n * 0.02 + dice.uniform(0, 0.03) for n in range(1500)}
    _, heard = play(arrivals, 1502)
    played = set(speech_of(heard))
    lost = sum(frame(n) not in played for n in range(50, 1450))
    assert lost / 1400 < 0.05
    assert heard.index(frame(1400)) - 1400 <= 4


def test_a_clock_that_runs_fast_or_slow_is_followed():
    for drift in (0.999, 1.001):  # far worse than any phone
        buffer, heard = play({n: n * 0.02 * drift for n in range(2500)}, 2500)
        assert buffer.depth_ms <= 60
        assert abs(heard.index(frame(2400)) - 2400 * drift) <= 4


def test_silence_then_a_new_stream_starts_afresh():
    buffer = JitterBuffer()
    now = 0.0
    for n in range(10):
        buffer.push(n * 160, frame(n), now)
        buffer.pop(now + 0.012)
        now += 0.02
    assert [buffer.pop(now + k * 0.02) for k in range(3, 20)][-1] == SILENCE
    now += 1
    heard = []
    for n in range(10):
        buffer.push(0x80000000 + n * 160, frame(n), now)
        heard.append(buffer.pop(now + 0.012))
        now += 0.02
    assert heard[1:] == [frame(n) for n in range(1, 10)]


def test_any_packet_length_may_come():
    whole = SPEECH[:8000].tobytes()
    for samples in (80, 240, 320):
        buffer = JitterBuffer()
        heard = bytearray()
        position, now = 0, 0.0
        for tick in range(45):
            now = tick * 0.02
            while position / 8000 <= now:
                buffer.push(position, whole[2 * position : 2 * (position + samples)], now)
                position += samples
            heard.extend(buffer.pop(now + 0.012))
        assert whole[1600:12_000] in bytes(heard)  # after one frame of learning


def test_rubbish_sizes_do_nothing():
    buffer = JitterBuffer()
    for size in (0, 1, 2 * 801, 60_000):
        buffer.push(0, bytes(size), 0.0)
    assert buffer.pop(1.0) == SILENCE
