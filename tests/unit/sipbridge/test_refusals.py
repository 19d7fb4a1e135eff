"""Phones that call in and are not let in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from livekit import api
from livekit.protocol import sip

from deploy.local.phone import CallFailed, Phone
from tests.unit.sipbridge import rig
from tests.unit.sipbridge.guest import guest_in

NewNumber = Callable[[], str]


async def test_a_number_nobody_owns_is_refused_and_opens_no_room(
    bridge: rig.BridgeProcess, livekit: api.LiveKitAPI, phone: Phone, new_number: NewNumber
) -> None:
    with pytest.raises(CallFailed) as refused:
        await phone.dial(bridge.uri(new_number()))
    assert refused.value.status == 404
    assert not await rig.rooms_of(livekit, phone.user)


async def test_a_source_that_is_not_allowed_is_refused_and_opens_no_room(
    bridge: rig.BridgeProcess,
    sip_api: api.LiveKitAPI,
    livekit: api.LiveKitAPI,
    phone: Phone,
    new_number: NewNumber,
) -> None:
    number = new_number()
    await rig.add_number(sip_api, number, allowed_addresses=["10.1.2.3", "192.168.0.0/16"])
    with pytest.raises(CallFailed) as refused:
        await phone.dial(bridge.uri(number))
    assert refused.value.status == 404
    assert not await rig.rooms_of(livekit, phone.user)


async def test_a_rule_without_trunks_opens_no_door(
    bridge: rig.BridgeProcess,
    sip_api: api.LiveKitAPI,
    livekit: api.LiveKitAPI,
    phone: Phone,
    new_number: NewNumber,
) -> None:
    rule = sip.SIPDispatchRuleInfo(
        rule=sip.SIPDispatchRule(
            dispatch_rule_individual=sip.SIPDispatchRuleIndividual(room_prefix="open")
        )
    )
    made = await sip_api.sip.create_dispatch_rule(
        sip.CreateSIPDispatchRuleRequest(dispatch_rule=rule)
    )
    try:
        with pytest.raises(CallFailed):
            await phone.dial(bridge.uri(new_number()))
        assert not await rig.rooms_of(livekit, phone.user)
    finally:
        await sip_api.sip.delete_dispatch_rule(
            sip.DeleteSIPDispatchRuleRequest(sip_dispatch_rule_id=made.sip_dispatch_rule_id)
        )


@pytest.mark.parametrize("credentials", [("user", "wrong"), ("other", "right"), None])
async def test_wrong_credentials_are_refused_and_open_no_room(
    bridge: rig.BridgeProcess,
    sip_api: api.LiveKitAPI,
    livekit: api.LiveKitAPI,
    phone: Phone,
    new_number: NewNumber,
    credentials: tuple[str, str] | None,
) -> None:
    number = new_number()
    await rig.add_number(sip_api, number, auth_username="user", auth_password="right")
    with pytest.raises(CallFailed) as refused:
        await phone.dial(bridge.uri(number), credentials=credentials)
    assert refused.value.status in (403, 407)
    assert not await rig.rooms_of(livekit, phone.user)
    assert "right" not in bridge.log.read_text()


async def test_right_credentials_are_let_in(
    server: rig.Server,
    bridge: rig.BridgeProcess,
    sip_api: api.LiveKitAPI,
    livekit: api.LiveKitAPI,
    phone: Phone,
    new_number: NewNumber,
) -> None:
    number = new_number()
    await rig.add_number(sip_api, number, auth_username="user", auth_password="right")
    dial = asyncio.create_task(phone.dial(bridge.uri(number), credentials=("user", "right")))
    room = await rig.room_named(livekit, f"call_{phone.user}_")
    async with guest_in(server, room):
        call = await asyncio.wait_for(dial, 3)
        await call.hangup()


async def test_a_room_that_closes_before_the_answer_is_busy(
    bridge: rig.BridgeProcess,
    sip_api: api.LiveKitAPI,
    livekit: api.LiveKitAPI,
    phone: Phone,
    new_number: NewNumber,
) -> None:
    number = new_number()
    await rig.add_number(sip_api, number)
    dial = asyncio.create_task(phone.dial(bridge.uri(number)))
    room = await rig.room_named(livekit, f"call_{phone.user}_")
    await rig.until_alone(livekit, room, 3)  # joined: to join would make the room anew
    await livekit.room.delete_room(api.DeleteRoomRequest(room=room))
    with pytest.raises(CallFailed) as refused:
        await asyncio.wait_for(dial, 3)
    assert refused.value.status == 486


async def test_a_strangers_endless_name_is_cut_to_what_a_room_can_carry(
    server: rig.Server,
    bridge: rig.BridgeProcess,
    sip_api: api.LiveKitAPI,
    livekit: api.LiveKitAPI,
    new_number: NewNumber,
) -> None:
    number = new_number()
    await rig.add_number(sip_api, number)
    async with await Phone.start(user="9" * 500) as phone:
        dial = asyncio.create_task(phone.dial(bridge.uri(number)))
        room = await rig.room_named(livekit, "call_" + "9" * 64 + "_")
        async with guest_in(server, room):
            call = await asyncio.wait_for(dial, 3)
            await call.hangup()
