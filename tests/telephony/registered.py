"""An agent worker as livekit-server sees one (argv: url, token, agent's name): takes each job.

Prints "registered", then the room of each job it is offered; never starts one. Ends by its input.
"""

from __future__ import annotations

import asyncio
import sys

import aiohttp
from livekit.protocol.agent import ServerMessage, WorkerMessage


def say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def work(url: str, token: str, name: str) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{url}/agent", headers=headers) as socket,
    ):
        register = WorkerMessage()
        register.register.agent_name = name
        register.register.version = "1"
        register.register.allowed_permissions.agent = True
        await socket.send_bytes(register.SerializeToString())
        async for message in socket:
            heard = ServerMessage.FromString(message.data)
            if heard.HasField("register"):
                say("registered")
            if heard.HasField("availability"):
                job = heard.availability.job
                answer = WorkerMessage()
                answer.availability.job_id = job.id
                answer.availability.available = True
                answer.availability.participant_identity = f"agent-{job.id}"
                await socket.send_bytes(answer.SerializeToString())
                say(job.room.name)


async def main() -> None:
    working = asyncio.create_task(work(*sys.argv[1:]))
    await asyncio.to_thread(sys.stdin.read)
    working.cancel()


asyncio.run(main())
