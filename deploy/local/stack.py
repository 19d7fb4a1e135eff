"""The whole contact centre on one machine: ``python -m deploy.local.stack [--var DIR]``.

Runs in the foreground until Ctrl-C (or ``stop``), loopback only, nothing as root. While every part
is healthy, ``DIR/stack.json`` says where everything is. What stands in for an outside service is
named so: the providers always, the SIP service unless livekit-sip is installed.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from deploy.local import parts
from deploy.local.binaries import ROOT, BinaryMissingError
from deploy.local.plan import DEMO_USER, DIGEST_USER, HOST, NUMBERS, Plan
from deploy.local.stackfile import StackRunsError, only_stack_in, running_pid, write_json
from deploy.local.supervisor import PartFailedError, Supervisor

STOP_WITHIN_S = 10.0


def say(line: str) -> None:
    print(line, flush=True)


async def run(var: Path) -> int:
    """Start everything, wait for a signal or a failure, stop everything. Returns the exit code."""
    plan = Plan(var=var)
    stack_json = var / "stack.json"

    def on_change() -> None:
        if supervisor.healthy:
            pids = {"stack": os.getpid(), **supervisor.pids()}
            write_json(stack_json, plan.describe(pids), mode=0o600)
        else:
            stack_json.unlink(missing_ok=True)

    supervisor = Supervisor(log_dir=var / "log", cwd=ROOT, say=say, on_change=on_change)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(sign, stop.set)

    started = asyncio.create_task(start_all(plan, supervisor))
    stopped = asyncio.create_task(stop.wait())
    code = 0
    try:
        await asyncio.wait({started, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if started.done():
            started.result()
            supervisor.set_healthy(True)
            greet(plan)
            until: set[asyncio.Future[Any]] = {stopped, supervisor.failed}
            await asyncio.wait(until, return_when=asyncio.FIRST_COMPLETED)
            if supervisor.failed.done():
                raise supervisor.failed.result()
    except (PartFailedError, BinaryMissingError) as error:
        say(f"\nThe stack cannot run: {error}")
        code = 1
    finally:
        for task in (started, stopped):
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError, PartFailedError, BinaryMissingError):
            await started
        say("Stopping ...")
        await supervisor.stop()
        say("Stopped.")
    return code


async def start_all(plan: Plan, supervisor: Supervisor) -> None:
    """Start the parts, what others stand on first; side by side where nothing forbids it."""
    # Trunks of a database that is gone would be somebody else's; sync-livekit makes them anew.
    parts.sip_state(plan).unlink(missing_ok=True)
    began = time.monotonic()
    env = plan.product_env()
    if (redis := parts.redis(plan)) is not None:
        await supervisor.start(redis)
    await side_by_side(
        supervisor.start(parts.livekit(plan)),
        supervisor.start(parts.providers(plan)),
        supervisor.start(parts.orders(plan)),
        supervisor.run_once("migrate", parts.manage("migrate"), env),
    )
    await side_by_side(
        reachable(plan, supervisor),
        supervisor.start(parts.web(plan)),
        supervisor.start(parts.celery_worker(plan)),
        supervisor.start(parts.celery_beat(plan)),
        supervisor.start(parts.agent_worker(plan)),
    )
    say(f"The stack is up after {time.monotonic() - began:.1f} s.")


async def reachable(plan: Plan, supervisor: Supervisor) -> None:
    """The demo's numbers can be dialled: the SIP service knows trunks and rules."""
    env = plan.product_env()
    await side_by_side(
        supervisor.start(parts.sip(plan)),
        supervisor.run_once("seed", seed_command(plan), env),
    )
    await supervisor.run_once("sync-livekit", parts.manage("sync_livekit"), env)


async def side_by_side(*starts: Coroutine[None, None, None]) -> None:
    """Run all; the first failure ends the others before it is raised (gather would leave them)."""
    try:
        async with asyncio.TaskGroup() as group:
            for start in starts:
                group.create_task(start)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None


def seed_command(plan: Plan) -> list[str]:
    return parts.manage(
        "seed_demo",
        *("--admin-user", DEMO_USER, "--api-token"),
        *("--order-webhook", f"http://{HOST}:{plan.orders_port}/demo/order-status"),
        *("--trunk-auth", f"{DIGEST_USER}:{plan.digest_password}"),
    )


def greet(plan: Plan) -> None:
    say(
        f"""
  Admin        {plan.web_url}/admin/   user {DEMO_USER}, password {plan.password}
  Dial         sip:{NUMBERS["shop"]}@{HOST}:{plan.sip_port}   (Nordwind Outdoor)
               sip:{NUMBERS["dental"]}@{HOST}:{plan.sip_port}   (Lakeside Dental)
  SIP service  {plan.sip_implementation}{_stand_in(plan)}
  Providers    stand-ins for OpenAI Realtime and Cartesia, settings at {plan.control_url}/
  Logs         {plan.var / "log"}
"""
    )


def _stand_in(plan: Plan) -> str:
    return "" if plan.livekit_sip else ", a stand-in for livekit-sip"


def stop_running(var: Path) -> int:
    """Stop the stack of this folder and wait for its end."""
    pid = running_pid(var)
    if pid is None:
        say(f"No stack runs in {var}.")
        return 0
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_WITHIN_S
    while running_pid(var) is not None and time.monotonic() < deadline:
        time.sleep(0.1)
    if running_pid(var) is not None:
        say(f"The stack (pid {pid}) did not stop within {STOP_WITHIN_S:.0f} s.")
        return 1
    say(f"The stack in {var} is stopped.")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(prog="deploy.local.stack", description=__doc__)
    parser.add_argument("action", nargs="?", choices=("run", "stop"), default="run")
    parser.add_argument("--var", type=Path, default=Path("var"), help="folder for what it writes")
    options = parser.parse_args()
    var = options.var.resolve()
    if options.action == "stop":
        return stop_running(var)
    var.mkdir(parents=True, exist_ok=True)
    try:
        with only_stack_in(var):
            return asyncio.run(run(var))
    except StackRunsError:
        say(f"A stack already runs in {var}: stop it (make stop), or name another VAR folder.")
    except BinaryMissingError as error:
        say(f"The stack cannot run: {error}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
