"""One call of a bench: a phone holds a talk, and the tape says how long each reply took."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from deploy.local.phone import CallFailed, NotAnswered, Phone, PhoneCall
from tests.bench.bench_stack import BenchStack
from tests.bench.voice_lines import Line, Voice, answer_to, sound, words
from tests.support.stack import Api, Json

REPLY_WITHIN_S = 5.0
GREETING_WITHIN_S = 15.0
RINGING_S = 40.0
# As long as the longest pause between two sentences of the stand-in's voice, and a little more.
OVER_AFTER_MS = 700
THINKS_S = (0.1, 0.5)
# A reply heard by the tape and one stored by the product are one when they begin this close.
SAME_SPEECH_MS = 1_500
REPLY_WORDS = 6

_callers = count(1)


@dataclass
class Turn:
    """What the caller said and what came back; times in ms on the tape, which begins at the answer.

    ``latency_ms``: end of the caller's speech to the agent's first audio; None when nothing came
    within 5 s (``unanswered``) or when the agent began before the caller had finished and did not
    begin again (``cut_in``). ``wrong_reply``: not what the scenario says to these words, so they
    were heard wrong or in pieces. ``parts``: the product's own figures for the reply.
    """

    series: str
    call: str
    voice: str
    text: str
    start_ms: int
    end_ms: int
    heard_ms: int | None = None
    latency_ms: int | None = None
    cut_in: bool = False
    unanswered: bool = False
    reply: str = ""
    wrong_reply: bool = False
    parts: Json = field(default_factory=dict)

    def as_json(self) -> Json:
        return asdict(self)


@dataclass
class Talk:
    """One call and what came of it. ``failed``: why it could not be held to its end."""

    series: str
    turns: list[Turn] = field(default_factory=list)
    first_audio_ms: int | None = None
    sip_call_id: str = ""
    failed: str = ""
    record: Json = field(default_factory=dict)


class Caller:
    """Dials, hears the greeting, says its lines one by one, hangs up. One instance a call."""

    def __init__(self, stack: BenchStack, number: str, voice: Voice, series: str) -> None:
        self.talk = Talk(series)
        self._stack = stack
        self._number = number
        self._voice = voice
        self._index = next(_callers)
        self._random = random.Random(self._index)  # the same pauses in every run
        self._phone: Phone | None = None
        self.call: PhoneCall | None = None

    async def dial(self) -> bool:
        """Call and hear the greeting to its end. False when it failed, and ``talk`` says how."""
        self._phone = await Phone.start(user=f"+1555{self._index:07d}")
        try:
            self.call = await self._phone.dial(
                self._stack.uri(self._number), ringing_timeout_s=RINGING_S
            )
            self.talk.sip_call_id = self.call.sip_call_id
            self.talk.first_audio_ms = await self.call.wait_for_speech(GREETING_WITHIN_S)
            await self.call.wait_for_silence(OVER_AFTER_MS)
        except (CallFailed, NotAnswered, TimeoutError) as error:
            self.talk.failed = f"{type(error).__name__} {error}".strip()
            return False
        return True

    async def rehearse(self, lines: Sequence[Line]) -> None:
        """Make their sound now: made during a call it would hold up every phone's packets."""
        for line in lines:
            await asyncio.to_thread(sound, line, self._voice)

    async def say(self, lines: Sequence[Line]) -> None:
        """Each line, its reply waited for and heard to its end. A call that ends ends the talk."""
        call = self.up
        for line in lines:
            await call.sleep(self._random.uniform(*THINKS_S))
            pcm = await asyncio.to_thread(sound, line, self._voice)
            try:
                start_ms, end_ms = await call.play(pcm)
            except NotAnswered as error:
                self.talk.failed = str(error)
                return
            voice = f"{self._voice.name} {self._voice.words_per_minute}"
            turn = Turn(self.talk.series, call.sip_call_id, voice, words(line), start_ms, end_ms)
            self.talk.turns.append(turn)
            try:
                await call.wait_for_speech(REPLY_WITHIN_S)
                await call.wait_for_silence(OVER_AFTER_MS)
            except TimeoutError:
                continue
            except NotAnswered as error:
                self.talk.failed = str(error)
                return

    async def hang_up(self, tapes: Path | None = None) -> None:
        """End the call and read its tape."""
        if self.call is not None:
            await self.call.hangup()
            read_tape(self.talk, self.call)
            if tapes is not None:
                self.call.tape.save(tapes / f"{self.talk.series}-{self._index}.wav")
        if self._phone is not None:
            await self._phone.close()

    async def fetch(self, api: Api) -> None:
        """The product's record of the call: what was replied, and the parts of each latency."""
        if not self.talk.sip_call_id:
            return
        try:
            self.talk.record = await api.ended(self.talk.sip_call_id)
        except AssertionError as error:
            self.talk.failed = self.talk.failed or f"no record: {str(error)[:80]}"
            return
        explain(self.talk)

    @property
    def up(self) -> PhoneCall:
        if self.call is None:
            raise NotAnswered("the call is not up")
        return self.call


def read_tape(talk: Talk, call: PhoneCall) -> None:
    """Find each turn's reply on the tape."""
    heard = call.tape.heard_segments()
    for turn, next_turn in zip(talk.turns, [*talk.turns[1:], None], strict=False):
        until_ms = min(
            turn.end_ms + REPLY_WITHIN_S * 1000,
            next_turn.start_ms if next_turn else call.tape.duration_ms,
        )
        over = [start for start, _ in heard if turn.start_ms < start <= turn.end_ms]
        after = [start for start, _ in heard if turn.end_ms < start < until_ms]
        turn.cut_in = bool(over)
        if after:
            turn.heard_ms = after[0]
            turn.latency_ms = after[0] - turn.end_ms
        else:
            turn.unanswered = not over


def explain(talk: Talk) -> None:
    """Put the product's record beside each turn."""
    said = [turn for turn in talk.record["transcript"] if turn["speaker"] == "agent"]
    metrics = {metric["turn_key"]: metric for metric in talk.record["metrics"]}
    for turn in talk.turns:
        if turn.heard_ms is None:
            continue
        at = turn.heard_ms
        near = min(said, key=lambda one: abs(one["start_ms"] - at), default=None)
        if near is None or abs(near["start_ms"] - at) > SAME_SPEECH_MS:
            continue
        turn.reply = " ".join(near["text"].split()[:REPLY_WORDS])
        turn.wrong_reply = not (answer_to(turn.text).startswith(turn.reply))
        turn.parts = _parts(metrics.get(near["key"], {}))


def _parts(metric: dict[str, Any]) -> Json:
    return {name: value for name, value in metric.items() if name != "turn_key"}


async def one_by_one(
    stack: BenchStack,
    api: Api,
    number: str,
    series: str,
    talks: Sequence[tuple[Sequence[Line], Voice]],
    tapes: Path | None = None,
) -> list[Talk]:
    """The talks one after the other; of a plain worker there is no record to fetch."""
    held = []
    for lines, voice in talks:
        caller = Caller(stack, number, voice, series)
        try:
            if await caller.dial():
                await caller.say(lines)
        finally:
            await caller.hang_up(tapes)
        if "plain_worker" not in series:
            await caller.fetch(api)
        held.append(caller.talk)
    return held
