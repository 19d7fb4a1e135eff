"""One case: in the middle of a call the providers fail; the tape says what the caller hears."""

from __future__ import annotations

import asyncio

from deploy.local.phone import NotAnswered, PhoneCall
from tests.bench.bench_stack import BenchStack
from tests.bench.faults_cases import BRIDGES, MOST_SILENCE_MS, Case, Outcome
from tests.bench.faults_lanes import Lane
from tests.bench.voice_call import Caller
from tests.bench.voice_lines import VOICES, Line, sound
from tests.support.stack import Api, Json

BEFORE: Line = ("I am looking for a tent.",)
DURING: Line = ("How much does it cost?",)
AFTER: Line = ("When will it arrive?",)
STALE = "Gladly. How many people should it sleep?"
ANSWER = "The light tent costs two hundred and forty euros."
# A net that says "one moment" at 4 s and gives up at 12 must be seen to its end.
WATCH_S = 20.0
NEXT_REPLY_S = 8.0
OVER_AFTER_MS = 1_200
# Less is a scrap of a voice that was cut off, no word.
SOUND_MS = 500
# The stand-in's voice takes twice as long for a letter: with less, a text was stored, not heard.
MS_A_LETTER = 32
ASK_EVERY_S = 0.5


async def try_case(stack: BenchStack, api: Api, lane: Lane, case: Case) -> Outcome:
    """Hold the call and judge it; what cannot be held is a ``problem``."""
    made = Outcome(list(case.faults), case.mode)
    caller = Caller(stack, lane.number, VOICES[0], "faults")
    asked_ms = 0
    watched_ms = 0
    await lane.set_providers()
    try:
        if not await caller.dial():
            raise NotAnswered(f"before any fault: {caller.talk.failed}")
        await caller.say([BEFORE])
        if caller.talk.failed:
            raise NotAnswered(f"before any fault: {caller.talk.failed}")
        await lane.set_providers(**case.settings)
        call = caller.up
        _, asked_ms = await call.play(await asyncio.to_thread(sound, DURING, VOICES[0]))
        await _watch(api, call, asked_ms)
        watched_ms = call.now_ms
        await lane.set_providers()
        made.next_turn = await _next_turn(call)
    except (NotAnswered, TimeoutError) as error:
        if not asked_ms:
            made.problem = f"{type(error).__name__} {error}".strip()
        made.next_turn = made.next_turn or "call over"
    finally:
        await lane.set_providers()
        await caller.hang_up()
    if made.problem or caller.call is None:
        return made
    await caller.fetch(api)
    judge(made, caller.call, caller.talk.record, asked_ms, watched_ms or caller.call.now_ms)
    return made


async def _watch(api: Api, call: PhoneCall, asked_ms: int) -> None:
    """Until the answer was heard, the call is over, or the time is up."""
    until_ms = asked_ms + WATCH_S * 1000
    while call.now_ms < until_ms and not call.ended.is_set():
        await call.sleep(ASK_EVERY_S)
        heard = [s for s in call.tape.heard_segments() if s[0] > asked_ms]
        over = bool(heard) and call.now_ms - heard[-1][1] >= OVER_AFTER_MS
        sound_ms = sum(end - start for start, end in heard)
        if not over or sound_ms < SOUND_MS:
            continue
        what = _what(_said(await api.find(call.sip_call_id) or {}, asked_ms), sound_ms)
        if what == "answer":
            return
        # Told that something is wrong, it is the caller's turn; this one waits to hear more.
        if what == "words" and call.now_ms - heard[-1][1] > MOST_SILENCE_MS + ASK_EVERY_S * 1000:
            return


async def _next_turn(call: PhoneCall) -> str:
    """The faults are lifted: is the caller heard and answered again?"""
    if call.ended.is_set():
        return "call over"
    _, end_ms = await call.play(await asyncio.to_thread(sound, AFTER, VOICES[0]))
    try:
        await call.wait_for_speech(NEXT_REPLY_S)
        await call.wait_for_silence(OVER_AFTER_MS)
    except TimeoutError:
        return "not answered"
    except NotAnswered:
        return "call over"
    heard = sum(end - start for start, end in call.tape.heard_segments() if start > end_ms)
    return "answered" if heard >= SOUND_MS else "not answered"


def judge(made: Outcome, call: PhoneCall, record: Json, asked_ms: int, watched_ms: int) -> None:
    """Put the tape and the record together. ``asked_ms``: where the caller's question ended."""
    heard = [s for s in call.tape.heard_segments() if s[0] > asked_ms and s[0] < watched_ms]
    made.said = _said(record, asked_ms, watched_ms)
    sound_ms = sum(end - start for start, end in heard)
    made.heard = _what(made.said, sound_ms)
    made.sound_ms = sound_ms
    made.stored_unheard = sound_ms < MS_A_LETTER * sum(map(len, made.said))
    made.ending = record.get("ending") or {}
    made.ending_detail = record.get("ending_detail") or ""
    made.events = [
        f"{(event['at_ms'] - asked_ms) / 1000:.1f} {event['kind']} "
        f"{event['detail'].get('code', '')}".strip()
        for event in record.get("events", [])
        if event["at_ms"] > asked_ms - 3_000
    ]
    edges = [asked_ms, *(edge for segment in heard for edge in segment)]
    if made.lost or made.next_turn == "call over":
        # Nothing that settles the question came: the caller waits until the end.
        edges.append(max(watched_ms, edges[-1]))
    else:
        edges = edges[:-1]
    pauses = [end - start for start, end in zip(edges[::2], edges[1::2], strict=False)]
    made.silences_ms = pauses
    made.longest_silence_ms = max(pauses, default=0)


def _said(record: Json, after_ms: int, before_ms: float = float("inf")) -> list[str]:
    """What the agent said since, as stored; the call's clock is the tape's to 0.1 s."""
    return [
        turn["text"]
        for turn in record.get("transcript", [])
        if turn["speaker"] == "agent" and after_ms - 500 < turn["start_ms"] < before_ms
    ]


def _what(said: list[str], sound_ms: int) -> str:
    if sound_ms < SOUND_MS:
        return "sound" if sound_ms else "silence"
    said = [text for text in said if text]
    if not said or sound_ms < MS_A_LETTER * min(map(len, said)):
        return "sound"
    bridges = [t for t in said if any(bridge in t.lower() for bridge in BRIDGES)]
    others = [text for text in said if text not in bridges]
    if ANSWER in " ".join(others):
        return "answer" if sound_ms >= MS_A_LETTER * len(ANSWER) else "partial"
    parts = [text for text in others if text.rstrip(". ") in ANSWER]
    others = [text for text in others if text not in parts]
    if not others:
        return "partial" if parts else "bridge"
    return "stale" if all(STALE.startswith(text) for text in others) else "words"
