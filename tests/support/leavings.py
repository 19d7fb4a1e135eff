"""What a hand-over may leave behind, looked for where it would be: LiveKit, database, worker."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from pathlib import Path

import httpx
import psycopg
from livekit import api as lk

from tests.support.faults import environment, livekit, room_of
from tests.support.stack import Json

RESERVED = """
SELECT human.name, call.caller_number FROM telephony_humanendpoint human
JOIN telephony_call call ON call.id = human.reserved_call_id
"""
OPEN_TRANSFERS = """
SELECT transfer.state, call.caller_number FROM telephony_transfer transfer
JOIN telephony_call call ON call.id = transfer.call_id WHERE transfer.ended_at IS NULL
"""

MESSAGES = """
SELECT message.path, call.caller_number FROM telephony_message message
JOIN telephony_call call ON call.id = message.call_id
"""


def messages_of(stack: Json, caller_number: str) -> list[Path]:
    """The recordings of the messages that this caller has left."""
    folder = Path(environment(stack, "web")["RECORDINGS_DIR"])
    return [folder / path for path in _rows(stack, MESSAGES, caller_number)]


async def nothing_left(stack: Json, caller_number: str, within_s: float = 10.0) -> None:
    """Within the time: no room of this caller, nobody reserved, no open transfer, no job."""
    deadline = time.monotonic() + within_s
    while left := await _left(stack, caller_number):
        assert time.monotonic() < deadline, f"left behind: {left}"
        await asyncio.sleep(0.2)


async def no_human_left(stack: Json, caller_number: str, within_s: float = 5.0) -> None:
    """Within the time no human is in this caller's room, who is still there."""
    room = await room_of(stack, caller_number)
    deadline = time.monotonic() + within_s
    async with livekit(stack) as client:
        while True:
            asked = lk.ListParticipantsRequest(room=room)
            there = [p.identity for p in (await client.room.list_participants(asked)).participants]
            assert any(identity.startswith("sip_") for identity in there), there
            humans = [identity for identity in there if identity.startswith("human_")]
            if not humans:
                return
            assert time.monotonic() < deadline, f"still in the room: {humans}"
            await asyncio.sleep(0.2)


async def _left(stack: Json, caller_number: str) -> dict[str, list[str]]:
    async with livekit(stack) as client:
        listed = await client.room.list_rooms(lk.ListRoomsRequest())
    found = {
        "rooms": [r.name for r in listed.rooms if caller_number.lstrip("+") in r.name],
        "reserved": _rows(stack, RESERVED, caller_number),
        "open transfers": _rows(stack, OPEN_TRANSFERS, caller_number),
        "jobs": await _jobs(stack),
    }
    return {what: names for what, names in found.items() if names}


def _rows(stack: Json, sql: str, caller_number: str) -> list[str]:
    """The first column of the rows of this caller, whose number is the second one."""
    url = environment(stack, "web")["DATABASE_URL"]
    path = url.removeprefix("sqlite:///")
    connection = psycopg.connect(url) if path == url else sqlite3.connect(path, timeout=10)
    with contextlib.closing(connection) as database:
        return [name for name, number in database.execute(sql) if number == caller_number]


async def _jobs(stack: Json) -> list[str]:
    """One for each call that the stack's own worker is busy with; a dead one is with none."""
    port = environment(stack, "web")["WORKER_HTTP_PORT"]
    async with httpx.AsyncClient(trust_env=False) as client:
        try:
            told = (await client.get(f"http://127.0.0.1:{port}/worker")).json()
        except httpx.TransportError:
            return []
    return ["job"] * int(told.get("active_jobs", 0))
