"""Keeps a stereo tape of a call whose number records; of any other call, nothing at all.

Beside it, the tape's figure of each reply: the silence before it as the tape has it, stored with
the reply's other parts as soon as the tape is written so far.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from livekit import rtc
from livekit.agents import AgentSession

from agents.call import LiveCall
from agents.ports import Line
from agents.recording.levels import ONSET_AFTER_MS
from agents.recording.placing import Source
from agents.recording.tape import Tape, TapedInput
from telephony.contracts import CallRecord, TurnMetricRecord, TurnRecord
from telephony.enums import EventKind, Speaker

logger = logging.getLogger(__name__)

KEY = "tape"


class Voice(Protocol):
    """Where the session's speech leaves for the room."""

    def tap(self, wrap: Callable[[Source], Source]) -> None:
        """Put what ``wrap`` makes of the audio source in its place."""


class Recording:
    """One call's tape, from the answer (or from where another worker's call is taken over) on."""

    def __init__(self, call: LiveCall, folder: Path) -> None:
        takeover = call.plan.resumed.takeover if call.plan.resumed is not None else 0
        self._call = call
        self._name = f"{call.plan.call_id}-{takeover}.ogg"
        self._started = 0.0
        self._opened = False
        self.tape = Tape(folder / self._name, call.clock.now)

    def start(self, session: AgentSession[Any]) -> None:
        """The call was answered: zero of its clock is the tape's first moment."""
        if session.input.audio is None:
            logger.error("there is no caller to hear: no tape")
            return
        session.input.audio = TapedInput(session.input.audio, self.tape, self._call.clock.now)
        resumed = self._call.plan.resumed is not None
        self._started = self._call.clock.now() if resumed else self._call.clock.zero
        self.tape.start(self._started, self._on_open)

    async def close(self) -> None:
        """End the file and say how long it is."""
        duration_ms = await self.tape.close()
        if self._opened:
            self._record(duration_ms)

    def _on_open(self) -> None:
        self._opened = True
        self._call.recorder.event(EventKind.RECORDING_STARTED, at=self._started)
        self._record(None)

    def _record(self, duration_ms: int | None) -> None:
        self._call.recorder.recording(
            KEY, path=self._name, started=self._started, duration_ms=duration_ms
        )


class TapeFigures:
    """Adds ``tape_ms`` to the stored parts of each reply."""

    def __init__(self, call: LiveCall, tape: Tape) -> None:
        self._call = call
        self._tape = tape
        self._starts: dict[str, float] = {}
        self._open: list[TurnMetricRecord] = []
        call.recorder.watchers.append(self._on_record)

    def look(self, *, at_the_end: bool = False) -> None:
        """Store the figures of the replies that the tape has reached."""
        reached, self._open = self._open, []
        for record in reached:
            start = self._starts[record.turn_key]
            if not at_the_end and not self._tape.reached(start + ONSET_AFTER_MS / 1000):
                self._open.append(record)
            elif (gap_ms := self._tape.gap_ms(start)) is not None:
                self._call.recorder.metric(replace(record, tape_ms=gap_ms))

    async def close(self) -> None:
        self.look(at_the_end=True)

    def _on_record(self, record: CallRecord) -> None:
        if isinstance(record, TurnRecord) and record.speaker is Speaker.AGENT:
            self._starts[record.key] = self._call.clock.zero + record.start_ms / 1000
        elif (
            isinstance(record, TurnMetricRecord)
            and record.framework_ms is not None  # keys make no sound on it
            and record.tape_ms is None
            and record.turn_key in self._starts
        ):
            self._open.append(record)
            self.look()


class TapedLine:
    """A ``Line`` whose own playing is heard on the tape: the session's voice is not everything."""

    def __init__(self, line: Line, tape: Tape) -> None:
        self._line = line
        self._tape = tape

    async def answer(self, on_active: Callable[[], None]) -> None:
        await self._line.answer(on_active)

    async def hang_up(self) -> None:
        await self._line.hang_up()

    async def play(self, audio: AsyncIterable[rtc.AudioFrame]) -> None:
        await self._line.play(self._heard(audio))

    def leave(self, reason: str) -> None:
        self._line.leave(reason)

    async def _heard(self, audio: AsyncIterable[rtc.AudioFrame]) -> AsyncIterator[rtc.AudioFrame]:
        async for frame in audio:
            self._tape.sent.played(frame)
            yield frame


def attach(call: LiveCall, voice: Voice, folder: Path) -> Recording | None:
    """None when the number's recording is off: nothing is tapped and no file is made."""
    if not call.plan.recording:
        return None
    recording = Recording(call, folder)
    figures = TapeFigures(call, recording.tape)
    voice.tap(recording.tape.sent.tap)
    call.tap = recording.tape.sent.tap
    call.tape_frame = recording.tape.sent.passed_on
    call.line = TapedLine(call.line, recording.tape)
    call.closing += [recording.close, figures.close]
    return recording
