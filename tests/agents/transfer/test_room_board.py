"""The real board: what a human's telephone is sent, and what is heard of its leg."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from uuid import uuid4

import numpy as np
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from livekit import api, rtc
from livekit.protocol import sip

from agents.transfer import cold, room_board
from agents.transfer.board import BoardError
from agents.transfer.headers import headers_for
from agents.transfer.leg import Leg
from agents.transfer.room_board import RoomBoard
from agents.turn_taking.line_audio import SESSION_RATE
from deploy.local.phone import Phone, PhoneCall
from telephony.contracts import HumanOffer, HumanSpec
from tests.unit.sipbridge import rig
from tests.unit.sipbridge.guest import Guest, guest_in

AGENT_HZ = 500
CALLED, CARRIERS = "+15550155", "+15550177"
# RFC 3261 18.1.1: what still goes over UDP.
MOST_INVITE_BYTES = 1_300


@pytest.fixture
async def sip_api(server: rig.Server, bridge: rig.BridgeProcess) -> AsyncIterator[api.LiveKitAPI]:
    async with server.api(bridge.http_url) as client:
        yield client


@pytest.fixture
async def board(server: rig.Server, sip_api: api.LiveKitAPI) -> AsyncIterator[RoomBoard]:
    room = await server.join("agent", f"board-{uuid4().hex[:8]}")
    async with server.api() as rooms:
        yield RoomBoard(room, "sip_caller", rooms, sip_api, shown_number=CALLED)
    await room.disconnect()


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    async with await Phone.start(user="human") as started:
        yield started


def at_a_desk(phone: Phone) -> HumanSpec:
    host = f"127.0.0.1:{phone.address[1]}"
    return HumanSpec(id=1, name="Anna", user="human", host=host, trusted=True, ring_s=5)


async def over_a_trunk(sip_api: api.LiveKitAPI, phone: Phone) -> HumanSpec:
    trunk = sip.SIPOutboundTrunkInfo(
        name="carrier",
        address=f"127.0.0.1:{phone.address[1]}",
        numbers=[CARRIERS],
        auth_username="+4930123456789",
        auth_password="hush",
    )
    made = await sip_api.sip.create_outbound_trunk(sip.CreateSIPOutboundTrunkRequest(trunk=trunk))
    human = replace(at_a_desk(phone), user="+15550777", host="")
    return replace(human, livekit_trunk_id=made.sip_trunk_id)


async def invites(
    board: RoomBoard, human: HumanSpec, phone: Phone, headers: Mapping[str, str], *, asks: bool
) -> list[PhoneCall]:
    """The INVITEs that came; ``asks``: the first is answered by a carrier's wish for a password."""
    dial = asyncio.create_task(board.dial(Leg("human_t1_1", human), headers))
    came = [await phone.wait_for_call(5)]
    if asks:
        assert came[0].incoming is not None
        came[0].incoming.challenge("sip.carrier.example.com", proxy=True)
        came.append(await phone.wait_for_call(5))
    await came[-1].refuse(486)
    with pytest.raises(BoardError) as refused:
        await dial
    assert refused.value.sip_status == 486
    return came


def size(call: PhoneCall) -> int:
    assert call.incoming is not None
    return len(bytes(call.incoming._transaction.request.message))


def shown(call: PhoneCall) -> str:
    assert call.incoming is not None
    return call.incoming.from_user


async def test_a_desk_sees_the_number_called_and_a_carrier_one_of_its_own(
    board: RoomBoard, sip_api: api.LiveKitAPI, phone: Phone
) -> None:
    human = await over_a_trunk(sip_api, phone)
    assert [shown(c) for c in await invites(board, human, phone, {}, asks=False)] == [CARRIERS]
    desk = at_a_desk(phone)
    assert [shown(c) for c in await invites(board, desk, phone, {}, asks=False)] == [CALLED]


@pytest.mark.parametrize("asks", [False, True], ids=["no password", "password"])
async def test_the_way_to_the_transcript_fits_into_an_invite(
    board: RoomBoard, sip_api: api.LiveKitAPI, phone: Phone, *, asks: bool
) -> None:
    human = await over_a_trunk(sip_api, phone) if asks else at_a_desk(phone)
    call_id = uuid4()
    url = f"https://calls.example.com/calls/{call_id}/handoff/"
    offer = HumanOffer(human=human, transcript_url=url, access_code="")
    headers = headers_for(offer, call_id, "They said: where is my order? " * 40)
    assert ("X-Handoff-Summary" in headers) is not asks
    for call in await invites(board, human, phone, headers, asks=asks):
        assert size(call) <= MOST_INVITE_BYTES
        assert call.headers["x-transcript-url"] == url
        assert call.headers["x-call-id"] == str(call_id)


async def test_a_leg_rings_as_long_as_its_human_wants_and_no_longer(
    board: RoomBoard, phone: Phone
) -> None:
    human = replace(at_a_desk(phone), ring_s=1)
    dial = asyncio.create_task(board.dial(Leg("human_t1_1", human), {}))
    rings = await phone.wait_for_call(5)
    rings.ring()
    assert rings.incoming is not None
    await asyncio.wait_for(rings.incoming.cancelled.wait(), 5)
    with pytest.raises(BoardError):
        await dial


async def test_a_refer_whose_connection_breaks_is_no_refusal(server: rig.Server) -> None:
    async def breaks(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    app = web.Application()
    app.router.add_post("/{any:.*}", breaks)
    room = await server.join("agent", f"board-{uuid4().hex[:8]}")
    async with TestServer(app) as broken, server.api(str(broken.make_url("/"))) as sip_api:
        board = RoomBoard(room, "sip_caller", sip_api, sip_api)
        with pytest.raises(BoardError) as error:
            await board.refer("sip:anna@127.0.0.1:1", 5)
    await room.disconnect()
    assert error.value.sip_status is None
    assert str(error.value) not in cold._REFUSED


async def test_a_leg_is_listened_to_from_its_first_audio_on(
    board: RoomBoard, server: rig.Server
) -> None:
    async with guest_in(server, board._room.name, "human_t1_1") as late:
        first = asyncio.ensure_future(anext(board.audio("human_t1_1")))
        await asyncio.sleep(0.5)
        assert not first.done()
        await late.speak(660)
        frame = await asyncio.wait_for(first, 5)
    assert (frame.sample_rate, frame.num_channels) == (24_000, 1)


async def test_a_leg_without_audio_is_not_waited_for_without_end(
    board: RoomBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room_board, "PUBLISH_TIMEOUT_S", 0.2)
    with pytest.raises(TimeoutError):
        await anext(board.audio("human_t1_1"))


async def play_tone(source: rtc.AudioSource) -> None:
    times = np.arange(SESSION_RATE) / SESSION_RATE
    second = (8000 * np.sin(2 * np.pi * AGENT_HZ * times)).astype(np.int16).reshape(50, -1)
    while True:
        for pcm in second:
            frame = rtc.AudioFrame(pcm.tobytes(), SESSION_RATE, 1, len(pcm))
            await source.capture_frame(frame)


async def hears(guest: Guest) -> bool:
    """Whether any sound of the agent comes to them."""
    already = len(guest.heard.get("agent", b""))
    await asyncio.sleep(0.5)
    came = np.frombuffer(bytes(guest.heard.get("agent", b""))[already:], np.int16)
    return bool(came.size and came.max() > 1_000)


async def test_the_agent_is_the_callers_at_any_time_and_nobody_elses_since_a_hand_over(
    board: RoomBoard, server: rig.Server
) -> None:
    agent = await server.join("agent", f"board-{uuid4().hex[:8]}")
    board = RoomBoard(agent, board.caller, board._rooms, board._sip)
    source = rtc.AudioSource(SESSION_RATE, 1)
    track = rtc.LocalAudioTrack.create_audio_track("agent", source)
    await agent.local_participant.publish_track(track)
    speaking = asyncio.create_task(play_tone(source))
    async with (
        guest_in(server, agent.name, board.caller) as caller,
        guest_in(server, agent.name, "human_t1_1") as human,
    ):
        await asyncio.sleep(1.0)
        assert [await hears(caller), await hears(human)] == [True, True]
        board.permit({board.caller: [await board.open_track("hold")]})
        await asyncio.sleep(1.0)
        assert [await hears(caller), await hears(human)] == [True, False]
        board.permit(None)
        await asyncio.sleep(1.0)
        assert [await hears(caller), await hears(human)] == [True, False]
    speaking.cancel()
    await agent.disconnect()
