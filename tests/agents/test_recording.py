"""The tape: both sides on one clock, whatever the machine does, and nothing where it is off."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from livekit import rtc

from agents.recording.levels import TapeLevels
from agents.recording.placing import Placed, Received, Sent
from agents.recording.tape import Tape, TapedInput
from agents.recording.writer import Batch, TapeWriter
from agents.turn_taking.playout import Playout
from tests.support.tapes import (
    FRAME,
    RATE,
    Loudspeaker,
    Microphone,
    frames,
    read,
    silence,
    sounds,
    tone,
)

ZERO = 1_700_000_000.0
ALIGNED_S = 0.04


def laid(pieces: list[Placed]) -> list[tuple[float, float]]:
    """What is sounding of the pieces, in seconds from ZERO."""
    length = max(piece.end for piece in pieces) - ZERO
    line = np.zeros(round(length * RATE) + 1, dtype=np.int16)
    for piece in pieces:
        at = round((piece.at - ZERO) * RATE)
        line[at : at + len(piece.samples)] = piece.samples[: len(line) - at]
    return sounds(line / 32768)


def test_frames_that_come_late_and_all_at_once_lie_where_they_were_spoken() -> None:
    stream = frames(np.concatenate([silence(1.0), tone(0.5), silence(1.5)]))
    received = Received()
    for index, frame in enumerate(stream):
        spoken = ZERO + (index + 1) * 0.02
        # The loop stands still for 400 ms just when the tone begins, and jitters at other times.
        late = 1.4 if 1.0 <= spoken - ZERO < 1.4 else spoken - ZERO + (index % 5) * 0.004
        received.push(frame, max(spoken, ZERO + late))
    ((start, end),) = laid(received.take(ZERO + 99, all_of_it=True))
    assert start == pytest.approx(1.0, abs=ALIGNED_S)
    assert end == pytest.approx(1.5, abs=ALIGNED_S)


def test_a_stream_that_stopped_and_goes_on_leaves_a_silence_as_long() -> None:
    received = Received()
    for index, frame in enumerate(frames(tone(0.5))):
        received.push(frame, ZERO + (index + 1) * 0.02)
    for index, frame in enumerate(frames(tone(0.5))):
        received.push(frame, ZERO + 3.0 + (index + 1) * 0.02)
    pieces = []
    for now in np.arange(0.0, 5.0, 0.1):
        pieces += received.take(ZERO + now)
    assert [round(start, 2) for start, _ in laid(pieces)] == pytest.approx([0.0, 3.0], abs=0.04)


def test_a_human_who_is_heard_live_lies_where_they_spoke_after_any_stall() -> None:
    clock = Hands()
    sent = Sent(lambda: clock.now)
    stream = frames(np.concatenate([tone(0.5), silence(1.0), tone(0.5)]))
    for index, frame in enumerate(stream):
        spoken = ZERO + (index + 1) * 0.02
        clock.now = max(spoken, ZERO + 0.8) if spoken > ZERO + 0.2 else spoken  # the loop stands
        sent.passed_on(frame)
    pieces = sent.take(clock.now, all_of_it=True)
    assert [start for start, _ in laid(pieces)] == pytest.approx([0.0, 1.5], abs=ALIGNED_S)


async def test_a_caller_whom_the_session_does_not_hear_for_a_while_is_on_the_tape_all_the_same(
    tape: Tape,
) -> None:
    tape.start(time.time(), lambda: None)
    heard = TapedInput(Microphone(tone(1.0)), tape, time.time)
    got = [await anext(heard) for _ in range(10)]
    heard.on_detached()
    waiting = asyncio.create_task(anext(heard))
    await asyncio.sleep(0.5)
    assert not waiting.done()
    heard.on_attached()
    got += [await waiting, *[frame async for frame in heard]]
    await tape.close()
    ((start, end),) = sounds(read(tape.path)[0])
    assert end - start == pytest.approx(1.0, abs=ALIGNED_S)
    assert len(got) < 40


class Hands:
    """A source and a clock that are moved by hand."""

    def __init__(self) -> None:
        self.now = ZERO
        self.queued_duration = 0.0

    def pass_(self, seconds: float) -> None:
        self.now += seconds
        self.queued_duration = max(0.0, self.queued_duration - seconds)

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        self.queued_duration += frame.duration

    async def wait_for_playout(self) -> None:
        self.pass_(self.queued_duration)

    def clear_queue(self) -> None:
        self.queued_duration = 0.0


async def test_what_was_taken_back_before_it_was_played_is_not_on_the_tape() -> None:
    hands = Hands()
    sent = Sent(lambda: hands.now)
    source = sent.tap(hands)
    for frame in frames(tone(0.2)):
        await source.capture_frame(frame)
    hands.pass_(0.13)
    source.clear_queue()
    hands.pass_(1.0)
    for frame in frames(tone(0.1)):
        await source.capture_frame(frame)
    hands.pass_(2.0)

    assert [(round(a, 2), round(b, 2)) for a, b in laid(sent.take(hands.now))] == [
        (0.0, 0.13),
        (1.13, 1.23),
    ]


@pytest.fixture
async def tape(tmp_path: Path) -> AsyncIterator[Tape]:
    tape = Tape(tmp_path / "new" / "call.ogg", time.time)
    yield tape
    await tape.close()


async def test_both_sides_are_aligned_to_40_ms_on_the_calls_clock(tape: Tape) -> None:
    """Also: separate channels, a private file, and the gap that the tape itself tells."""
    opened = asyncio.Event()
    zero = time.time()
    tape.start(zero, opened.set)
    microphone = Microphone(np.concatenate([silence(0.5), tone(0.8), silence(2.2)]))
    loudspeaker = Loudspeaker()
    source = tape.sent.tap(loudspeaker)

    async def listen() -> None:
        async for _ in TapedInput(microphone, tape, time.time):
            pass

    async def speak() -> None:
        await asyncio.sleep(2.0)
        for frame in frames(tone(0.8, 800)):
            await source.capture_frame(frame)

    await asyncio.gather(listen(), speak())
    await asyncio.sleep(0.2)
    duration_ms = await tape.close()

    left, right = read(tape.path)
    ((caller_start, caller_end),) = sounds(left)
    ((agent_start, agent_end),) = sounds(right)
    assert caller_start == pytest.approx(microphone.began[25] - zero, abs=ALIGNED_S)
    assert caller_end == pytest.approx(microphone.began[65] - zero, abs=ALIGNED_S)
    assert agent_start == pytest.approx(loudspeaker.began[0] - zero, abs=ALIGNED_S)
    assert agent_end == pytest.approx(loudspeaker.began[-1] + 0.02 - zero, abs=ALIGNED_S)
    assert duration_ms / 1000 == pytest.approx(len(left) / RATE, abs=0.1)
    gap_ms = tape.gap_ms(loudspeaker.began[0])
    assert gap_ms == pytest.approx((agent_start - caller_end) * 1000, abs=20)
    assert opened.is_set()
    assert stat.S_IMODE(tape.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(tape.path.parent.stat().st_mode) == 0o700


KILLED = """
import asyncio, time, sys
from pathlib import Path
from agents.recording.tape import Tape
from agents.turn_taking.playout import Playout
from tests.support.tapes import frames, tone

async def main():
    tape = Tape(Path(sys.argv[1]), time.time)
    tape.start(time.time(), lambda: None)
    for frame in frames(tone(60.0)):
        tape.caller.push(frame, time.time())
        await asyncio.sleep(0.02)

asyncio.run(main())
"""


def test_a_worker_that_is_killed_loses_at_most_seconds(tmp_path: Path) -> None:
    path = tmp_path / "call.ogg"
    with subprocess.Popen(
        [sys.executable, "-c", KILLED, str(path)], cwd=Path(__file__).parents[2]
    ) as process:
        while not path.exists() and process.poll() is None:
            time.sleep(0.02)
        time.sleep(5.0)
        os.kill(process.pid, signal.SIGKILL)
    (*_, (_, end)) = sounds(read(path)[0])  # a busy machine leaves gaps
    assert end > 2.5


def test_a_tape_that_cannot_be_written_costs_the_call_nothing(tmp_path: Path) -> None:
    (tmp_path / "taken.ogg").write_bytes(b"somebody else's")
    opened: list[bool] = []
    writer = TapeWriter(tmp_path / "taken.ogg", ZERO, TapeLevels(), lambda: opened.append(True))
    for second in range(3):
        writer.put(Batch([], [], ZERO + second))
    writer.close(2.0)
    assert opened == []
    assert writer.duration_ms == 0
    assert (tmp_path / "taken.ogg").read_bytes() == b"somebody else's"


def test_another_rate_is_laid_in_its_place_too(tmp_path: Path) -> None:
    writer = TapeWriter(tmp_path / "a.ogg", ZERO, TapeLevels(), lambda: None)
    eight = tone(0.5)[::3]
    writer.put(Batch([], [Placed(ZERO + 1.0, eight, RATE // 3)], ZERO + 2))
    writer.close(5.0)
    ((start, end),) = sounds(read(tmp_path / "a.ogg")[1])
    assert (start, end) == pytest.approx((1.0, 1.5), abs=ALIGNED_S)


def test_frames_of_two_channels_give_their_first() -> None:
    received = Received()
    both = np.repeat(tone(0.02), 2)
    both[1::2] = 0
    received.push(rtc.AudioFrame(both.tobytes(), RATE, 2, FRAME), ZERO + 0.02)
    (piece,) = received.take(ZERO + 1)
    assert np.array_equal(piece.samples, tone(0.02))
    assert replace(piece, at=0.0).end == pytest.approx(0.02)


async def test_a_sentence_that_was_paused_and_cut_off_is_on_the_tape_as_it_was_heard(
    tape: Tape,
) -> None:
    playout = Playout(Loudspeaker())
    playout.tap(tape.sent.tap)
    zero = time.time()
    tape.start(zero, lambda: None)
    for frame in frames(tone(3.0)):
        await playout.capture_frame(frame)
    playout.flush()
    moments = []
    for act in (playout.pause, playout.resume, playout.clear_buffer):
        await asyncio.sleep(0.6)
        act()
        moments.append(time.time() - zero)
    await asyncio.sleep(0.4)
    await tape.close()
    await playout.aclose()

    paused, resumed, cut = moments
    heard = sounds(read(tape.path)[1])  # a busy machine makes small holes of its own
    before = [piece for piece in heard if piece[0] < paused]
    after = [piece for piece in heard if piece[0] >= paused]
    assert (before[0][0], before[-1][1]) == pytest.approx((0.0, paused), abs=ALIGNED_S)
    assert (after[0][0], after[-1][1]) == pytest.approx((resumed, cut), abs=ALIGNED_S)
