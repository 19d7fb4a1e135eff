"""How the agent takes being talked over: ``python -m tests.bench.overlap --cases DIR``.

Each case is a call: the agent is asked for its long sentence, the case's sound is played when it
has been speaking for 2 s, and the tape decides: did the sentence go on? Without ``--cases`` the
bench makes a set of its own (tests/support/overlap_set.py). Uses the stack of STACK_VAR, else
starts one. Exit 0 when at least 95 % are right and no "stop" was missed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psutil

from deploy.local.phone import AudioError, load_wav
from deploy.local.stackfile import read_stack, write_json
from tests.bench.overlap_call import CaseFailed, hear_whole, overlap, stored_call
from tests.bench.overlap_cases import EXPECTED, Case, CasesError, read_cases
from tests.bench.overlap_ears import use_ears
from tests.bench.overlap_verdict import Reference, Verdict, judge
from tests.support.overlap_set import write_set
from tests.support.stack import ROOT, Api, Json, running_stack

OUTPUT = ROOT / "var/bench/overlap.json"
RIGHT_AT_LEAST = 0.95
AT_ONCE = 3
AUDIBLE_TARGET_MS = 350.0
# A worker whose processes are all taken says busy until one is free again.
_TRIES = 3
_AGAIN_AFTER_S = 4.0


def say(line: str) -> None:
    print(line, flush=True)  # noqa: T201


async def main(options: argparse.Namespace) -> int:
    with contextlib.ExitStack() as until_end:
        folder = options.cases
        if folder is None:
            folder = Path(until_end.enter_context(tempfile.TemporaryDirectory()))
            write_set(folder)
        cases = [
            case
            for case in read_cases(folder)
            if not options.only or any(part in case.name for part in options.only)
        ]
        stack = until_end.enter_context(stack_to_use())
        if options.ears:
            await asyncio.to_thread(use_ears, stack, options.ears)
        report = await run(stack, cases, options.at_once, options.tapes)
    report["commands"] = [f"make bench-overlap CASES={options.cases or '(its own set)'}"]
    report["settings"]["ears"] = options.ears or "as the stack has them"
    write_json(options.output, report)
    show(report)
    return 0 if report["ok"] else 1


@contextlib.contextmanager
def stack_to_use() -> Iterator[Json]:
    """The running stack of STACK_VAR, else one of our own."""
    if named := os.environ.get("STACK_VAR"):
        stack = read_stack(Path(named))
        if stack is None:
            raise CasesError(f"no healthy stack runs in {named} (STACK_VAR)")
        yield stack
        return
    with running_stack(ROOT / "var" / "test" / "stack") as stack:
        yield stack


async def run(stack: Json, cases: list[Case], at_once: int, tapes: Path | None) -> Json:
    """All cases, ``at_once`` calls at a time; the report."""
    began = time.monotonic()
    uri = f"sip:{stack['numbers']['shop']}@{stack['sip']['host']}:{stack['sip']['port']}"
    await load_ears(stack["providers"]["control_url"], cases)
    reference = Reference(await hear_whole(uri))
    api = Api(stack)
    gate = asyncio.Semaphore(at_once)

    async def one(number: int, case: Case) -> Json:
        async with gate:
            row = await run_case(uri, api, reference, case, number, tapes)
        say(line_of(row))
        return row

    try:
        rows = list(await asyncio.gather(*(one(n, case) for n, case in enumerate(cases))))
    finally:
        await api.close()
    return report_of(rows, time.monotonic() - began, at_once)


async def load_ears(control_url: str, cases: list[Case]) -> None:
    """What is said in the set may be heard from now on; words the ears refuse are told."""
    texts = sorted({case.text for case in cases if case.text})
    async with httpx.AsyncClient(trust_env=False, timeout=240) as http:
        if (await http.put(f"{control_url}/ears", json={"phrases": texts})).is_success:
            return
        for text in texts:  # one of them is at fault
            answer = await http.put(f"{control_url}/ears", json={"phrases": [text]})
            if not answer.is_success:
                say(f"The ears cannot hear {text!r}: {answer.text}")


async def run_case(
    uri: str, api: Api, reference: Reference, case: Case, number: int, tapes: Path | None
) -> Json:
    """One case, again when the call itself failed; a failure each time counts as wrong."""
    row = {"case": case.name, "expected": case.expected, "text": case.text, "note": case.note}
    failure = ""
    for _ in range(_TRIES):
        try:
            done = await overlap(uri, case, load_wav(case.wav), f"+1555{number:04d}")
        except (CaseFailed, AudioError) as error:
            failure = str(error)
            await asyncio.sleep(_AGAIN_AFTER_S)
            continue
        if tapes is not None:
            done.call.tape.save(tapes / f"{case.name}.wav")
        heard = done.call.tape.heard[done.sentence_ms * 16 :]
        start_ms = done.sound_start_ms - done.sentence_ms
        end_ms = done.sound_end_ms - done.sentence_ms
        verdict = await asyncio.to_thread(judge, reference, heard, start_ms, end_ms)
        turns, events = await stored_call(api, done.call.sip_call_id)
        decided_ms = decided(turns, events)
        return {**row, **outcome(verdict, case), "decided_ms": decided_ms, "stored": stored(turns)}
    return {
        **row,
        "decision": f"failed: {failure}",
        "right": False,
        "silent_after_ms": None,
        "pause_ms": None,
        "decided_ms": None,
        "stored": {},
    }


def outcome(verdict: Verdict, case: Case) -> Json:
    return {
        "decision": verdict.decision,
        "right": verdict.is_right(case.expected),
        "silent_after_ms": verdict.silent_after_ms,
        "pause_ms": verdict.pause_ms,
    }


def decided(turns: list[Json], events: list[Json]) -> int | None:
    """ms from the start of the caller's words over the sentence until it was stopped, by the
    product's own record; None when it was not."""
    stops = [event["at_ms"] for event in events if event["kind"] == "interrupted"]
    starts = [turn["start_ms"] for turn in turns if turn["speaker"] == "caller"][1:]
    return stops[0] - starts[0] if stops and starts else None


def stored(turns: list[dict[str, Any]]) -> Json:
    """What the product's own record says of the sentence, beside the tape's verdict."""
    longest = max(
        (turn for turn in turns if turn["speaker"] == "agent"),
        key=lambda turn: turn["end_ms"] - turn["start_ms"],
        default=None,
    )
    if longest is None:
        return {}
    later = [turn for turn in turns if turn["start_ms"] > longest["start_ms"]]
    return {
        "interrupted": longest.get("interrupted"),
        "text": longest["text"],
        "caller_after": [turn["text"] for turn in later if turn["speaker"] == "caller"],
        "agent_after": [turn["text"] for turn in later if turn["speaker"] == "agent"],
    }


def report_of(rows: list[Json], took_s: float, at_once: int) -> Json:
    missed = [r["case"] for r in rows if r["expected"] == "stop" and r["decision"] != "stop"]
    right = sum(row["right"] for row in rows)
    audible = [float(r["silent_after_ms"]) for r in rows if r["right"] and r["decision"] == "stop"]
    decisions = [float(r["decided_ms"]) for r in rows if r["decided_ms"] is not None]
    pauses = [float(r["pause_ms"]) for r in rows if r["decision"] == "continue"]
    confusion = {
        expected: {
            decision: sum(r["expected"] == expected and kind_of(r) == decision for r in rows)
            for decision in (*EXPECTED, "pause over 1 s", "failed")
        }
        for expected in EXPECTED
    }
    return {
        "ok": right >= RIGHT_AT_LEAST * len(rows) and not missed,
        "machine": {
            "cores": os.cpu_count(),
            "memory_mb": psutil.virtual_memory().total // 2**20,
        },
        "settings": {"at_once": at_once, "took_s": round(took_s)},
        "results": [
            result(
                "overlap.right", "%", [100.0 * right / len(rows)], 100 * RIGHT_AT_LEAST, up=True
            ),
            result("overlap.stops_missed", "cases", [float(len(missed))], 0.0),
            result("overlap.silent_after", "ms", audible, None),
            result("overlap.decided", "ms", decisions, None),
            result("overlap.pause", "ms", pauses, 1000.0),
        ],
        "stops_missed": missed,
        "confusion": confusion,
        "turns": rows,
    }


def kind_of(row: Json) -> str:
    decision: str = row["decision"].partition(":")[0]
    return "pause over 1 s" if decision == "continue" and row["pause_ms"] > 1000 else decision


def result(
    name: str, unit: str, values: list[float], target: float | None, *, up: bool = False
) -> Json:
    p50, p95, p99 = (float(np.percentile(values or [0.0], q)) for q in (50, 95, 99))
    ok = target is None or (p50 >= target if up else p95 <= target)
    rounded = {"p50": round(p50, 1), "p95": round(p95, 1), "p99": round(p99, 1)}
    return {"name": name, "unit": unit, "n": len(values), **rounded, "target": target, "ok": ok}


def line_of(row: Json) -> str:
    if row["silent_after_ms"] is not None:
        figure = f"silent after {row['silent_after_ms']:5d} ms"
    elif row["pause_ms"] is not None:
        figure = f"paused for   {row['pause_ms']:5d} ms"
    else:
        figure = ""
    verdict = "right" if row["right"] else "WRONG"
    return (
        f"{row['case']:32} {row['expected']:>8} -> {row['decision']:8} {verdict}  {figure:22}  "
        f"{row['text']!r}"
    )


def show(report: Json) -> None:
    columns = list(report["confusion"]["stop"])
    say(f"\n{'expected':12}" + "".join(f"{name:>16}" for name in columns))
    for expected, counts in report["confusion"].items():
        say(f"{expected:12}" + "".join(f"{counts[name]:16d}" for name in columns))
    for one in report["results"]:
        say(
            f"{one['name']:24} p50 {one['p50']:7.1f}  p95 {one['p95']:7.1f} {one['unit']:6} "
            f"n {one['n']:3d}  {'ok' if one['ok'] else 'MISSED'}"
        )
    for row in report["turns"]:
        if not row["right"]:
            say(f"wrong: {row['case']} ({row['note']}): {row['stored']}")
    say("ok" if report["ok"] else "NOT ok: under 95 % right, or a stop was missed")


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="tests.bench.overlap", description=__doc__)
    parser.add_argument("--cases", type=Path, help="folder with cases.csv; default: our own set")
    parser.add_argument("--at-once", type=int, default=AT_ONCE, help="calls at a time")
    parser.add_argument("--only", action="append", help="cases whose name has this in it")
    parser.add_argument(
        "--ears", choices=["committed", "streaming", "none"], help="overlap_ears of the profile"
    )
    parser.add_argument("--tapes", type=Path, help="keep each call's tape in this folder")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(parse(sys.argv[1:]))))
    except (CasesError, CaseFailed) as error:
        sys.exit(f"overlap: {error}")
