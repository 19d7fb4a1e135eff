"""How fast the product answers: ``python -m tests.bench voice`` writes var/bench/voice.json.

Phones talk to it over the local stack, and their tapes say how long each reply took. A developer
wants a part of it: ``--parts one_call --turns 20`` takes a minute or two. ``--add`` goes on from
what the file holds, so that the whole can be measured in pieces.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import shlex
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from deploy.local.cores import going_first
from deploy.local.phone import Phone
from tests.bench import bridge
from tests.bench.bench_report import FOLDER, Series, table
from tests.bench.bench_stack import NO_DELAYS, BenchStack, bench_stack
from tests.bench.voice_barge import WATCH_MS, overlaps
from tests.bench.voice_call import Talk, one_by_one
from tests.bench.voice_figures import UNHEARD_MS, latencies, line, p95_of, talks_of
from tests.bench.voice_lines import dictates
from tests.bench.voice_load import PLAIN_AGENT, Round, plain_worker, processes_of, together
from tests.bench.voice_targets import PLAIN_V2V, V2V, target
from tests.support.stack import Api, Json

FAST, SLOW, PLAIN, ECHO = "+15550200", "+15550201", "+15550202", "+15550203"
ECHO_ROOM = "echo-0"
ECHO_CALLS = 3  # a jitter buffer that began long stays so for a whole call
ECHO_S = 12.0
PARTS = ("floor", "one_call", "no_speculation", "overhead", "barge_in", "load")
CALLS = (1, 2, 4, 8, 12, 16)
TOO_SLOW_MS = 1_000.0
STARTED_S = 5.0  # a worker that has registered still starts its idle processes
# As the demo's: the end-of-turn model is unsure of synthetic voices and then waits the longest.
PROFILE: Json = {"min_endpointing_ms": 300, "max_endpointing_ms": 800}
DIGITS = 4  # of the shop's numbers, which it looks up: their length is known
NUMBERS: list[Json] = [
    {
        "number": FAST,
        "name": "Bench",
        "trunk": "Bench phones",
        "profile": PROFILE | {"speculation": True},
        "digits": DIGITS,
    },
    {
        "number": SLOW,
        "name": "Bench without speculation",
        "trunk": "Bench phones",
        "profile": PROFILE | {"speculation": False},
        "digits": DIGITS,
    },
]


@dataclass
class Bench:
    """One run: what is measured goes to ``series``."""

    stack: BenchStack
    api: Api
    series: Series
    options: argparse.Namespace
    idle: dict[int, int] = field(default_factory=dict)

    async def run(self) -> None:
        for part in PARTS:
            if part in self.options.parts:
                say(f"{part} ...")
                await getattr(self, part)()

    async def floor(self) -> None:
        """The path and nothing in it: bursts through the bridge to an echo job and back."""
        await self.stack.add_foreign_number(ECHO, room=ECHO_ROOM)
        async with (
            bridge.echo_job(self.stack.server, ECHO_ROOM),
            await Phone.start(user="+15559999999") as phone,
        ):
            for _ in range(ECHO_CALLS):
                call = await phone.dial(self.stack.uri(ECHO))
                await call.sleep(1.5)
                await bridge.burst(call, ECHO_S)
                await call.sleep(0.5)
                await call.hangup()
                delays, lost = bridge.delays_of(call.tape)
                self.series.add("transport_floor", "ms", *delays)
                if lost:
                    say(f"  {lost} bursts were not heard again")

    async def one_call(self) -> None:
        await self.stack.set_providers()
        self.take(await self.talks(FAST, f"{V2V}.1_call", self.options.turns))

    async def no_speculation(self) -> None:
        if "speculation" in self.stack.skipped:
            say("  skipped: this version's turn-taking profile has no field speculation")
            return
        await self.stack.set_providers()
        self.take(await self.talks(SLOW, f"{V2V}.1_call.no_speculation", self.options.turns))

    async def overhead(self) -> None:
        """With stand-ins that answer at once: what is left over floor and endpointing is ours."""
        floor = self.series.p50("transport_floor")
        if floor is None:
            await self.floor()
            floor = self.series.p50("transport_floor") or 0.0
        await self.stack.set_providers(**NO_DELAYS)
        turns = max(8, self.options.turns // 3)
        for number, name in ((FAST, "own_overhead"), (SLOW, "own_overhead.no_speculation")):
            if number == SLOW and "speculation" in self.stack.skipped:
                continue
            for talk in await self.talks(number, name, turns):
                self.keep(talk)
                wait = floor + PROFILE["min_endpointing_ms"]
                self.series.add(name, "ms", *(one - wait for one in latencies([talk])))
        await self.stack.set_providers()

    async def barge_in(self) -> None:
        await self.stack.set_providers()
        add = self.series.add
        async for one in overlaps(self.stack, self.api, FAST, self.options.rounds):
            self.series.turns.append({"series": f"barge_in.{one.kind}"} | one.as_json())
            if one.problem:
                say(f"  {one.text!r}: {one.problem}")
            add(f"barge_in.{one.kind}_wrong", "of 1", 0.0 if one.right else 1.0)
            if one.kind == "stop":
                still = WATCH_MS if one.silent_after_ms is None else one.silent_after_ms
                add("barge_in.agent_still_audible", "ms", still)
                add("barge_in.decided", "ms", WATCH_MS if one.problem else one.old_until_ms)
            else:
                # A sentence that never goes on is the longest pause of all.
                add("barge_in.backchannel_pause", "ms", one.pause_ms if one.went_on else WATCH_MS)

    async def load(self) -> None:
        """Both workers in turn, with more and more calls, until a reply takes too long."""
        await self.stack.set_providers()
        await self.stack.add_foreign_number(PLAIN, agent_name=PLAIN_AGENT, prefix="plain")
        worker = self.stack.pid("agent-worker")
        ours, theirs = "ours" in self.options.sides, "plain" in self.options.sides
        for prefix, measured in (("", ours), ("plain_", theirs)):
            if measured and f"{prefix}calls_held" not in self.series.values:
                self.series.replace(f"{prefix}calls_held", "calls", 0)
        log = FOLDER / "stack/log/plain-worker.log"
        with contextlib.ExitStack() as plain:
            pid = plain.enter_context(plain_worker(self.stack, max(CALLS), log)) if theirs else 0
            await asyncio.sleep(STARTED_S)
            # The phones measure; they are no part of the machine that is.
            plain.enter_context(going_first())
            self.idle = {one: processes_of(one) for one in (pid, worker) if one}
            for calls in self.options.calls:
                if theirs:
                    theirs = await self.round(pid, PLAIN, PLAIN_V2V, "plain_", calls)
                if ours and (calls > 1 or f"{V2V}.1_call" not in self.series.values):
                    ours = await self.round(worker, FAST, V2V, "", calls)
                if not (ours or theirs):
                    return

    async def round(self, pid: int, number: str, series: str, prefix: str, calls: int) -> bool:
        """One round of so many calls. False when it was too much: more need not be tried."""
        name = f"{series}.{calls}_call{'s' if calls > 1 else ''}"
        if calls == 1:
            talks = await self.talks(number, name, self.options.turns)
            made = Round(1, talks)
        else:
            made = await together(
                self.stack,
                self.api,
                pid,
                self.idle,
                number=number,
                series=name,
                calls=calls,
                turns=self.options.load_turns,
                tapes=self.options.tapes,
            )
            self.series.add(f"{prefix}memory_per_call_mb", "MB", made.memory_per_call_mb)
            for part, pct in made.cpu_per_call_pct.items():
                suffix = "" if part == "worker" else f".{part}"
                self.series.add(f"{prefix}cpu_per_call_pct{suffix}", "%", pct)
            self.series.add(f"{prefix}machine_busy_pct.{calls}_calls", "%", made.machine_busy_pct)
            self.series.add("machine_busy_pct.with_others", "%", made.others_busy_pct)
        self.take(made.talks)
        lost = [talk for talk in made.talks if talk.failed]
        done = latencies(made.talks)
        p95 = p95_of(done)
        held = not lost and UNHEARD_MS not in done and p95 <= TOO_SLOW_MS
        if held:
            most = max([calls, *map(int, self.series.values.get(f"{prefix}calls_held", []))])
            self.series.replace(f"{prefix}calls_held", "calls", most)
        say(
            f"  {name}: {line(made.talks)}, machine {made.machine_busy_pct:.0f} % busy, "
            f"{made.others_busy_pct:.0f} % with others"
        )
        return not lost and p95 <= 2 * TOO_SLOW_MS

    async def talks(self, number: str, series: str, turns: int) -> list[Talk]:
        say(f"  {series}, {turns} turns")
        # Added to an earlier run, the callers go on where it ended.
        kept = [turn for turn in self.series.turns if turn["series"] == series]
        before = len({turn["call"] for turn in kept if "call" in turn})
        made = await one_by_one(
            self.stack, self.api, number, series, talks_of(turns, before), self.options.tapes
        )
        say(f"  {series}: {line(made)}")
        return made

    def take(self, talks: Sequence[Talk]) -> None:
        """Every turn counts: one that was not answered counts as the time it was waited for, and
        what is left of a call that failed as one of those."""
        for talk in talks:
            self.keep(talk)
            self.series.add(talk.series, "ms", *latencies([talk]))
            self.series.add(f"{talk.series}.failed", "of 1", float(bool(talk.failed)))
            if talk.failed:
                self.series.add(talk.series, "ms", UNHEARD_MS)
            cut_in = [float(turn.cut_in) for turn in talk.turns]
            self.series.add(f"{talk.series}.cut_in", "of 1", *cut_in)
            unanswered = [float(turn.unanswered) for turn in talk.turns]
            self.series.add(f"{talk.series}.unanswered", "of 1", *unanswered)
            for turn in talk.turns:
                if turn.latency_ms is not None and dictates(turn.text):
                    self.series.add(f"{talk.series}.of_digits", "ms", turn.latency_ms)
                elif turn.latency_ms is not None:
                    self.series.add(f"{talk.series}.of_words", "ms", turn.latency_ms)
            if talk.record:
                wrong = [float(turn.wrong_reply) for turn in talk.turns if turn.reply]
                self.series.add(f"{talk.series}.wrong_replies", "of 1", *wrong)
            if talk.first_audio_ms is not None and "plain_worker" not in talk.series:
                self.series.add("first_audio_after_answer", "ms", talk.first_audio_ms)

    def keep(self, talk: Talk) -> None:
        self.series.turns += [turn.as_json() for turn in talk.turns]
        if talk.failed:
            self.series.turns.append({"series": talk.series, "failed": talk.failed})
            say(f"  a call failed: {talk.failed}")


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command for people


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench voice", description=__doc__)
    parser.add_argument("--parts", default=",".join(PARTS), help=f"some of {', '.join(PARTS)}")
    parser.add_argument("--turns", type=int, default=62, help="turns of each one-call series")
    parser.add_argument("--calls", default=",".join(map(str, CALLS)), help="calls at once, of load")
    parser.add_argument("--sides", default="plain,ours", help="of load: plain, ours")
    parser.add_argument("--load-turns", type=int, default=6, help="turns of each call of load")
    parser.add_argument("--rounds", type=int, default=3, help="of each barge-in")
    parser.add_argument("--add", action="store_true", help="to what the file holds")
    parser.add_argument("--tapes", type=Path, help="a folder for the tapes of one-call and load")
    parser.add_argument("--output", type=Path, default=FOLDER / "voice.json")
    options = parser.parse_args()
    options.parts = options.parts.split(",")
    options.sides = options.sides.split(",")
    options.calls = [int(calls) for calls in options.calls.split(",")]
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"no part {', '.join(sorted(unknown))}")
    return options


async def measure(stack: BenchStack, series: Series, options: argparse.Namespace) -> None:
    api = Api(stack.described)
    try:
        await Bench(stack, api, series, options).run()
    finally:
        await api.close()


def main() -> int:
    options, series, began = arguments(), Series(), time.monotonic()
    if options.add:
        series.load(options.output)
    series.commands.append(shlex.join(["python", "-m", "tests.bench", "voice", *sys.argv[1:]]))
    series.settings |= {
        "profile": PROFILE,
        "providers": "transcription 150 ms, first token 200 ms, 60 tokens/s, first chunk 90 ms",
        "load_average_1_min_before": round(os.getloadavg()[0], 2),
    }
    with bench_stack(NUMBERS) as stack:
        try:
            asyncio.run(measure(stack, series, options))
        finally:  # what was measured before a fault is not lost
            series.settings["took_s"] = round(time.monotonic() - began)
            results = series.results(lambda name: target(series, name))
            series.write(options.output, results)
            say(table(results))
    return 0 if all(one.get("ok", True) for one in results) else 1


if __name__ == "__main__":
    sys.exit(main())
