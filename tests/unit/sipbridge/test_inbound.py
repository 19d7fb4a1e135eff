"""Phones that call in: a real phone, the bridge, a real livekit-server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from livekit import api, rtc
from livekit.protocol import sip

from deploy.local.phone import EndCause, Phone
from tests.unit.sipbridge import rig
from tests.unit.sipbridge.guest import guest_in, tone, tone_level

NewNumber = Callable[[], str]
HEARD = 1000.0  # amplitude of a tone that is there; what is sent is 8,000
CLIENT_INITIATED = int(rtc.DisconnectReason.CLIENT_INITIATED)


async def test_a_caller_hears_ringing_until_somebody_subscribes(
    server: rig.Server,
    bridge: rig.BridgeProcess,
    sip_api: api.LiveKitAPI,
    livekit: api.LiveKitAPI,
    phone: Phone,
    new_number: NewNumber,
) -> None:
    number = new_number()
    trunk_id, rule_id = await rig.add_number(sip_api, number, attributes={"team": "sales"})
    dial = asyncio.create_task(phone.dial(bridge.uri(number)))
    room = await rig.room_named(livekit, f"call_{phone.user}_")
    async with guest_in(server, room, auto_subscribe=False) as guest:
        await guest.until(lambda: guest.sip_legs)
        await asyncio.sleep(1.2)
        assert not dial.done()
        assert phone.dialling is not None
        assert phone.dialling.statuses.count(180) >= 2
        (leg,) = guest.sip_legs.values()
        assert leg.identity == f"sip_{phone.user}"
        assert leg.name == f"Phone {phone.user}"
        attributes = dict(leg.attributes)
        call_id, tag = attributes.pop("sip.callID"), attributes.pop("sip.callTag")
        assert call_id.startswith("SCL_")
        assert tag
        assert attributes == {
            "team": "sales",
            "sip.hostname": "127.0.0.1",
            "sip.phoneNumber": phone.user,
            "sip.trunkPhoneNumber": number,
            "sip.callIDFull": phone.dialling.call_id,
            "sip.trunkID": trunk_id,
            "sip.ruleID": rule_id,
            "sip.callStatus": "ringing",
        }
        (publication,) = leg.track_publications.values()
        assert publication.source == rtc.TrackSource.SOURCE_MICROPHONE
        publication.set_subscribed(True)
        call = await asyncio.wait_for(dial, 2)
        await guest.until(lambda: leg.attributes["sip.callStatus"] == "active")
        await call.hangup()


async def test_both_hear_each_other_and_a_hang_up_is_the_callers_own(
    server: rig.Server,
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
    identity = f"sip_{phone.user}"
    async with guest_in(server, room) as guest:
        await guest.speak(600)
        call = await dial
        await call.play(tone(1000, 900))
        assert tone_level(call.tape.heard[-8000:], 600) > HEARD
        assert tone_level(bytes(guest.heard[identity][-8000:]), 1000) > HEARD
        await call.hangup()
        await guest.until(lambda: identity in guest.left)
        assert guest.left[identity] == CLIENT_INITIATED
        assert guest.statuses[identity][-1] == "hangup"
    assert call.media.stats.lost == 0


async def test_a_caller_who_gives_up_leaves_the_room_at_once(
    server: rig.Server,
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
    async with guest_in(server, room, auto_subscribe=False) as guest:
        await guest.until(lambda: guest.sip_legs)
        dial.cancel()
        # The server is asked: a client that has just joined may hear of it seconds later.
        await rig.until_alone(livekit, room, timeout_s=1.0)
        await guest.until(lambda: guest.left)
        assert set(guest.left.values()) == {CLIENT_INITIATED}


async def test_a_room_that_closes_hangs_up(
    server: rig.Server,
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
    async with guest_in(server, room):
        call = await dial
        await livekit.room.delete_room(api.DeleteRoomRequest(room=room))
        await asyncio.wait_for(call.ended.wait(), 2)
        assert call.end_cause is EndCause.REMOTE_BYE


async def test_a_removed_participant_is_hung_up(
    server: rig.Server,
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
    async with guest_in(server, room):
        call = await dial
        await livekit.room.remove_participant(
            api.RoomParticipantIdentity(room=room, identity=f"sip_{phone.user}")
        )
        await asyncio.wait_for(call.ended.wait(), 2)
        assert call.end_cause is EndCause.REMOTE_BYE


async def test_two_calls_of_one_number_have_rooms_of_their_own(
    server: rig.Server,
    bridge: rig.BridgeProcess,
    sip_api: api.LiveKitAPI,
    livekit: api.LiveKitAPI,
    phone: Phone,
    new_number: NewNumber,
) -> None:
    number = new_number()
    await rig.add_number(sip_api, number)
    async with await Phone.start(user=phone.user) as twin:
        dials = [asyncio.create_task(one.dial(bridge.uri(number))) for one in (phone, twin)]
        async with asyncio.timeout(3):
            while len(rooms := await rig.rooms_of(livekit, phone.user)) < 2:
                await asyncio.sleep(0.03)
        async with guest_in(server, rooms[0]) as one, guest_in(server, rooms[1]) as other:
            calls = await asyncio.wait_for(asyncio.gather(*dials), 3)
            await one.speak(600)
            await other.speak(1000)
            await asyncio.sleep(1.2)
            levels = [
                (
                    tone_level(call.tape.heard[-4000:], 600),
                    tone_level(call.tape.heard[-4000:], 1000),
                )
                for call in calls
            ]
            assert sorted((low > HEARD, high > HEARD) for low, high in levels) == [
                (False, True),
                (True, False),
            ]
            for call in calls:
                await call.hangup()


async def test_keys_go_to_the_room_to_other_phones_and_back(
    server: rig.Server,
    bridge: rig.BridgeProcess,
    sip_api: api.LiveKitAPI,
    phone: Phone,
    new_number: NewNumber,
) -> None:
    number, room = new_number(), f"party-{phone.user}"
    rule = sip.SIPDispatchRule(dispatch_rule_direct=sip.SIPDispatchRuleDirect(room_name=room))
    await rig.add_number(sip_api, number, rule=rule)
    async with (
        guest_in(server, room) as guest,
        await Phone.start(user=phone.user + "9") as second,
    ):
        call = await asyncio.wait_for(phone.dial(bridge.uri(number)), 3)
        other = await asyncio.wait_for(second.dial(bridge.uri(number)), 3)
        await call.dtmf("4#")
        assert await other.wait_for_keys(2, 2) == "4#"
        assert guest.keys == [(f"sip_{phone.user}", "4"), (f"sip_{phone.user}", "#")]
        assert call.keys_received == ""
        await guest.room.local_participant.publish_dtmf(code=9, digit="9")
        assert await call.wait_for_keys(1, 2) == "9"
        assert await other.wait_for_keys(3, 2) == "4#9"
        await asyncio.gather(call.hangup(), other.hangup())


async def test_the_rules_agents_are_dispatched_and_headers_cross(
    server: rig.Server,
    bridge: rig.BridgeProcess,
    sip_api: api.LiveKitAPI,
    livekit: api.LiveKitAPI,
    phone: Phone,
    new_number: NewNumber,
) -> None:
    number = new_number()
    config = api.RoomConfiguration(
        agents=[api.RoomAgentDispatch(agent_name="receptionist", metadata="hello")]
    )
    await rig.add_number(
        sip_api,
        number,
        room_config=config,
        attributes={"team": "sales"},
        headers={"X-Greeting": "hi"},
        headers_to_attributes={"X-Account": "account"},
        attributes_to_headers={"team": "X-Team"},
        include_headers=sip.SIPHeaderOptions.SIP_X_HEADERS,
    )
    dial = asyncio.create_task(
        phone.dial(bridge.uri(number), headers={"X-Account": "42", "X-Other": "o"})
    )
    room = await rig.room_named(livekit, f"call_{phone.user}_")
    dispatches = await livekit.agent_dispatch.list_dispatch(room)
    assert [(one.agent_name, one.metadata) for one in dispatches] == [("receptionist", "hello")]
    async with guest_in(server, room) as guest:
        call = await asyncio.wait_for(dial, 3)
        (leg,) = guest.sip_legs.values()
        assert leg.attributes["account"] == "42"
        assert leg.attributes["sip.h.x-other"] == "o"
        assert (call.headers["x-team"], call.headers["x-greeting"]) == ("sales", "hi")
        await call.hangup()


async def test_a_call_lasts_no_longer_than_the_trunk_allows(
    server: rig.Server,
    bridge: rig.BridgeProcess,
    sip_api: api.LiveKitAPI,
    livekit: api.LiveKitAPI,
    phone: Phone,
    new_number: NewNumber,
) -> None:
    number = new_number()
    limit = sip.SIPInboundTrunkInfo().max_call_duration.__class__(seconds=1)
    await rig.add_number(sip_api, number, max_call_duration=limit)
    dial = asyncio.create_task(phone.dial(bridge.uri(number)))
    room = await rig.room_named(livekit, f"call_{phone.user}_")
    async with guest_in(server, room) as guest:
        call = await dial
        await asyncio.wait_for(call.ended.wait(), 3)
        assert 700 < call.now_ms < 1600
        await guest.until(lambda: guest.left)
