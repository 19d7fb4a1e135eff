"""Joins a room (argv: url, token), prints "joined", leaves when its input closes.

A process of its own: the native half of the livekit package may abort the interpreter that ends
while a connection winds down, which must not be the test run's.
"""

from __future__ import annotations

import asyncio
import os
import sys

from livekit import rtc


async def main() -> None:
    room = rtc.Room()
    await room.connect(sys.argv[1], sys.argv[2])
    sys.stdout.write("joined\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await room.disconnect()


asyncio.run(main())
os._exit(0)
