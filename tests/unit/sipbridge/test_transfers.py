"""TransferSIPParticipant with livekit-api: a phone in a room is asked to call another phone."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from typing import Any

import pytest
from google.protobuf.duration_pb2 import Duration
from livekit import api, rtc
from livekit.api.twirp_client import SipCallError, TwirpError
from livekit.protocol import sip

from deploy.local.phone import CallFailed, Phone, PhoneCall
from tests.unit.sipbridge import rig
from tests.unit.sipbridge.guest import Guest, guest_in, tone, tone_level

HEARD = 1000.0


@dataclass
class Scene:
    """A caller in a room with a guest, and the phone of somebody else."""

    sip_api: api.LiveKitAPI
    guest: Guest
    call: PhoneCall
    phone: Phone
    other: Phone
    room: str

    def transfer(self, **fields: Any) -> asyncio.Future[Any]:
        request: dict[str, Any] = {
            "room_name": self.room,
            "participant_identity": f"sip_{self.phone.user}",
            "transfer_to": self.other.uri,
            **fields,
        }
        asked: Awaitable[Any] = self.sip_api.sip.transfer_sip_participant(
            sip.TransferSIPParticipantRequest(**request)
        )
        return asyncio.ensure_future(asked)


@pytest.fixture
async def scene(
    server: rig.Server,
    bridge: rig.BridgeProcess,
    sip_api: api.LiveKitAPI,
    livekit: api.LiveKitAPI,
    phone: Phone,
) -> AsyncIterator[Scene]:
    number = f"+1999{phone.user[-6:]}"
    await rig.add_number(sip_api, number)
    dial = asyncio.create_task(phone.dial(bridge.uri(number)))
    room = await rig.room_named(livekit, f"call_{phone.user}_")
    async with guest_in(server, room) as guest, await Phone.start(user="service") as other:
        await guest.speak(600)
        call = await asyncio.wait_for(dial, 3)
        yield Scene(sip_api, guest, call, phone, other, room)
        await call.hangup()


async def test_a_caller_is_transferred_and_leaves_the_room(scene: Scene) -> None:
    asked = scene.transfer(headers={"X-Call-ID": "c-1"})
    refer = await scene.call.wait_for_refer(3)
    assert refer.headers["x-call-id"] == "c-1"
    assert refer.target == scene.other.uri
    following = asyncio.ensure_future(scene.phone.follow(refer))
    ringing = await scene.other.wait_for_call(3)
    ringing.ring()
    await asyncio.sleep(0.2)
    assert not asked.done()
    await ringing.answer()
    new_call = await following
    await asyncio.wait_for(asked, 3)
    # The phone did not hang up by itself: the bridge does, a second later.
    await asyncio.wait_for(scene.call.ended.wait(), 3)
    identity = f"sip_{scene.phone.user}"
    await scene.guest.until(lambda: identity in scene.guest.left)
    assert scene.guest.left[identity] == rtc.DisconnectReason.CLIENT_INITIATED
    await new_call.play(tone(500, 400))
    assert tone_level(ringing.tape.heard[-3200:], 500) > HEARD
    await new_call.hangup()


async def test_a_refused_transfer_leaves_the_call_as_it_was(scene: Scene) -> None:
    asked = scene.transfer()
    (await scene.call.wait_for_refer(3)).refuse(405)
    with pytest.raises(SipCallError) as failed:
        await asyncio.wait_for(asked, 3)
    assert failed.value.sip_status_code == 405
    await scene.guest.until(lambda: tone_level(scene.call.tape.heard[-1600:], 600) > HEARD)
    assert not scene.call.ended.is_set()


async def test_a_target_that_is_busy_is_told_with_its_status(scene: Scene) -> None:
    asked = scene.transfer()
    refer = await scene.call.wait_for_refer(3)
    following = asyncio.ensure_future(scene.phone.follow(refer))
    await (await scene.other.wait_for_call(3)).refuse(486)
    with pytest.raises(SipCallError) as failed:
        await asyncio.wait_for(asked, 3)
    assert (failed.value.sip_status_code, failed.value.code) == (486, "resource_exhausted")
    with pytest.raises(CallFailed):
        await following
    assert not scene.call.ended.is_set()


async def test_a_transfer_of_which_nothing_is_told_is_unknown_and_sounds_like_ringing(
    scene: Scene,
) -> None:
    asked = scene.transfer(ringing_timeout=Duration(seconds=2), play_dialtone=True)
    (await scene.call.wait_for_refer(3)).accept()
    await scene.guest.until(lambda: tone_level(scene.call.tape.heard[-1600:], 425) > HEARD)
    with pytest.raises(TwirpError) as failed:
        await asyncio.wait_for(asked, 4)
    assert failed.value.code == "deadline_exceeded"
    assert not isinstance(failed.value, SipCallError) or failed.value.sip_status_code is None
    await scene.guest.until(lambda: tone_level(scene.call.tape.heard[-1600:], 600) > HEARD)


async def test_a_caller_who_hangs_up_meanwhile_is_told_as_such(scene: Scene) -> None:
    asked = scene.transfer()
    (await scene.call.wait_for_refer(3)).accept()
    await scene.call.hangup()
    with pytest.raises(TwirpError) as failed:
        await asyncio.wait_for(asked, 3)
    assert failed.value.code == "canceled"


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"participant_identity": "nobody"}, "not_found"),
        ({"room_name": "nowhere"}, "not_found"),
        ({"transfer_to": "somebody"}, "invalid_argument"),
        ({"transfer_to": "sip:a b@127.0.0.1"}, "invalid_argument"),
        ({"headers": {"Call-ID": "x"}}, "invalid_argument"),
    ],
)
async def test_what_cannot_be_transferred_is_refused(
    scene: Scene, fields: dict[str, Any], code: str
) -> None:
    with pytest.raises(TwirpError) as failed:
        await asyncio.wait_for(scene.transfer(**fields), 3)
    assert failed.value.code == code
    with contextlib.suppress(TimeoutError):
        await scene.call.wait_for_refer(0.2)
        pytest.fail("the phone was asked all the same")
