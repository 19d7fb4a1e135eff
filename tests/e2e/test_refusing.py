"""Calls that must not come in. What code refuses them is the SIP service's own choice."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from deploy.local.phone import CallFailed
from tests.e2e.conftest import PhoneMaker
from tests.support.rooms import rooms_of
from tests.support.stack import Api, Json

Uri = Callable[[str], str]
REFUSED_WITHIN_S = 6


async def assert_refused(error: CallFailed, stack: Json, caller: str) -> None:
    assert error.status >= 400
    await rooms_of(stack, caller, count=0)


async def test_a_number_nobody_owns_is_refused_and_opens_no_room(
    new_phone: PhoneMaker, uri: Uri, stack: Json
) -> None:
    phone = await new_phone(user="+15550131")
    with pytest.raises(CallFailed) as refused:
        await phone.dial(uri("+15559999"), ringing_timeout_s=REFUSED_WITHIN_S)
    await assert_refused(refused.value, stack, "+15550131")


async def test_a_source_that_no_trunk_lists_is_refused_and_opens_no_room(
    new_phone: PhoneMaker, uri: Uri, stack: Json
) -> None:
    phone = await new_phone(host="127.0.0.2", user="+15550132")
    with pytest.raises(CallFailed) as refused:
        await phone.dial(uri("shop"), ringing_timeout_s=REFUSED_WITHIN_S)
    await assert_refused(refused.value, stack, "+15550132")


async def test_a_wrong_password_is_refused_and_opens_no_room(
    new_phone: PhoneMaker, uri: Uri, stack: Json
) -> None:
    phone = await new_phone(user="+15550133")
    wrong = (stack["digest"]["user"], "not the password")
    with pytest.raises(CallFailed) as refused:
        await phone.dial(uri("digest"), credentials=wrong, ringing_timeout_s=REFUSED_WITHIN_S)
    await assert_refused(refused.value, stack, "+15550133")


async def test_the_right_password_is_answered(
    new_phone: PhoneMaker, uri: Uri, stack: Json, api: Api
) -> None:
    phone = await new_phone(user="+15550134")
    right = (stack["digest"]["user"], stack["digest"]["password"])
    call = await phone.dial(uri("digest"), credentials=right)
    await call.wait_for_speech(5)
    await call.hangup()
    assert (await api.ended(call.sip_call_id))["ending"]["reason"] == "caller_hung_up"
