"""One demo call: what the caller does, the talk printed as it happens, and whether it held."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from deploy.local.phone import CallFailed, NotAnswered, Phone, PhoneCall

CALLER = "+15550199"
QUESTION = "Hello, where is my order four two seven one?"
GOODBYE = "No, thank you, goodbye."
# What only the tool's answer can have put into the agent's mouth (orders.py).
FACT_FROM_TOOL = "Tuesday"
REPLY_WITHIN_S = 8.0
GREETING_WITHIN_MS = 1_000
SAME_SPEECH_MS = 1_500
POLL_S = 0.2

Json = dict[str, Any]


@dataclass
class Verdict:
    """What the call did, and every promise of it that did not hold."""

    name: str
    sip_call_id: str = ""
    call: Json = field(default_factory=dict)
    tape: Path | None = None
    human_tape: Path | None = None
    first_audio_ms: int | None = None
    turns: list[Json] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        return not self.broken

    def as_json(self, root: Path) -> Json:
        """The call as ``demo.json`` holds it."""
        return {
            "name": self.name,
            "ok": self.ok,
            "broken": self.broken,
            "call_id": self.call.get("id"),
            "sip_call_id": self.sip_call_id,
            "tape": str(self.tape.relative_to(root)) if self.tape else None,
            **({"human_tape": str(self.human_tape.relative_to(root))} if self.human_tape else {}),
            "ending": self.call.get("ending"),
            "first_audio_ms": self.first_audio_ms,
            "turns": self.turns,
        }


class CallLog:
    """The product's record of a call, over its API."""

    def __init__(self, http: aiohttp.ClientSession, web_url: str, api_token: str) -> None:
        self._http = http
        self._url = f"{web_url}/api/calls/"
        self._headers = {"Authorization": f"Token {api_token}"}

    async def find(self, sip_call_id: str) -> Json | None:
        found = await self._get(self._url, {"sip_call_id": sip_call_id})
        if not found["results"]:
            return None
        return await self._get(f"{self._url}{found['results'][0]['id']}/", {})

    async def _get(self, url: str, params: dict[str, str]) -> Json:
        async with self._http.get(url, params=params, headers=self._headers) as response:
            response.raise_for_status()
            content: Json = await response.json()
            return content


async def order_call(
    stack: Json, log: CallLog, tape_path: Path, say: Callable[[str], None]
) -> Verdict:
    """Ask for an order, hear the tool's answer, say goodbye, be hung up on."""
    verdict = Verdict(name="order_status")
    number = stack["numbers"]["shop"]
    to = f"sip:{number}@{stack['sip']['host']}:{stack['sip']['port']}"
    say(f"Calling {to} from {CALLER} ...")
    async with await Phone.start(user=CALLER) as phone:
        try:
            call = await phone.dial(to, ringing_timeout_s=20)
        except CallFailed as error:
            verdict.broken.append(f"the call was not answered: {error}")
            return verdict
        verdict.sip_call_id = call.sip_call_id
        say("Answered.\n")
        printer = asyncio.create_task(print_talk(call, log, say))
        try:
            await _talk(call)
        except (TimeoutError, NotAnswered) as error:
            verdict.broken.append(f"the talk stopped: {str(error) or 'nothing was heard'}")
        finally:
            await call.hangup()
            verdict.tape = call.tape.save(tape_path)
            try:
                verdict.call = await asyncio.wait_for(printer, REPLY_WITHIN_S)
            except TimeoutError:
                verdict.broken.append("the product stored no ending of the call")
            except aiohttp.ClientError as error:
                verdict.broken.append(f"the product's API did not answer: {error}")
    judge(verdict, call)
    return verdict


async def _talk(call: PhoneCall) -> None:
    await call.wait_for_speech(REPLY_WITHIN_S)
    await call.wait_for_silence(700)
    await call.say(QUESTION)
    await call.wait_for_speech(REPLY_WITHIN_S)
    await call.wait_for_silence(1_000)
    await call.say(GOODBYE)
    await call.wait_for_speech(REPLY_WITHIN_S)
    async with asyncio.timeout(REPLY_WITHIN_S):
        await call.ended.wait()


async def print_talk(call: PhoneCall, log: CallLog, say: Callable[[str], None]) -> Json:
    """Print each turn once the product has stored it, until the call has its ending."""
    shown: set[tuple[str, int]] = set()
    while True:
        record = await log.find(call.sip_call_id) or {}
        ended = bool(record.get("ending"))
        turns = [turn for turn in record.get("transcript", []) if turn["text"]]
        # What the caller said is whole once it is answered: until then its parts are corrected.
        whole = turns if ended or not turns or turns[-1]["speaker"] == "agent" else turns[:-1]
        for turn in whole:
            key = (turn["speaker"], turn["start_ms"])
            if key not in shown:
                shown.add(key)
                say(_line(turn, latency_ms(call, turn)))
        if ended:
            return record
        await asyncio.sleep(POLL_S)


def latency_ms(call: PhoneCall, turn: Json) -> int | None:
    """Of an agent's turn: the silence before it on the phone's own tape; None of a caller's."""
    if turn["speaker"] != "agent":
        return None
    replies = [t for t in call.tape.turns() if t.heard_start_ms is not None]
    near = [t for t in replies if abs((t.heard_start_ms or 0) - turn["start_ms"]) < SAME_SPEECH_MS]
    return near[0].latency_ms if near else None


def _line(turn: Json, latency: int | None) -> str:
    at = f"{turn['start_ms'] / 1000:6.1f} s"
    after = (
        "" if latency is None else f"   ({latency} ms after the caller's last word, on the tape)"
    )
    return f"  {at}  {turn['speaker']:<6} {turn['text']}{after}"


def judge(verdict: Verdict, call: PhoneCall) -> None:
    """Hold the tape and the record against what the demo promises."""
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
    agent = " ".join(t["text"] for t in verdict.turns if t["speaker"] == "agent")
    tools = {t["name"]: t for t in record.get("tool_calls", [])}
    replies = [t.latency_ms for t in call.tape.turns()]
    promises = {
        "the greeting was heard within a second of the answer": verdict.first_audio_ms is not None
        and verdict.first_audio_ms <= GREETING_WITHIN_MS,
        "each thing the caller said was answered on the tape": len(replies) == 2
        and None not in replies,
        "the order-status tool was used and succeeded": tools.get("order_status", {}).get("outcome")
        == "ok",
        "the agent said what the tool answered": FACT_FROM_TOOL in agent,
        "the call is stored with a good ending": (record.get("ending") or {}).get("result")
        == "success",
        "the goodbye was heard to its end": bool(heard)
        and heard[-1][1] <= call.tape.duration_ms - 100,
        "the agent hung up": call.end_cause is not None and call.end_cause.value == "remote_bye",
    }
    verdict.broken += [f"not so: {promise}" for promise, held in promises.items() if not held]
