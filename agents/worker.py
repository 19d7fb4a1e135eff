"""The worker: `python -m agents.worker`. Joins calls, one process each, and knows when to stop.

The order in a call keeps two promises. The claim comes before anything is published or subscribed,
so one call has one agent. Everything is ready before the caller's track is subscribed to, which is
what answers the call, so the greeting follows the answer at once.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import math
import os
import signal
import sys
from collections.abc import Coroutine
from typing import Any

import django
from livekit import rtc
from livekit.agents import AgentServer, JobContext, JobProcess, JobRequest
from livekit.local_inference import init_eot

from agents.call_context import CallClock
from agents.config import LOOPBACK, ConfigError, WorkerConfig
from agents.fixed_phrases import NO_MODEL
from agents.log import let_livekit_write, quieten
from agents.ports import LineLostError, StoreUnavailableError
from agents.slots import Slots
from telephony.contracts import CallAlreadyClaimedError, CallRefusedError
from telephony.enums import EndingReason, EventKind

logger = logging.getLogger("agents.worker")

LEFTOVERS_EVERY_S = 30.0
PYTHON_NICE = 5
INITIALIZE_TIMEOUT_S = 60.0  # a busy machine starts several processes at once


def prewarm(process: JobProcess) -> None:
    """What each idle process does for itself; most was done for all of them in preload.py."""
    let_livekit_write()
    set_up_django()
    from agents.transfer import music

    process.userdata["config"] = config = WorkerConfig.from_env()
    init_eot()
    music.chosen(config.hold_music_file)
    _sound_first()
    # All this lives as long as the process: a full collection in a call would look through it for
    # 50 ms, and nobody is heard or answered meanwhile.
    gc.freeze()


def _sound_first() -> None:
    """Let WebRTC's threads go before Python's. On a full machine a packet that is taken late makes
    the jitter buffer longer for a minute, and each reply of that time later than Python ever would.
    """
    rtc.AudioResampler(48_000, 24_000)  # starts livekit's threads, which those of WebRTC come from
    os.nice(PYTHON_NICE)  # of this thread, and of those it starts from now on


async def answer_call(ctx: JobContext) -> None:
    """Take one call, or leave it without a trace when it is not ours to take."""
    from agents.assembly import Assembly
    from agents.line import RoomLine
    from agents.session import room_options
    from agents.store import DjangoHandoff, DjangoKnowledge, DjangoStore

    line, store, clock = RoomLine(ctx), DjangoStore(), CallClock()
    try:
        await line.join()
        plan = await store.open_call(await line.wait_for_caller())
    except (CallAlreadyClaimedError, LineLostError) as reason:
        ctx.shutdown(type(reason).__name__)
        return
    except (CallRefusedError, StoreUnavailableError) as reason:
        logger.warning("call refused: %s", getattr(reason, "reason", "store unavailable"))
        await line.hang_up()
        ctx.shutdown("refused")
        return
    ctx.log_context_fields = {"call_id": str(plan.call_id)}
    config = ctx.proc.userdata["config"]
    parts = Assembly(
        plan,
        config,
        line=line,
        store=store,
        clock=clock,
        playout=line.playout,
        knowledge=DjangoKnowledge(),
        handoff=DjangoHandoff(),
    )
    call = ctx.proc.userdata["call"] = parts.call
    call.recorder.event(EventKind.CALLER_JOINED)
    board = line.board(config, plan.called_number)
    parts.attach_room(ctx.room, line.caller_identity, board)
    if plan.resumed is not None:
        call.spawn(board.remove_strangers(), "strangers")
    try:
        await call.session.start(
            call.agent,
            room=ctx.room,
            room_options=room_options(line.caller_identity),
            session_host=False,
            record=False,
        )
        parts.session_started()
        await call.until_ended(line.publish_voice())
        if await call.until_ended(line.answer(call.mark_answered)):
            parts.answered()
    except LineLostError as error:
        call.end(EndingReason.SIP_FAILURE, detail=str(error))
    except Exception as error:
        logger.exception("the call could not be set up")
        call.end(EndingReason.INTERNAL_ERROR, detail=type(error).__name__, words=NO_MODEL)


async def finish_call(ctx: JobContext) -> None:
    """Runs after the session closed and before the room is left, however the job ended."""
    if (call := ctx.proc.userdata.get("call")) is not None:
        await call.finish()


def set_up_django() -> None:
    """Settings, models and logging as the web side has them."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "contactcenter.settings")
    django.setup()
    quieten()


def build_server(config: WorkerConfig) -> AgentServer:
    slots = Slots(config.max_calls)

    async def take(request: JobRequest) -> None:
        await slots.take(server, request)

    server = AgentServer(
        setup_fnc=prewarm,
        load_fnc=slots.load,
        load_threshold=math.inf,  # the slots say what is too much
        num_idle_processes=min(config.idle_processes, config.max_calls),
        initialize_process_timeout=INITIALIZE_TIMEOUT_S,
        drain_timeout=config.drain_timeout_s,
        session_end_timeout=40.0,
        host=LOOPBACK,
        port=config.http_port,
        ws_url=config.livekit_url,
        api_key=config.livekit_api_key,
        api_secret=config.livekit_api_secret,
        preload_modules=["agents.preload"],
    )
    server.rtc_session(
        answer_call,
        agent_name=config.agent_name,
        on_request=take,
        on_session_end=finish_call,
    )
    return server


async def serve(config: WorkerConfig) -> None:
    """Run until SIGTERM or SIGINT; calls may finish first. A second signal does not wait."""
    server = build_server(config)
    stop, hurry = asyncio.Event(), asyncio.Event()

    def on_signal() -> None:
        (hurry if stop.is_set() else stop).set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, on_signal)
    running = asyncio.create_task(server.run(devmode=False))
    beside = [asyncio.create_task(work) for work in (_store_leftovers(), _keep_phrases(config))]
    try:
        await _either(running, stop.wait())
        if running.done():
            running.result()
            return
        draining = asyncio.create_task(_drain(server))
        await _either(draining, hurry.wait())
        # Draining holds the lock that closing needs.
        draining.cancel()
        await asyncio.gather(draining, return_exceptions=True)
    finally:
        for task in beside:
            task.cancel()
        await server.aclose()


async def _store_leftovers() -> None:
    """What killed processes of this machine left: Celery may run where it cannot see the spool."""
    from agents.store import store_left_records

    while True:
        try:
            if stored := await asyncio.to_thread(store_left_records):
                logger.warning("%d left files of records stored", stored)
        except Exception as error:
            logger.error("the spool cannot be stored: %s", type(error).__name__)
        await asyncio.sleep(LEFTOVERS_EVERY_S)


async def _keep_phrases(config: WorkerConfig) -> None:
    """The first caller of a persona hears its sentences as at once as any other."""
    from agents.kept_phrases import keep_phrases
    from agents.store import answering_personas

    await keep_phrases(config, answering_personas)


async def _drain(server: AgentServer) -> None:
    try:
        await server.drain()
    except TimeoutError:
        logger.warning("calls still run after the drain time-out; they are ended now")


async def _either(task: asyncio.Task[None], signal_came: Coroutine[Any, Any, object]) -> None:
    waiting = asyncio.create_task(signal_came)
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()


def main() -> int:
    # livekit-agents' own watch of the loop wakes each process a hundred times a second for what
    # behaviors/loop_blocked.py measures with twenty. It can say where: set it to find that out.
    os.environ.setdefault("LIVEKIT_AGENTS_LOOP_BLOCK_WARN_MS", "0")
    try:
        set_up_django()
        config = WorkerConfig.from_env()
        from agents.providers.registry import check

        check(config)
    except ConfigError as error:
        print(error, file=sys.stderr)  # noqa: T201 - for whoever starts it
        return 2
    asyncio.run(serve(config))
    return 0


if __name__ == "__main__":
    sys.exit(main())
