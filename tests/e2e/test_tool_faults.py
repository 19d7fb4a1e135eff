"""A tool has a bad day: the caller hears a sentence, and the conversation goes on."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.e2e.conftest import PhoneMaker
from tests.support.stack import Api, Json, said

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


async def ask(
    numbers: list[str], caller: str, new_phone: PhoneMaker, uri: Uri, api: Api
) -> tuple[list[tuple[str, str]], Json]:
    """One call that asks for each order in turn, then for one that is there."""
    phone = await new_phone(user=caller)
    call = await phone.dial(uri("shop"))
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    for number in (*numbers, "four two seven one"):
        await call.say(f"Hello, where is my order {number}?")
        await call.wait_for_speech(12)  # the tool's own time-out is 5 s
        # A slow tool is bridged with "Let me look that up": the reply comes after that.
        slow = FAULTS.get(number) == ("timeout", "timeout")
        await call.wait_for_silence(4_000 if slow else 1_000)
    await call.hangup()
    stored = await api.ended(call.sip_call_id)
    used = [tool for tool in stored["tool_calls"] if tool["name"] == "order_status"]
    assert len(used) == len(numbers) + 1, [tool["arguments"] for tool in used]
    return [(t["outcome"], t["result"].get("error", "")) for t in used], stored


async def test_a_tool_that_never_answers_is_apologised_for_and_the_next_one_is_answered(
    new_phone: PhoneMaker, uri: Uri, api: Api
) -> None:
    number = "nine one one one"
    used, stored = await ask([number], "+15550161", new_phone, uri, api)
    assert used == [FAULTS[number], ("ok", "")]
    agent = said(stored, "agent")
    assert agent[1].startswith(SORRY)
    assert "Tuesday" in agent[2]
    assert stored["ending"]["reason"] == "caller_hung_up"


# Two a call: who hears an apology for the third time is handed to a human.
@pytest.mark.full
@pytest.mark.parametrize(
    ("caller", "numbers"),
    [
        ("+15550162", ["nine zero six one", "five one four zero"]),
        ("+15550163", ["eight three nine one", "six two five zero"]),
    ],
    ids=["html and 500", "1 MB and a redirect"],
)
async def test_a_tool_that_answers_nonsense_is_apologised_for_each_time(
    new_phone: PhoneMaker, uri: Uri, api: Api, caller: str, numbers: list[str]
) -> None:
    used, stored = await ask(numbers, caller, new_phone, uri, api)
    assert used == [*(FAULTS[number] for number in numbers), ("ok", "")]
    agent = said(stored, "agent")
    assert sum(text.startswith(SORRY) for text in agent) == len(numbers)
    assert "Tuesday" in agent[-1]
