"""A whole transfer in a real room: livekit-server, the bridge, the caller's and the human's phone.

The caller and the human are tones; hold music and briefing are what the worker makes.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import aiohttp
import numpy as np
import pytest
from livekit import api, rtc

from agents.assembly import Assembly
from agents.call_context import CallClock
from agents.config import WorkerConfig
from agents.transfer.room_board import RoomBoard
from agents.transfer.sentences import PRESS
from agents.turn_taking.playout import Playout
from deploy.local.phone import Phone, PhoneCall
from telephony.contracts import CallPlan, HandoffSpec, HumanSpec, TeamSpec
from telephony.enums import TransferCause, TurnDetection
from tests.support.call_fakes import FakeLine, ListStore
from tests.support.studio import Ear, persona
from tests.unit.sipbridge import rig
from tests.unit.sipbridge.guest import tone, tone_level

# Above what a voice has much of: the briefing must not be taken for the caller.
CALLER_HZ, HUMAN_HZ = 3150, 2850
HEARD, SILENT = 2000.0, 500.0
WINDOW_MS = 100


def windows(heard: bytes, hz: int) -> list[float]:
    """The level of a tone in each 100 ms of what a phone heard."""
    size = WINDOW_MS * 16
    return [tone_level(heard[i : i + size], hz) for i in range(0, len(heard) - size + 1, size)]


class Stage:
    """A caller in a room, the worker's part of it, and a human's phone."""

    def __init__(
        self, room: rtc.Room, parts: Assembly, store: ListStore, caller: PhoneCall
    ) -> None:
        self.room, self.parts, self.store, self.caller = room, parts, store, caller

    async def state(self, wanted: str, timeout_s: float = 15.0) -> None:
        async with asyncio.timeout(timeout_s):
            while wanted not in self.store.states:
                await asyncio.sleep(0.01)


@pytest.fixture
async def human() -> AsyncIterator[Phone]:
    async with await Phone.start(user="human") as phone:
        yield phone


@pytest.fixture
async def stage(
    server: rig.Server,
    bridge: rig.BridgeProcess,
    config: WorkerConfig,
    human: Phone,
    tmp_path: Path,
) -> AsyncIterator[Stage]:
    anna = HumanSpec(
        id=1, name="Anna", user="human", host=f"127.0.0.1:{human.address[1]}", trusted=True
    )
    number = f"+1555{secrets.randbelow(10**7):07d}"  # a second try finds nothing of the first
    async with (
        server.api() as rooms,
        server.api(bridge.http_url) as sip,
        await Phone.start(user="+15550144") as phone,
        aiohttp.ClientSession() as http,
    ):
        await rig.add_number(sip, number, prefix=f"call_{number}")
        dialling = asyncio.create_task(phone.dial(bridge.uri(number)))
        name = await rig.room_named(rooms, f"call_{number}")
        room = await server.join("agent", name)
        caller = await asyncio.wait_for(dialling, 5)
        plan = CallPlan(
            call_id=uuid4(),
            called_number=number,
            caller_number="+15550144",
            persona=replace(
                persona("", (), TurnDetection.CLIENT), handoff=HandoffSpec(default_team="service")
            ),
            opening_hours=None,
            max_duration_s=60,
            teams=(TeamSpec(key="service", name="Service", humans=(anna,)),),
        )
        store = ListStore()
        parts = Assembly(
            plan,
            replace(config, recordings_dir=tmp_path),
            line=FakeLine(),
            store=store,
            clock=CallClock(),
            playout=Playout(Ear(4.0)),
            http=http,
        )
        parts.call.mark_answered()
        board = RoomBoard(room, "sip_+15550144", rooms, sip, shown_number=number)
        parts.attach_room(room, board.caller, board)
        playing = asyncio.create_task(_play_on(caller, CALLER_HZ))
        try:
            yield Stage(room, parts, store, caller)
        finally:
            playing.cancel()
            await asyncio.gather(playing, return_exceptions=True)
            await caller.hangup()
            await parts.call.finish()
            await room.disconnect()
            await rooms.room.delete_room(api.DeleteRoomRequest(room=name))


async def _play_on(call: PhoneCall, hz: int) -> None:
    while True:
        await call.play(tone(hz, 1000))


def longest_silence_ms(heard: bytes, *, from_ms: int) -> int:
    """Of what a phone heard, 20 ms by 20 ms, below -55 dBFS."""
    samples = np.frombuffer(heard, np.int16)[from_ms * 8 :]
    frames = samples[: len(samples) // 160 * 160].reshape(-1, 160).astype(np.float64)
    quiet = np.sqrt((frames**2).mean(axis=1)) < 60
    longest = run = 0
    for silent in quiet:
        run = run + 20 if silent else 0
        longest = max(longest, run)
    return longest


async def test_a_warm_transfer_leaks_nothing_and_joins_both_without_a_gap(
    stage: Stage, human: Phone
) -> None:
    async with asyncio.timeout(20):
        while not stage.parts.call.phrases.ready(PRESS):
            await asyncio.sleep(0.05)
    began_ms = stage.caller.now_ms
    assert stage.parts.desk.request(TransferCause.CALLER_ASKED, why="about a refund")
    ringing = await human.wait_for_call(10)
    ringing.ring()
    assert ringing.headers["x-call-id"] == str(stage.parts.call.plan.call_id)
    await asyncio.sleep(0.3)
    await ringing.answer()
    talking = asyncio.create_task(_play_on(ringing, HUMAN_HZ))
    await stage.state("briefing")
    await asyncio.sleep(2.0)
    accepted_human_ms, accepted_caller_ms = ringing.now_ms, stage.caller.now_ms
    await ringing.dtmf("1")
    await stage.state("merged")
    await asyncio.sleep(1.5)
    talking.cancel()
    human_heard, caller_heard = bytes(ringing.tape.heard), bytes(stage.caller.tape.heard)
    await ringing.hangup()
    await stage.state("completed")
    # Before: nobody hears the other, from the first packet on.
    before = accepted_human_ms // WINDOW_MS
    assert max(windows(human_heard, CALLER_HZ)[:before]) < SILENT
    before = accepted_caller_ms // WINDOW_MS
    assert max(windows(caller_heard, HUMAN_HZ)[:before]) < SILENT
    # After: both do.
    assert windows(human_heard, CALLER_HZ)[-4] > HEARD
    assert windows(caller_heard, HUMAN_HZ)[-4] > HEARD
    assert longest_silence_ms(caller_heard, from_ms=began_ms + 1500) <= 300


async def test_a_human_who_comes_after_being_given_up_is_put_out(server: rig.Server) -> None:
    room = await server.join("agent", "late")
    async with server.api() as rooms:
        board = RoomBoard(room, "sip_caller", rooms, rooms)
        await board.remove("human_t1_1")  # not there yet: harmless
        late = await server.join("human_t1_1", "late")
        async with asyncio.timeout(5):
            while late.isconnected():
                await asyncio.sleep(0.02)
    await room.disconnect()
