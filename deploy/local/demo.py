"""``make demo``: the stack up, one real SIP call through it, and whether the call held.

Writes ``VAR/demo.json`` and the tape; the exit code is 0 only when every promise of the call held.
The stack is left running in the background, unless ``--once`` was given.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import subprocess
import sys
import time
from pathlib import Path

import aiohttp

from deploy.local.binaries import ROOT
from deploy.local.demo_call import CallLog, Json, Verdict, order_call
from deploy.local.demo_handoff import handoff_call
from deploy.local.stack import say, stop_running
from deploy.local.stackfile import read_stack, running_pid, write_json

START_WITHIN_S = 120.0


def start_stack(var: Path) -> subprocess.Popen[bytes] | None:
    """Start a stack that outlives this command; None when one runs there already."""
    if running_pid(var) is not None:
        say(f"Using the stack that already runs in {var}.")
        return None
    (var / "log").mkdir(parents=True, exist_ok=True)
    with (var / "log" / "stack.log").open("w") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "deploy.local.stack", "--var", str(var)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C here does not end the stack we leave running
        )


def wait_for_stack(process: subprocess.Popen[bytes] | None, var: Path) -> Json | None:
    """Show the stack's own words until it is healthy. None when it gave up."""
    deadline = time.monotonic() + START_WITHIN_S
    log = var / "log" / "stack.log"
    with log.open() if process else contextlib.nullcontext() as words:
        while time.monotonic() < deadline:
            if words is not None:
                sys.stdout.write(words.read())
                sys.stdout.flush()
            if (stack := read_stack(var)) is not None:
                return stack
            if process is not None and process.poll() is not None:
                sys.stdout.write(words.read() if words is not None else "")
                return None
            time.sleep(0.1)
    say(f"The stack is not healthy after {START_WITHIN_S:.0f} s; its logs are in {var / 'log'}.")
    return None


async def place_calls(stack: Json, var: Path) -> list[Verdict]:
    stamp = time.strftime("%Y%m%d-%H%M%S")
    async with aiohttp.ClientSession() as http:
        log = CallLog(http, stack["web"]["url"], stack["web"]["api_token"])
        tapes = var / "tapes"
        return [
            await order_call(stack, log, tapes / f"demo-order-{stamp}.wav", say),
            await handoff_call(stack, log, tapes / f"demo-handoff-{stamp}.wav", say),
        ]


def report(verdicts: list[Verdict], var: Path) -> bool:
    root = ROOT if var.is_relative_to(ROOT) else var
    ok = all(verdict.ok for verdict in verdicts)
    write_json(var / "demo.json", {"ok": ok, "calls": [v.as_json(root) for v in verdicts]})
    for verdict in verdicts:
        ending = verdict.call.get("ending") or {}
        say(f"\nCall     {verdict.name}")
        say(f"Ending   {ending.get('result', '?')}: {ending.get('reason', '?')}")
        say(f"Tape     {verdict.tape}   (left: the caller, right: what the caller heard)")
        if verdict.human_tape:
            say(f"Tape     {verdict.human_tape}   (left: the human, right: what the human heard)")
        say(f"Greeting first heard {verdict.first_audio_ms} ms after the answer")
        for broken in verdict.broken:
            say(f"BROKEN   {broken}")
    return ok


def invite(stack: Json, call_id: str) -> None:
    """Where to look, for somebody who has a stack left running."""
    web = stack["web"]
    say(f"Record   {web['url']}/admin/telephony/call/{call_id}/change/")
    say(f"Admin    {web['url']}/admin/   user {web['user']}, password {web['password']}")
    say("\nThe stack is still up; `make stop` stops it.")


def main() -> int:
    parser = argparse.ArgumentParser(prog="deploy.local.demo", description=__doc__)
    parser.add_argument("--var", type=Path, default=Path("var"), help="folder for what it writes")
    parser.add_argument("--once", action="store_true", help="stop the stack after the call")
    options = parser.parse_args()
    var = options.var.resolve()
    (var / "demo.json").unlink(missing_ok=True)  # an old success must not outlive a failure
    say("The local stack: stand-ins play OpenAI, Cartesia and, unless installed, livekit-sip.\n")
    process = start_stack(var)
    ok = False
    try:
        stack = wait_for_stack(process, var)
        if stack is not None:
            verdicts = asyncio.run(place_calls(stack, var))
            ok = report(verdicts, var)
            if not options.once:
                invite(stack, verdicts[0].call.get("id", ""))
    finally:
        if options.once and process is not None:
            stop_running(var)
            process.wait()
    say("\nThe demo did what it says." if ok else "\nThe demo FAILED; logs: " + str(var / "log"))
    return 0 if ok else 1


if __name__ == "__main__":
    sys.exit(main())
