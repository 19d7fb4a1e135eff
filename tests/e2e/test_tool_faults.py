"""A tool has a bad day: the caller hears a sentence, and the conversation goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.conftest import PhoneMaker
from tests.support.stack import Api, said

Uri = Callable[[str], str]
SORRY = "I am sorry, I cannot look up orders right now."
# The demo's order system answers these numbers as badly as deploy/local/orders.py says.
FAULTS = {
    "nine one one one": ("timeout", "timeout"),
    "nine zero six one": ("failed", "bad_response"),
    "five one four zero": ("failed", "http_500"),
    "eight three nine one": ("failed", "too_large"),
    "six two five zero": ("failed", "http_307"),
}


# One a call: callers who hear the apology again and again are handed to a human.
SLOW, QUICK = "nine one one one", "five one four zero"


@pytest.mark.parametrize(
    "number",
    [QUICK, *(pytest.param(each, marks=pytest.mark.full) for each in FAULTS if each != QUICK)],
)
async def test_a_tool_that_fails_is_apologised_for_and_the_next_one_is_answered(
    new_phone: PhoneMaker, uri: Uri, api: Api, number: str
) -> None:
    phone = await new_phone(user="+15550161")
    call = await phone.dial(uri("shop"))
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    for order in (number, "four two seven one"):
        await call.say(f"Hello, where is my order {order}?")
        await call.wait_for_speech(12)  # the tool's own time-out is 5 s
        # A slow tool is bridged with "Let me look that up": the reply comes after that.
        await call.wait_for_silence(4_000 if order == SLOW else 1_000)
    await call.hangup()

    stored = await api.ended(call.sip_call_id)
    used = [tool for tool in stored["tool_calls"] if tool["name"] == "order_status"]
    assert [(t["outcome"], t["result"].get("error", "")) for t in used] == (
        [FAULTS[number], ("ok", "")]
    ), [tool["arguments"] for tool in used]
    agent = said(stored, "agent")
    assert agent[1].startswith(SORRY)
    assert "Tuesday" in agent[2]
    assert stored["ending"]["reason"] == "caller_hung_up"
