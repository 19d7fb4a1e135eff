"""Phones that are called: CreateSIPParticipant with livekit-api, a real phone, a real room."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from livekit import api, rtc
from livekit.api.twirp_client import SipCallError, TwirpError
from livekit.protocol import sip

from deploy.local.phone import Phone, PhoneCall
from tests.unit.sipbridge import rig
from tests.unit.sipbridge.guest import Guest, guest_in, tone, tone_level

HEARD = 1000.0


def place(
    sip_api: api.LiveKitAPI, phone: Phone, room: str, **fields: Any
) -> Awaitable[sip.SIPParticipantInfo]:
    """Dial ``phone`` into ``room`` over a trunk that comes with the request."""
    request: dict[str, Any] = {
        "trunk": sip.SIPOutboundConfig(hostname=f"127.0.0.1:{phone.address[1]}"),
        "sip_number": "+15550100",
        "sip_call_to": phone.user,
        "room_name": room,
        "participant_identity": "human",
        "wait_until_answered": True,
        **fields,
    }
    return sip_api.sip.create_sip_participant(sip.CreateSIPParticipantRequest(**request))


async def ringing(phone: Phone) -> PhoneCall:
    call = await phone.wait_for_call(3)
    call.ring()
    return call


async def gone(guest: Guest) -> int:
    await guest.until(lambda: "human" in guest.left)
    return guest.left["human"]


async def test_an_answered_phone_is_in_the_room_with_its_name_and_attributes(
    server: rig.Server, sip_api: api.LiveKitAPI, bridge: rig.BridgeProcess, phone: Phone
) -> None:
    made = await sip_api.sip.create_outbound_trunk(
        sip.CreateSIPOutboundTrunkRequest(
            trunk=sip.SIPOutboundTrunkInfo(
                address=f"127.0.0.1:{phone.address[1]}", numbers=["+15550177"]
            )
        )
    )
    room = f"out-{phone.user}"
    async with guest_in(server, room) as guest:
        await guest.speak(600)
        placed = asyncio.ensure_future(
            place(
                sip_api,
                phone,
                room,
                trunk=None,
                sip_number="",
                sip_trunk_id=made.sip_trunk_id,
                participant_name="A human",
                participant_metadata="m",
                participant_attributes={"team": "sales"},
                headers={"X-Transcript": "t-1"},
                display_name="Contact centre",
            )
        )
        call = await ringing(phone)
        assert call.headers["x-transcript"] == "t-1"
        assert call.incoming is not None
        assert (call.incoming.from_user, call.incoming.from_display) == (
            "+15550177",
            "Contact centre",
        )
        await guest.until(lambda: guest.statuses.get("human") == ["dialing", "ringing"])
        assert not placed.done()
        await call.answer()
        info = await asyncio.wait_for(placed, 2)
        await guest.until(lambda: guest.statuses["human"][-1] == "active")
        leg = guest.sip_legs["human"]
        assert (info.participant_id, info.participant_identity) == (leg.sid, "human")
        assert (info.room_name, leg.name, leg.metadata) == (room, "A human", "m")
        assert info.sip_call_id == leg.attributes["sip.callID"]
        assert leg.attributes["sip.callIDFull"] == call.sip_call_id
        assert leg.attributes["sip.phoneNumber"] == phone.user
        assert leg.attributes["sip.trunkPhoneNumber"] == "+15550177"
        assert leg.attributes["team"] == "sales"
        await call.play(tone(1000, 900))
        assert tone_level(call.tape.heard[-6400:], 600) > HEARD
        assert tone_level(bytes(guest.heard["human"][-6400:]), 1000) > HEARD
        await call.hangup()
        assert await gone(guest) == rtc.DisconnectReason.CLIENT_INITIATED
        assert guest.statuses["human"] == ["dialing", "ringing", "active", "hangup"]


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (486, "resource_exhausted", rtc.DisconnectReason.USER_REJECTED),
        (480, "resource_exhausted", rtc.DisconnectReason.USER_UNAVAILABLE),
        # The leg leaves with SIP_TRUNK_FAILURE; livekit-server 1.13 passes only the two above on.
        (500, "failed_precondition", rtc.DisconnectReason.CLIENT_INITIATED),
    ],
)
async def test_a_refused_call_tells_the_caller_of_the_api_and_the_room_why(
    server: rig.Server,
    sip_api: api.LiveKitAPI,
    bridge: rig.BridgeProcess,
    phone: Phone,
    status: int,
    code: str,
    reason: int,
) -> None:
    room = f"out-{phone.user}"
    async with guest_in(server, room) as guest:
        placed = asyncio.ensure_future(place(sip_api, phone, room))
        await (await ringing(phone)).refuse(status)
        with pytest.raises(SipCallError) as failed:
            await asyncio.wait_for(placed, 3)
        assert (failed.value.sip_status_code, failed.value.code) == (status, code)
        assert failed.value.sip_status
        assert await gone(guest) == reason


async def test_an_invite_too_large_for_udp_is_not_sent(
    server: rig.Server, sip_api: api.LiveKitAPI, bridge: rig.BridgeProcess, phone: Phone
) -> None:
    room = f"out-{phone.user}"
    async with guest_in(server, room) as guest:
        with pytest.raises(TwirpError) as failed:
            await place(sip_api, phone, room, headers={"X-Summary": "s" * 900})
        assert failed.value.code == "internal"
        await guest.until(lambda: "human" not in guest.sip_legs)
    placed = asyncio.ensure_future(place(sip_api, phone, room, headers={"X-Summary": "s" * 400}))
    await (await ringing(phone)).refuse(486)
    with pytest.raises(SipCallError):
        await asyncio.wait_for(placed, 3)


async def test_nobody_answers_in_time(
    server: rig.Server, sip_api: api.LiveKitAPI, bridge: rig.BridgeProcess, phone: Phone
) -> None:
    room = f"out-{phone.user}"
    async with guest_in(server, room) as guest:
        placed = asyncio.ensure_future(
            place(sip_api, phone, room, ringing_timeout=Duration(seconds=1))
        )
        call = await ringing(phone)
        with pytest.raises(SipCallError) as failed:
            await asyncio.wait_for(placed, 3)
        assert failed.value.sip_status_code == 408
        assert call.incoming is not None
        await asyncio.wait_for(call.incoming.cancelled.wait(), 2)
        assert await gone(guest) == rtc.DisconnectReason.USER_UNAVAILABLE


async def test_a_room_that_closes_gives_the_call_up(
    server: rig.Server,
    sip_api: api.LiveKitAPI,
    livekit: api.LiveKitAPI,
    bridge: rig.BridgeProcess,
    phone: Phone,
) -> None:
    room = f"out-{phone.user}"
    async with guest_in(server, room):
        placed = asyncio.ensure_future(place(sip_api, phone, room))
        call = await ringing(phone)
        await livekit.room.delete_room(api.DeleteRoomRequest(room=room))
        assert call.incoming is not None
        await asyncio.wait_for(call.incoming.cancelled.wait(), 2)
        with pytest.raises(SipCallError) as failed:
            await asyncio.wait_for(placed, 2)
        assert failed.value.sip_status_code == 487


async def test_without_waiting_the_answer_comes_while_it_rings_with_a_tone_in_the_room(
    server: rig.Server, sip_api: api.LiveKitAPI, bridge: rig.BridgeProcess, phone: Phone
) -> None:
    room = f"out-{phone.user}"
    async with guest_in(server, room) as guest:
        await guest.speak(600)
        info = await place(sip_api, phone, room, wait_until_answered=False, play_dialtone=True)
        assert info.participant_id.startswith("PA_")
        call = await ringing(phone)
        await guest.until(
            lambda: tone_level(bytes(guest.heard.get("human", b"")[-1600:]), 425) > HEARD
        )
        await call.answer()
        # Nothing of the room was kept for the answer: what is heard is of now.
        await guest.until(lambda: tone_level(call.tape.heard[-1600:], 600) > HEARD)
        await call.hangup()


async def test_keys_are_pressed_after_the_answer(
    server: rig.Server, sip_api: api.LiveKitAPI, bridge: rig.BridgeProcess, phone: Phone
) -> None:
    room = f"out-{phone.user}"
    async with guest_in(server, room) as guest:
        placed = asyncio.ensure_future(place(sip_api, phone, room, dtmf="1w#"))
        call = await ringing(phone)
        await call.answer()
        assert await call.wait_for_keys(2, 3) == "1#"
        await placed
        await guest.until(lambda: guest.statuses["human"][-2:] == ["automation", "active"])
        await call.hangup()


async def test_a_phone_with_credentials_is_answered_with_them(
    server: rig.Server, sip_api: api.LiveKitAPI, bridge: rig.BridgeProcess, phone: Phone
) -> None:
    room = f"out-{phone.user}"
    trunk = sip.SIPOutboundConfig(
        hostname=f"127.0.0.1:{phone.address[1]}", auth_username="u", auth_password="hush"
    )
    placed = asyncio.ensure_future(place(sip_api, phone, room, trunk=trunk))
    first = await phone.wait_for_call(3)
    assert first.incoming is not None
    first.incoming.challenge("carrier", proxy=True)
    second = await phone.wait_for_call(3)
    assert second.incoming is not None
    assert second.incoming.verify(lambda user: "hush" if user == "u" else None, "carrier") == "ok"
    await second.answer()
    await asyncio.wait_for(placed, 3)
    await second.hangup()
    assert "hush" not in bridge.log.read_text()


async def test_a_human_is_dialled_into_the_room_of_a_ringing_caller(
    server: rig.Server,
    sip_api: api.LiveKitAPI,
    livekit: api.LiveKitAPI,
    bridge: rig.BridgeProcess,
    phone: Phone,
) -> None:
    """No agent: the caller rings until the human's leg comes in, and then the two talk."""
    number = f"+1777{phone.user[-6:]}"
    await rig.add_number(sip_api, number)
    async with await Phone.start(user="human-phone") as human:
        dial = asyncio.create_task(phone.dial(bridge.uri(number)))
        room = await rig.room_named(livekit, f"call_{phone.user}_")
        placed = asyncio.ensure_future(place(sip_api, human, room))
        incoming = await ringing(human)
        await incoming.answer()
        caller = await asyncio.wait_for(dial, 3)
        await placed
        await asyncio.gather(caller.play(tone(600, 900)), incoming.play(tone(1000, 900)))
        assert tone_level(caller.tape.heard[-6400:], 1000) > HEARD
        assert tone_level(incoming.tape.heard[-6400:], 600) > HEARD
        await asyncio.gather(caller.hangup(), incoming.hangup())
