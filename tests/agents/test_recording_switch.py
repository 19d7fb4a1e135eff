"""A number that does not record leaves no tape behind; one that does leaves its figures too."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import numpy as np
import pytest

from agents.behaviors import recording
from agents.behaviors.recording import TapedLine
from agents.call_context import CallClock
from agents.recorder import Recorder
from agents.recording.placing import Source
from telephony.contracts import RecordingRecord, TurnMetricRecord
from telephony.enums import EventKind
from tests.support.call_fakes import FakeLine, ListStore
from tests.support.tapes import Loudspeaker, Microphone, frames, read, silence, sounds, tone

CALL_ID = UUID("7b2c5d7e-4a52-4f55-9b1c-6f6f4cbb2b11")


class Voice:
    """The session's way out, down to its loudspeaker."""

    def __init__(self) -> None:
        self.loudspeaker = Loudspeaker()
        self.source: Source = self.loudspeaker

    def tap(self, wrap: Callable[[Source], Source]) -> None:
        self.source = wrap(self.source)

    async def say(self, samples: Any) -> None:
        for frame in frames(samples):
            await self.source.capture_frame(frame)


def a_call(store: ListStore, *, recording: bool) -> Any:
    """What recording needs to know of a call."""
    clock = CallClock()
    return SimpleNamespace(
        plan=SimpleNamespace(call_id=CALL_ID, recording=recording, resumed=None),
        clock=clock,
        recorder=Recorder(store, clock),
        line=FakeLine(),
        closing=[],
    )


@pytest.fixture
def store() -> ListStore:
    return ListStore()


def session_with(microphone: Microphone) -> Any:
    return SimpleNamespace(input=SimpleNamespace(audio=microphone))


async def through(call: Any, voice: Voice, microphone: Microphone, tape: Any) -> None:
    """A call of 3.5 s: the caller speaks for a second, the agent answers, and is interrupted."""
    session = session_with(microphone)
    call.clock.answered()
    call.recorder.answered()
    if tape is not None:
        tape.start(session)

    async def listen() -> None:
        async for _ in session.input.audio:
            pass

    async def answer() -> None:
        await asyncio.sleep(1.6)
        began = time.time()
        await voice.say(tone(0.5, 800))
        key = call.recorder.agent_turn(
            "item", text="Yes.", start=began, end=time.time(), interrupted=False
        )
        call.recorder.metric(TurnMetricRecord(turn_key=key, framework_ms=600, wasted_tokens=7))

    await asyncio.gather(listen(), answer())
    for close in call.closing:
        await close()


async def test_a_number_that_does_not_record_leaves_no_file(
    store: ListStore, tmp_path: Path
) -> None:
    call, voice = a_call(store, recording=False), Voice()
    microphone = Microphone(np.concatenate([tone(1.0), silence(2.5)]))
    tape = recording.attach(call, voice, tmp_path / "tapes")
    await through(call, voice, microphone, tape)

    assert tape is None
    assert os.listdir(tmp_path) == []  # noqa: PTH208 -- not even the folder
    assert not store.events(EventKind.RECORDING_STARTED)
    assert not [r for r in store.records if isinstance(r, RecordingRecord)]
    assert voice.source is voice.loudspeaker, "nothing is between the voice and the line"
    assert isinstance(call.line, FakeLine)
    assert [metric.tape_ms for metric in store.metrics] == [None]


async def test_a_number_that_records_leaves_a_tape_its_length_and_each_replys_figure(
    store: ListStore, tmp_path: Path
) -> None:
    call, voice = a_call(store, recording=True), Voice()
    microphone = Microphone(np.concatenate([tone(1.0), silence(2.5)]))
    tape = recording.attach(call, voice, tmp_path / "tapes")
    assert tape is not None
    await through(call, voice, microphone, tape)

    begun, ended = [r for r in store.records if isinstance(r, RecordingRecord)]
    assert (begun.key, begun.started_ms, begun.duration_ms) == ("tape", 0, None)
    assert ended.path == begun.path == f"{CALL_ID}-0.ogg"
    assert ended.duration_ms == pytest.approx(3_500, abs=300)
    (started,) = store.events(EventKind.RECORDING_STARTED)
    assert started.at_ms == 0
    left, right = read(tmp_path / "tapes" / ended.path)
    ((_, caller_end),) = sounds(left)
    ((agent_start, _),) = sounds(right)
    first, again = store.metrics
    assert first.tape_ms is None
    assert again.tape_ms == pytest.approx((agent_start - caller_end) * 1000, abs=20)
    assert (again.turn_key, again.framework_ms, again.wasted_tokens) == (first.turn_key, 600, 7)


async def test_what_is_played_beside_the_session_is_on_the_tape_too(
    store: ListStore, tmp_path: Path
) -> None:
    call, voice = a_call(store, recording=True), Voice()
    tape = recording.attach(call, voice, tmp_path)
    assert tape is not None
    assert isinstance(call.line, TapedLine)
    call.clock.answered()
    tape.start(session_with(Microphone(silence(0.1))))

    async def goodbye() -> Any:
        for frame in frames(tone(0.4, 480)):
            yield frame

    await asyncio.sleep(0.5)
    began = time.time() - call.clock.zero
    await call.line.play(goodbye())
    await asyncio.sleep(0.5)
    for close in call.closing:
        await close()

    ((start, end),) = sounds(read(tape.tape.path)[1])
    assert (start, end) == pytest.approx((began, began + 0.4), abs=0.06)
