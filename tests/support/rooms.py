"""What LiveKit itself says of rooms, beside what the product says."""

from __future__ import annotations

import asyncio
import time

from livekit import api

from tests.support.stack import Json


def _livekit(stack: Json) -> api.LiveKitAPI:
    keys = stack["livekit"]
    url = keys["url"].replace("ws://", "http://")
    return api.LiveKitAPI(url, keys["api_key"], keys["api_secret"])


async def rooms_of(stack: Json, caller: str, *, count: int, within_s: float = 8.0) -> None:
    """Wait until this caller has that many rooms; raises AssertionError naming what is there."""
    async with _livekit(stack) as livekit:
        deadline = time.monotonic() + within_s
        while True:
            listed = await livekit.room.list_rooms(api.ListRoomsRequest())
            names = [room.name for room in listed.rooms if caller.lstrip("+") in room.name]
            if len(names) == count:
                return
            if time.monotonic() > deadline:
                raise AssertionError(f"{count} rooms expected of {caller}, there are {names}")
            await asyncio.sleep(0.2)


async def close_rooms_of(stack: Json, caller: str) -> None:
    """Delete this caller's rooms, as an operator would."""
    async with _livekit(stack) as livekit:
        listed = await livekit.room.list_rooms(api.ListRoomsRequest())
        for room in listed.rooms:
            if caller.lstrip("+") in room.name:
                await livekit.room.delete_room(api.DeleteRoomRequest(room=room.name))
