"""What the product is measured beside: the half-cascade of livekit-agents' documentation, bare.

A Realtime model in text modality with the server's VAD (300 ms of silence), Cartesia's voice, and
the defaults for everything else. Two things differ from the documentation, and only because the
comparison could not be made without: it counts slots (the default refuses calls by the machine's
load), and it takes the providers' addresses from the environment.

Run as ``python -m tests.bench.plain_worker`` with LIVEKIT_*, OPENAI_*, CARTESIA_* and
PLAIN_AGENT_NAME, PLAIN_CALLS; ends with SIGTERM.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal

from livekit.agents import Agent, AgentServer, AgentSession, JobContext
from livekit.plugins import cartesia, openai
from openai.types.realtime.realtime_audio_input_turn_detection import ServerVad

from tests.bench.bench_numbers import GREETING, INSTRUCTIONS

CALLS = int(os.environ.get("PLAIN_CALLS", "16"))


async def answer_call(ctx: JobContext) -> None:
    session: AgentSession[None] = AgentSession(
        llm=openai.realtime.RealtimeModel(
            modalities=["text"],
            turn_detection=ServerVad(type="server_vad", silence_duration_ms=300),
        ),
        tts=cartesia.TTS(base_url=os.environ["CARTESIA_BASE_URL"]),
    )
    await session.start(room=ctx.room, agent=Agent(instructions=INSTRUCTIONS))
    await ctx.connect()
    await session.generate_reply(instructions=f'Greet the caller with "{GREETING}"')


def slots(server: AgentServer) -> float:
    return min(1.0, len(server.active_jobs) / CALLS)


def build_server() -> AgentServer:
    server = AgentServer(load_fnc=slots, load_threshold=1.0, host="127.0.0.1", port=0)
    server.rtc_session(answer_call, agent_name=os.environ["PLAIN_AGENT_NAME"])
    return server


async def serve() -> None:
    server = build_server()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running = asyncio.create_task(server.run(devmode=False))
    stopped = asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()
    with contextlib.suppress(TimeoutError):
        await server.drain(timeout=2)
    await server.aclose()


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)  # "registered worker" is waited for
    asyncio.run(serve())
