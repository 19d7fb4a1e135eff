"""The call that any agent must manage: a question that a tool answers, and a goodbye."""

from __future__ import annotations

import asyncio

from deploy.local.phone import EndCause, Phone, PhoneCall
from tests.support.stack import Api, Json, said


async def asks_for_the_order(call: PhoneCall) -> None:
    """Ask, and hear the answer to its end."""
    await call.say("Hello, where is my order four two seven one?")
    await call.wait_for_speech(10)
    await call.wait_for_silence(1_000)


async def asks_for_an_order(phone: Phone, uri: str, api: Api) -> tuple[PhoneCall, Json]:
    """Make it, and hold what was heard and stored against what was said; return both."""
    call = await phone.dial(uri)
    await call.wait_for_speech(5)
    await call.wait_for_silence()
    await asks_for_the_order(call)
    await call.say("No, thank you, goodbye.")
    await asyncio.wait_for(call.ended.wait(), 15)

    assert call.end_cause is EndCause.REMOTE_BYE
    assert all(turn.latency_ms is not None for turn in call.tape.turns())
    stored = await api.ended(call.sip_call_id)
    [used] = [tool for tool in stored["tool_calls"] if tool["name"] == "order_status"]
    assert (used["arguments"], used["outcome"]) == ({"order_number": "4271"}, "ok")
    assert any("Tuesday" in text for text in said(stored, "agent"))
    assert stored["ending"] == {"result": "success", "reason": "agent_goodbye"}
    _assert_in_order(stored)
    return call, stored


def _assert_in_order(stored: Json) -> None:
    """Turns alternate as they were spoken, each with a start before its end."""
    turns = stored["transcript"]
    assert [turn["speaker"] for turn in turns] == ["agent", "caller", "agent", "caller", "agent"]
    assert all(turn["start_ms"] < turn["end_ms"] for turn in turns)
    assert turns == sorted(turns, key=lambda turn: turn["start_ms"])
    assert all(turn["text"] for turn in turns)
