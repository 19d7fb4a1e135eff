"""The demo's second call: a caller who has had enough is handed to a human at another phone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import aiohttp

from deploy.local.demo_call import (
    REPLY_WITHIN_S,
    CallLog,
    Json,
    Verdict,
    latency_ms,
    print_talk,
)
from deploy.local.phone import CallFailed, NotAnswered, Phone, PhoneCall

CALLER = "+15550198"
CALLER_VOICE, HUMAN_VOICE = "en-us", "en-us+f3"
WORDS_PER_MINUTE = 175
COMPLAINTS = (
    "My parcel has still not arrived.",
    "I gave it to your colleague.",
    "This is ridiculous, you are not helping me at all.",
)
# What the two say to each other; the human begins, and hangs up after the last line.
TOGETHER = (
    "Hello, this is Maria from the service desk.",
    "My parcel has still not arrived.",
    "A new parcel leaves our house today.",
)
RINGS_WITHIN_S = 60.0  # from the caller's first word
PICKS_UP_AFTER_S = 0.5
BRIEFING_WITHIN_S = 25.0
BRIEFING_PAUSE_MS = 1_000
LEAST_BRIEFING_MS = 3_000
ENDS_WITHIN_S = 10.0
# The scribe hears the last words while the two say goodbye.
THINKS_S = 0.4


async def handoff_call(
    stack: Json, log: CallLog, tape_path: Path, say: Callable[[str], None]
) -> Verdict:
    """Complain three times, wait on hold, and talk to a human who was told why."""
    verdict = Verdict(name="handoff")
    to = f"sip:{stack['numbers']['shop']}@{stack['sip']['host']}:{stack['sip']['port']}"
    desk = stack["human"]
    say(f"\nCalling {to} from {CALLER}, who has had enough ...")
    async with (
        await Phone.start(user=CALLER) as phone,
        await Phone.start(desk["host"], desk["port"], desk["user"]) as human_phone,
    ):
        try:
            call = await phone.dial(to, ringing_timeout_s=20)
        except CallFailed as error:
            verdict.broken.append(f"the call was not answered: {error}")
            return verdict
        verdict.sip_call_id = call.sip_call_id
        printer = asyncio.create_task(print_talk(call, log, say))
        human: PhoneCall | None = None
        try:
            human = await _ring_for(call, human_phone)
            await _pick_up(human, say)
            await _talk(call, human)
        except (TimeoutError, NotAnswered, CallFailed) as error:
            verdict.broken.append(f"the hand-over stopped: {str(error) or 'nothing was heard'}")
        finally:
            if human is not None:
                await human.hangup()
                verdict.human_tape = human.tape.save(tape_path.with_suffix(".human.wav"))
            await call.hangup()
            verdict.tape = call.tape.save(tape_path)
            try:
                verdict.call = await asyncio.wait_for(printer, REPLY_WITHIN_S)
            except TimeoutError:
                verdict.broken.append("the product stored no ending of the call")
            except aiohttp.ClientError as error:
                verdict.broken.append(f"the product's API did not answer: {error}")
    if human is not None:
        _judge(verdict, call, human)
    return verdict


async def _ring_for(call: PhoneCall, human_phone: Phone) -> PhoneCall:
    """The human's call, for which the caller complains as long as it takes."""
    ringing = asyncio.create_task(human_phone.wait_for_call(RINGS_WITHIN_S))
    complaining = asyncio.create_task(_complain(call))
    try:
        await asyncio.wait({ringing, complaining}, return_when=asyncio.FIRST_COMPLETED)
        if complaining.done():
            complaining.result()
        return await ringing
    finally:
        ringing.cancel()
        complaining.cancel()


async def _complain(call: PhoneCall) -> None:
    await call.wait_for_speech(REPLY_WITHIN_S)
    await call.wait_for_silence(700)
    for number, complaint in enumerate(COMPLAINTS):
        await call.say(complaint, voice=CALLER_VOICE, words_per_minute=WORDS_PER_MINUTE)
        await call.wait_for_speech(REPLY_WITHIN_S)
        if number + 1 < len(COMPLAINTS):
            await call.wait_for_silence(700)


async def _pick_up(human: PhoneCall, say: Callable[[str], None]) -> None:
    """The human's side, up to the key that takes the call. Raises TimeoutError, CallFailed."""
    human.ring()
    say("    ... a colleague's phone rings")
    await asyncio.sleep(PICKS_UP_AFTER_S)
    await human.answer()
    await human.wait_for_speech(REPLY_WITHIN_S)
    await human.wait_for_silence(BRIEFING_PAUSE_MS, BRIEFING_WITHIN_S)
    say("    ... has heard the briefing, and presses 1")
    await human.dtmf("1", tone_ms=100)


async def _talk(call: PhoneCall, human: PhoneCall) -> None:
    await human.sleep(THINKS_S)
    for number, line in enumerate(TOGETHER):
        who, voice = (call, CALLER_VOICE) if number % 2 else (human, HUMAN_VOICE)
        await who.say(line, voice=voice, words_per_minute=WORDS_PER_MINUTE)
        await who.sleep(THINKS_S)
    await human.sleep(THINKS_S)
    await human.hangup()
    async with asyncio.timeout(ENDS_WITHIN_S):
        await call.ended.wait()


def _judge(verdict: Verdict, call: PhoneCall, human: PhoneCall) -> None:
    """Hold tapes and record against what the demo promises."""
    record = verdict.call
    heard = call.tape.heard_segments()
    verdict.first_audio_ms = heard[0][0] if heard else None
    verdict.turns = [
        {
            **{name: turn[name] for name in ("speaker", "text", "start_ms", "end_ms")},
            "latency_ms": latency_ms(call, turn),
        }
        for turn in record.get("transcript", [])
    ]
    words = " ".join(t["text"] for t in verdict.turns if t["speaker"] == "human")
    ending = record.get("ending") or {}
    human_said = human.tape.said_segments()
    briefing = human.tape.heard_segments(hangover_ms=BRIEFING_PAUSE_MS)
    answers = [s for s in human.tape.heard_segments() if human_said and s[0] > human_said[0][0]]
    promises = {
        "the human was told who calls and why, before anything else": bool(briefing)
        and briefing[0][1] - briefing[0][0] >= LEAST_BRIEFING_MS,
        "the human's phone was shown the way to the transcript": "x-transcript-url"
        in human.headers,
        "the human heard the caller": bool(answers),
        "what the human said is in the transcript": "Maria" in words,
        "the call is stored with a good ending": ending.get("result") == "success",
    }
    verdict.broken += [f"not so: {promise}" for promise, held in promises.items() if not held]
