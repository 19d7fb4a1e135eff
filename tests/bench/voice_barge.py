"""Speaking into the agent's long sentence: when it falls silent, and whether it goes on after a
"mm-hmm". All from the tape; the stored transcript only tells where a new reply begins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass
from itertools import pairwise

from deploy.local.phone import NotAnswered, PhoneCall
from tests.bench.bench_stack import BenchStack
from tests.bench.voice_call import Caller
from tests.bench.voice_lines import (
    BACKCHANNELS,
    INTERRUPTIONS,
    LONG_QUESTION,
    VOICES,
    Voice,
    sound,
)
from tests.support.stack import Api, Json

SPEAKS_FIRST_MS = 2_000
REPLY_WITHIN_S = 8.0
WATCH_MS = 5_000
LISTENS_S = 8.0
TAPE_END_MS = 300  # speech that lasts until the hang-up did not stop
DECIDED_WITHIN_MS = 1_000
# A pause of speech that is longer than the sentence's own ones is none of its own.
OWN_PAUSE_SLACK_MS = 60
# It went on if, after a second and a half, most of what is heard still is the old sentence.
GOES_ON_AFTER_MS = 1_500
GOES_ON_SHARE = 0.6


@dataclass
class Overlap:
    """One utterance over the agent's sentence; ms, from the utterance's start.

    ``silent_after_ms``: until the agent paused or stopped (None: it did not). ``old_until_ms``: the
    last that was heard of the old sentence. ``pause_ms``: the pause before it went on.
    """

    text: str
    voice: str
    kind: str
    said_at_ms: int = 0
    said_until_ms: int = 0
    silent_after_ms: int | None = None
    old_until_ms: int = 0
    pause_ms: int = 0
    went_on: bool = False
    right: bool = False
    problem: str = ""

    def as_json(self) -> Json:
        return asdict(self)


async def overlaps(stack: BenchStack, api: Api, number: str, rounds: int) -> AsyncIterator[Overlap]:
    """Each interruption and each backchannel ``rounds`` times, a call for each."""
    own_pause_ms = await _own_pause_ms(stack, number) + OWN_PAUSE_SLACK_MS
    kinds = [("stop", text) for text in INTERRUPTIONS]
    kinds += [("continue", text) for text in BACKCHANNELS]
    for index in range(rounds):
        voice = VOICES[index % len(VOICES)]
        for kind, text in kinds:
            yield await _overlap(stack, api, number, text, voice, kind, own_pause_ms)


async def _own_pause_ms(stack: BenchStack, number: str) -> int:
    """The longest pause of the long sentence when nobody speaks into it."""
    caller = Caller(stack, number, VOICES[0], "long_sentence")
    try:
        began_ms = await _asked(caller)
        await caller.up.sleep(LISTENS_S)
    finally:
        await caller.hang_up()
    heard = [s for s in caller.up.tape.heard_segments(hangover_ms=60) if s[0] >= began_ms - 20]
    return max((after[0] - before[1] for before, after in pairwise(heard)), default=0)


async def _asked(caller: Caller) -> int:
    """Dial, ask, and return where the long reply begins. Raises NotAnswered, TimeoutError."""
    if not await caller.dial():
        raise NotAnswered(caller.talk.failed)
    await caller.up.play(await asyncio.to_thread(sound, LONG_QUESTION, VOICES[0]))
    return await caller.up.wait_for_speech(REPLY_WITHIN_S)


async def _overlap(
    stack: BenchStack,
    api: Api,
    number: str,
    text: str,
    voice: Voice,
    kind: str,
    own_pause_ms: int,
) -> Overlap:
    made = Overlap(text, f"{voice.name} {voice.words_per_minute}", kind)
    caller = Caller(stack, number, voice, f"overlap.{kind}")
    began_ms = 0
    try:
        began_ms = await _asked(caller)
        call = caller.up
        pcm = await asyncio.to_thread(sound, (text,), voice)
        await call.sleep((began_ms + SPEAKS_FIRST_MS - call.now_ms) / 1000)
        made.said_at_ms, made.said_until_ms = await call.play(pcm)
        await call.sleep((made.said_at_ms + WATCH_MS - call.now_ms) / 1000)
    except (TimeoutError, NotAnswered) as error:
        made.problem = f"{type(error).__name__} {error}".strip()
    finally:
        await caller.hang_up()
    if made.problem or caller.call is None:
        return made
    await caller.fetch(api)
    judge(made, caller.call, caller.talk.record, began_ms, own_pause_ms)
    return made


def judge(made: Overlap, call: PhoneCall, record: Json, began_ms: int, own_pause_ms: int) -> None:
    """Read the tape: where it fell silent, what was heard of the sentence after that."""
    heard = [s for s in call.tape.heard_segments(hangover_ms=60) if s[1] > began_ms]
    new_reply_ms = _next_reply(record, made.said_at_ms)
    old = [s for s in heard if s[0] < new_reply_ms]
    made.old_until_ms = max((end for _, end in old), default=0) - made.said_at_ms
    for (_, end), following in zip(old, [*old[1:], None], strict=False):
        if end <= made.said_at_ms:
            continue
        gap_ms = following[0] - end if following else None
        if end < made.said_at_ms + WATCH_MS - TAPE_END_MS and (
            gap_ms is None or gap_ms > own_pause_ms
        ):
            made.silent_after_ms = end - made.said_at_ms
            made.pause_ms = gap_ms or 0
            break
    watched = made.said_at_ms + GOES_ON_AFTER_MS, made.said_at_ms + WATCH_MS
    spoken_ms = sum(max(0, min(end, watched[1]) - max(start, watched[0])) for start, end in old)
    made.went_on = spoken_ms >= GOES_ON_SHARE * (watched[1] - watched[0])
    if made.kind == "stop":
        made.right = not made.went_on and made.old_until_ms <= DECIDED_WITHIN_MS
    else:
        made.right = made.went_on and made.pause_ms <= DECIDED_WITHIN_MS


def _next_reply(record: Json, at_ms: int) -> float:
    """Where the agent begins to say something new after ``at_ms``; the tape's clock is the call's
    to a tenth of a second."""
    later = [
        turn["start_ms"]
        for turn in record.get("transcript", [])
        if turn["speaker"] == "agent" and turn["start_ms"] > at_ms + 100
    ]
    return min(later, default=float("inf")) - 150
