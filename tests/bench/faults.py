"""What a caller lives through when providers fail: ``python -m tests.bench faults``.

Each fault of the stand-ins alone and every two at once, once and lastingly, in the middle of a
call; writes var/bench/faults.json. The whole takes about a quarter of an hour; ``--slice 2/6`` with
``--add`` does it in pieces, ``--only stall`` the cases that hold one fault.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shlex
import sys
import time
from dataclasses import fields
from pathlib import Path

from tests.bench.bench_report import FOLDER, Series, Target, table
from tests.bench.bench_stack import BenchStack
from tests.bench.faults_call import try_case
from tests.bench.faults_cases import (
    FAULTS,
    MODES,
    MOST_SILENCE_MS,
    Case,
    Outcome,
    cases,
    matrix,
)
from tests.bench.faults_lanes import Lane, lanes
from tests.support.stack import Api

COUNTED = {
    "silence_over_5_s": "too_silent",
    "turns_lost": "lost",
    "endings_without_a_name": "unnamed",
    "next_turns_lost": "not_recovered",
    "texts_stored_unheard": "stored_unheard",
    "not_tried": "problem",
}


async def run(
    stack: BenchStack, open_lanes: list[Lane], todo: list[Case], done: list[Outcome]
) -> None:
    """The cases, one at a time in each lane; what each came to is added to ``done``."""
    waiting = list(reversed(todo))
    api = Api(stack.described)

    async def work(lane: Lane) -> None:
        while waiting:
            case = waiting.pop()
            made = await try_case(stack, api, lane, case)
            done.append(made)
            mark = made.marks or "ok"
            say(
                f"  {case!s:62} {made.longest_silence_ms / 1000:5.1f} s  {made.heard:8} "
                f"{made.next_turn:13} {made.ending.get('reason', ''):20} {mark} {made.problem}"
            )

    try:
        await asyncio.gather(*(work(lane) for lane in open_lanes))
    finally:
        await api.close()


def before(path: Path) -> list[Outcome]:
    """What an earlier run wrote."""
    if not path.exists():
        return []
    known = {field.name for field in fields(Outcome)}
    turns = json.loads(path.read_text())["turns"]
    return [Outcome(**{k: v for k, v in turn.items() if k in known}) for turn in turns]


def report(outcomes: list[Outcome], path: Path, series: Series) -> bool:
    """Write and print; whether nothing was missed."""
    tried = [one for one in outcomes if not one.problem]
    for one in tried:
        kind = "pairs" if len(one.faults) == 2 else "singles"
        series.add(f"longest_silence.{kind}.{one.mode}", "ms", one.longest_silence_ms)
    for name, attribute in COUNTED.items():
        counted = sum(bool(getattr(one, attribute)) for one in outcomes)
        series.add(name, "cases", counted)
    results = series.results(lambda name: Target(p50=0) if name in COUNTED else None)
    series.turns = [one.as_json() for one in outcomes]
    series.write(path, results)
    for mode in MODES:
        if any(one.mode == mode for one in outcomes):
            say("\n" + matrix(outcomes, mode))
    worst = max((one.longest_silence_ms for one in tried), default=0)
    say(f"\n{len(outcomes)} cases; longest silence {worst / 1000:.1f} s (at most "
        f"{MOST_SILENCE_MS / 1000:g} s)")  # fmt: skip
    say(table(results))
    return all(one.get("ok", True) for one in results)


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command for people


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench faults", description=__doc__)
    parser.add_argument("--modes", default=",".join(MODES), help=f"some of {', '.join(MODES)}")
    parser.add_argument("--sizes", default="1,2", help="faults at once")
    parser.add_argument("--only", default="", help=f"cases with one of {', '.join(FAULTS)}")
    parser.add_argument("--slice", default="1/1", help="I/N: the I-th of N equal parts")
    parser.add_argument("--lanes", type=int, default=4, help="calls at once, 1 to 4")
    parser.add_argument("--add", action="store_true", help="to what the file holds")
    parser.add_argument("--output", type=Path, default=FOLDER / "faults.json")
    options = parser.parse_args()
    options.only = {name for name in options.only.split(",") if name}
    if unknown := options.only - set(FAULTS):
        parser.error(f"no fault {', '.join(sorted(unknown))}")
    return options


def main() -> int:
    options, series, began = arguments(), Series(), time.monotonic()
    sizes = [int(size) for size in options.sizes.split(",")]
    part, parts = map(int, options.slice.split("/"))
    todo = cases(options.modes.split(","), sizes, options.only)[part - 1 :: parts]
    kept = before(options.output) if options.add else []
    series.commands = [shlex.join(["python", "-m", "tests.bench", "faults", *sys.argv[1:]])]
    series.settings = {
        "lanes": options.lanes,
        "load_average_1_min_before": round(os.getloadavg()[0], 2),
    }
    say(f"{len(todo)} cases in {options.lanes} lanes")
    made: list[Outcome] = []
    ok = False
    with lanes(min(options.lanes, len(todo))) as (stack, open_lanes):
        try:
            asyncio.run(run(stack, open_lanes, todo, made))
        finally:
            series.settings["took_s"] = round(time.monotonic() - began)
            tried = {(tuple(one.faults), one.mode) for one in made}
            kept = [one for one in kept if (tuple(one.faults), one.mode) not in tried]
            ok = report(kept + made, options.output, series)
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
