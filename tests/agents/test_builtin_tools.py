"""Messages taken, keys pressed, words looked up: what the built-in tools do and refuse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from uuid import UUID

import pytest
from livekit import rtc
from livekit.agents import RunContext

from agents.call_context import CallClock
from agents.recorder import Recorder
from agents.toolbox import BUILTIN_PARAMETERS
from agents.tools.knowledge_lookup import KnowledgeLookupTool
from agents.tools.runner import Tool, ToolCall, ToolRunner
from agents.tools.send_dtmf import SendDtmfTool
from agents.tools.take_message import TakeMessageTool
from telephony.contracts import KnowledgePassage, MessageRecord, ToolSpec
from telephony.enums import BuiltinTool, ToolKind
from telephony.services.record_lines import read_line, record_line

if TYPE_CHECKING:
    from tests.agents.conftest import ListStore

CALL_ID = UUID("11111111-2222-3333-4444-555555555555")
SIP = rtc.ParticipantKind.PARTICIPANT_KIND_SIP
AGENT = rtc.ParticipantKind.PARTICIPANT_KIND_AGENT


class Bench:
    def __init__(self, store: ListStore) -> None:
        clock = CallClock()
        self.recorder = Recorder(store, clock)
        self._runner = ToolRunner(self.recorder, clock, CALL_ID)

    async def use(self, which: BuiltinTool, tool: Tool, **arguments: Any) -> Mapping[str, Any]:
        spec = ToolSpec(
            name=which.value,
            description="",
            parameters=BUILTIN_PARAMETERS[which],
            kind=ToolKind.BUILTIN,
            builtin=which,
            timeout_ms=500,
        )
        context = cast("RunContext[Any]", SimpleNamespace())
        return await self._runner.run(spec, tool, ToolCall("c1", arguments, context))


@pytest.fixture
def bench(store: ListStore) -> Bench:
    return Bench(store)


def messages(store: ListStore) -> list[MessageRecord]:
    return [r for r in store.records if isinstance(r, MessageRecord)]


async def take(bench: Bench, caller: str = "+15550199", **arguments: Any) -> Mapping[str, Any]:
    tool = TakeMessageTool(bench.recorder, caller)
    return await bench.use(BuiltinTool.TAKE_MESSAGE, tool, **arguments)


async def test_a_message_is_recorded_and_survives_the_spool(bench: Bench, store: ListStore) -> None:
    result = await take(bench, name="Ann\u200b Lee", number="555-01 23", text="My tent\nleaks.")
    assert result["ok"] is True
    [taken] = messages(store)
    assert (taken.caller_name, taken.callback_number) == ("Ann Lee", "5550123")
    assert taken.text == "My tent leaks."
    assert read_line(record_line(CALL_ID, taken)) == (CALL_ID, taken)


async def test_without_a_number_the_callers_own_is_taken(bench: Bench, store: ListStore) -> None:
    await take(bench, name="Ann", text="Call me.")
    assert messages(store)[0].callback_number == "+15550199"


@pytest.mark.parametrize(
    ("caller", "arguments"),
    [
        ("anonymous", {"name": "Ann", "text": "Call me."}),
        ("+15550199", {"name": "Ann", "text": "Call me.", "number": "my usual one"}),
        ("+15550199", {"name": "Ann", "text": "Call me.", "number": "=1+1234"}),
        ("+15550199", {"name": "\u200b", "text": "Call me."}),
        ("+15550199", {"name": "Ann"}),
        ("+15550199", {"name": "Ann", "text": "x" * 1_001}),
    ],
)
async def test_a_message_that_nobody_could_answer_is_asked_for_again(
    bench: Bench, store: ListStore, caller: str, arguments: dict[str, Any]
) -> None:
    result = await take(bench, caller, **arguments)
    assert (result["ok"], result["error"]) == (False, "invalid_arguments")
    assert messages(store) == []


class Room:
    """The part of a room that keys go through."""

    def __init__(self, *kinds: Any) -> None:
        self.remote_participants = {str(i): SimpleNamespace(kind=k) for i, k in enumerate(kinds)}
        self.local_participant = self
        self.sent = ""
        self.joins_after = 99

    async def publish_dtmf(self, *, code: int, digit: str) -> None:
        assert code == int(digit)
        self.sent += digit
        if len(self.sent) == self.joins_after:
            self.remote_participants["late"] = SimpleNamespace(kind=SIP)


async def press(bench: Bench, room: Room, digits: str) -> Mapping[str, Any]:
    keypad = SendDtmfTool(pause_s=0.0)
    keypad.attach(cast("rtc.Room", room))
    return await bench.use(BuiltinTool.SEND_DTMF, keypad, digits=digits)


async def test_keys_are_pressed_in_order_on_a_line_with_one_telephone(bench: Bench) -> None:
    room = Room(SIP, AGENT)
    assert await press(bench, room, "0042") == {"ok": True, "sent": 4}
    assert room.sent == "0042"


@pytest.mark.parametrize("digits", ["", "12#", "12*", "1 2", "٣", "1" * 21, "abc"])
async def test_only_digits_are_pressed(bench: Bench, digits: str) -> None:
    room = Room(SIP)
    assert (await press(bench, room, digits))["error"] == "invalid_arguments"
    assert room.sent == ""


async def test_no_key_is_pressed_while_a_second_telephone_is_in_the_room(bench: Bench) -> None:
    room = Room(SIP, SIP)
    assert (await press(bench, room, "42"))["error"] == "unavailable"
    assert room.sent == ""
    late = Room(SIP)
    late.joins_after = 2
    assert (await press(bench, late, "4242"))["ok"] is False
    assert late.sent == "42"


class Shelf:
    """``Knowledge`` of one passage about tents."""

    async def search_knowledge(
        self, call_id: UUID, question: str, limit: int
    ) -> list[KnowledgePassage]:
        assert call_id == CALL_ID
        passage = KnowledgePassage(source="Handbook: Tents", text="Tents are wet\u202e inside.")
        return [passage, replace(passage, text="More.")] if "tent" in question else []


async def test_an_answer_names_its_sources_once(bench: Bench, store: ListStore) -> None:
    tool = KnowledgeLookupTool(Shelf(), CALL_ID)
    result = await bench.use(BuiltinTool.KNOWLEDGE_LOOKUP, tool, question="tents")
    assert result["sources"] == ["Handbook: Tents"]
    assert result["passages"][0]["text"] == "Tents are wet inside."
    assert store.tools[0].result["sources"] == ["Handbook: Tents"]


async def test_what_is_not_written_down_is_not_made_up(bench: Bench) -> None:
    tool = KnowledgeLookupTool(Shelf(), CALL_ID)
    result = await bench.use(BuiltinTool.KNOWLEDGE_LOOKUP, tool, question="canoes")
    assert (result["ok"], result["error"]) == (False, "not_found")
