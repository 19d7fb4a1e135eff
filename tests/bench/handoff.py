"""How fast a caller gets to a human, and who hears too much: ``python -m tests.bench handoff``.

Real SIP on a stack of its own: a caller presses 0, a human answers after a second, hears the
briefing, presses 1, and both talk. Caller, human, hold music and agent are tones; every figure is
read from the two phones' tapes, but the ringing, which is the moment the INVITE arrives. Writes
var/bench/handoff.json; a run takes 20 s.
"""

from __future__ import annotations

import argparse
import asyncio
import shlex
import sys

from deploy.local.phone import Phone
from tests.bench.bench_report import FOLDER, Series, Target, table
from tests.bench.bench_stack import VAR, BenchStack, bench_stack
from tests.support.handoff import human_phone, prepare
from tests.support.handoff_run import (
    Run,
    accept_to_hear_ms,
    leaks,
    merge_gap_ms,
    one_hand_over,
)
from tests.support.spectrum import AGENT_HZ, HOLD_HZ, write_tone

RUNS = 20
TARGETS = {
    "request_to_ring": Target(p95=1_500),
    "accept_to_hear": Target(p95=250),
    "merge_gap": Target(p95=200),
    "isolation_leaks": Target(p95=0),
}


def request_to_ring_ms(run: Run) -> float:
    """From the key to the human's phone ringing, without the announcement in between."""
    announced_ms = len(run.at_caller.times(AGENT_HZ, run.asked_ms, run.answered_ms)) * 20
    return (run.both.rang - run.both.asked) * 1000 - announced_ms


async def measure(stack: BenchStack, runs: int, series: Series) -> None:
    await prepare(stack.described)
    await stack.set_providers()
    for number in range(runs):
        async with (
            await Phone.start(user=f"+155501{50 + number % 50}") as phone,
            human_phone(stack.described) as human,
        ):
            run = await one_hand_over(phone, human, stack.uri)
        found = leaks(run)
        figures = {
            "request_to_ring": request_to_ring_ms(run),
            "accept_to_hear": float(accept_to_hear_ms(run)),
            "merge_gap": float(merge_gap_ms(run)),
        }
        for name, value in figures.items():
            series.add(name, "ms", value)
        series.add("isolation_leaks", "count", float(len(found)))
        series.turns.append({"run": number, **figures, "leaks": found})
        told = "  ".join(f"{name} {value:.0f} ms" for name, value in figures.items())
        print(f"  {number + 1:2}  {told}  {'; '.join(found) or 'no leak'}", flush=True)  # noqa: T201


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.bench handoff", description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    options = parser.parse_args()
    series = Series()
    series.commands.append(shlex.join(["python", "-m", "tests.bench", *sys.argv]))
    hold = write_tone(FOLDER / "hold.wav", HOLD_HZ)
    with bench_stack([], VAR, HOLD_MUSIC_FILE=str(hold)) as stack:
        series.settings = {"runs": options.runs, "human_rings_s": 1.0}
        asyncio.run(measure(stack, options.runs, series))
    results = series.results(TARGETS.get)
    series.write(FOLDER / "handoff.json", results)
    print(table(results))  # noqa: T201
    return 0 if all(line.get("ok", True) for line in results) else 1


if __name__ == "__main__":
    sys.exit(main())
