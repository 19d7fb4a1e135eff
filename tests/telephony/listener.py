"""Joins a room as participant.py does, and prints each data packet: topic, sender, content."""

from __future__ import annotations

import asyncio
import json
import os
import sys

from livekit import rtc


def tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


async def main() -> None:
    room = rtc.Room()

    def on_packet(packet: rtc.DataPacket) -> None:
        sender = packet.participant.identity if packet.participant else None
        tell(json.dumps([packet.topic, sender, packet.data.decode()]))

    room.on("data_received", on_packet)
    await room.connect(sys.argv[1], sys.argv[2])
    tell("joined")
    await asyncio.to_thread(sys.stdin.read)
    await room.disconnect()


asyncio.run(main())
os._exit(0)
