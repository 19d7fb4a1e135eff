"""What a caller lives through who stays on the line."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from deploy.local.phone import PhoneCall
from tests.e2e.conftest import PhoneMaker
from tests.support.order_call import asks_for_an_order
from tests.support.stack import Api, said

Uri = Callable[[str], str]
GREETING_WITHIN_MS = 1_000


async def test_the_caller_hears_the_greeting_within_a_second_of_the_answer(
    new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    phone = await new_phone(user="+15550111")
    call = await phone.dial(uri("shop"))
    first_word_ms = await call.wait_for_speech(5)
    await call.wait_for_silence()
    await call.hangup()

    assert first_word_ms <= GREETING_WITHIN_MS
    stored = await api.ended(call.sip_call_id)
    assert said(stored, "agent") == ["Welcome to Nordwind Outdoor. How can I help you?"]
    assert stored["ending"] == {"result": "caller", "reason": "caller_hung_up"}


async def test_a_question_is_answered_with_the_tools_data_and_the_agent_hangs_up_at_goodbye(
    new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    phone = await new_phone(user="+15550112")
    call, _ = await asks_for_an_order(phone, uri("shop"), api)
    # The goodbye is heard to its end: some silence lies between it and the hang-up.
    assert call.tape.heard_segments()[-1][1] <= call.tape.duration_ms - 100


async def hear(call: PhoneCall) -> None:
    """Listen until the agent has said what it says."""
    await call.wait_for_speech(8)
    await call.wait_for_silence()


async def test_two_callers_at_once_each_hear_the_persona_of_the_number_they_dialled(
    new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    shop, dental = await new_phone(user="+15550113"), await new_phone(user="+15550114")
    calls = await asyncio.gather(shop.dial(uri("shop")), dental.dial(uri("dental")))
    await asyncio.gather(*(hear(call) for call in calls))
    await asyncio.gather(*(call.say("When are you open?") for call in calls))
    await asyncio.gather(*(hear(call) for call in calls))
    for call in calls:
        await call.hangup()

    at_shop, at_dental = [await api.ended(call.sip_call_id) for call in calls]
    assert at_shop["persona"]["name"] == "Nordwind Outdoor"
    assert at_dental["persona"]["name"] == "Lakeside Dental"
    assert "Nordwind" in said(at_shop, "agent")[0]
    assert "Lakeside" in said(at_dental, "agent")[0]
    for stored in (at_shop, at_dental):
        assert [tool["name"] for tool in stored["tool_calls"]] == ["opening_hours"]
        assert len(said(stored, "agent")) == 2


async def test_keys_the_caller_presses_are_recorded_once_each_and_in_order(
    new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    phone = await new_phone(user="+15550115")
    call = await phone.dial(uri("shop"))
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    await call.dtmf("42#0")
    await call.sleep(0.5)
    await call.hangup()

    stored = await api.ended(call.sip_call_id)
    pressed = [event["detail"]["digit"] for event in stored["events"] if event["kind"] == "dtmf"]
    assert pressed == ["4", "2", "#", "0"]


async def test_digits_typed_on_the_keypad_answer_what_was_asked(
    new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    phone = await new_phone(user="+15550177")
    call = await phone.dial(uri("shop"))
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    await call.say("Where is my order?")
    await call.wait_for_speech(8)
    await call.wait_for_silence()
    await call.dtmf("4271#")
    await call.wait_for_speech(8)
    await call.wait_for_silence()
    await call.hangup()

    stored = await api.ended(call.sip_call_id)
    assert "Typed on the keypad: 4271." in [
        turn["text"] for turn in stored["transcript"] if turn["speaker"] == "caller"
    ]
    assert [tool["arguments"] for tool in stored["tool_calls"]] == [{"order_number": "4271"}]
