"""Turns keep the order in which they were spoken, whenever their words become known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from livekit.agents import llm

from agents.behaviors.latency import Latency
from agents.behaviors.transcript import CallerTurns
from agents.call_context import CallClock, arrival_from_attributes
from agents.recorder import Recorder
from telephony.contracts import (
    CallAnswered,
    CallEnded,
    EventRecord,
    TurnMetricRecord,
    TurnRecord,
)
from telephony.enums import EndingReason, EventKind, Speaker

if TYPE_CHECKING:
    from tests.agents.conftest import ListStore


class HandClock:
    """A ``Clock`` that stands until it is moved."""

    def __init__(self) -> None:
        self.at = 1_000.0

    def now(self) -> float:
        return self.at


@pytest.fixture
def hand() -> HandClock:
    return HandClock()


@pytest.fixture
def recorder(store: ListStore, hand: HandClock) -> Recorder:
    return Recorder(store, CallClock(hand))


def test_a_late_transcription_keeps_the_order_of_speech(
    recorder: Recorder, store: ListStore
) -> None:
    recorder.answered()
    turns = CallerTurns(recorder)
    turns.speech_started(1_001.0)
    turns.speech_stopped(1_002.0)
    turns.committed(1_002.3)
    turns.became_item("item_1", 1_002.4)
    recorder.agent_turn(
        "reply_1", text="One moment.", start=1_003.0, end=1_004.0, interrupted=False
    )
    turns.transcribed("item_1", " Where is my order? ", 0.9, 1_010.0)
    assert [(t.speaker, t.text, t.start_ms, t.end_ms) for t in store.turns] == [
        (Speaker.CALLER, "Where is my order?", 1_000, 2_000),
        (Speaker.AGENT, "One moment.", 3_000, 4_000),
    ]
    first = next(r for r in store.records if isinstance(r, TurnRecord))
    assert (first.key, first.text) == ("caller:1", "")


def test_two_transcriptions_that_come_crosswise_reach_their_own_turns(
    recorder: Recorder, store: ListStore
) -> None:
    turns = CallerTurns(recorder)
    for number, start in enumerate((1_001.0, 1_005.0), 1):
        turns.speech_started(start)
        turns.speech_stopped(start + 1)
        turns.committed(start + 1.3)
        turns.became_item(f"item_{number}", start + 1.4)
    turns.transcribed("item_2", "second", None, 1_008.0)
    turns.transcribed("item_1", "first", None, 1_009.0)
    assert [t.text for t in store.turns] == ["first", "second"]


def test_pauses_within_a_turn_make_one_turn(recorder: Recorder, store: ListStore) -> None:
    turns = CallerTurns(recorder)
    for start in (1_001.0, 1_002.0):
        turns.speech_started(start)
        turns.speech_stopped(start + 0.5)
    turns.committed(1_003.0)
    (turn,) = store.turns
    assert (turn.start_ms, turn.end_ms) == (1_000, 2_500)


def test_a_turn_that_the_models_server_committed_is_stored_too(
    recorder: Recorder, store: ListStore
) -> None:
    turns = CallerTurns(recorder)
    turns.speech_started(1_001.0)
    turns.speech_stopped(1_002.0)
    turns.became_item("item_1", 1_002.5)
    turns.transcribed("item_1", "hello", None, 1_003.0)
    assert [(t.text, t.start_ms, t.end_ms) for t in store.turns] == [("hello", 1_000, 2_000)]


def test_events_before_the_answer_are_negative_on_the_calls_clock(
    recorder: Recorder, store: ListStore, hand: HandClock
) -> None:
    clock = CallClock(hand)
    recorder = Recorder(store, clock)
    recorder.event(EventKind.CALLER_JOINED)
    assert store.records == []
    hand.at += 2
    clock.answered()
    recorder.answered()
    answered, joined, marker = store.records
    assert isinstance(answered, CallAnswered)
    assert isinstance(joined, EventRecord)
    assert (joined.kind, joined.at_ms) == (EventKind.CALLER_JOINED, -2_000)
    assert isinstance(marker, EventRecord)
    assert (marker.kind, marker.at_ms) == (EventKind.ANSWERED, 0)


def test_the_end_is_the_last_record_even_of_a_call_never_answered(
    recorder: Recorder, store: ListStore
) -> None:
    recorder.event(EventKind.CALLER_JOINED)
    recorder.ended(EndingReason.CALLER_HUNG_UP_RINGING, at=1_003.0)
    recorder.ended(EndingReason.UNKNOWN, at=1_004.0)
    recorder.event(EventKind.DTMF)
    joined, ended = store.records
    assert isinstance(joined, EventRecord)
    assert isinstance(ended, CallEnded)
    assert ended.reason is EndingReason.CALLER_HUNG_UP_RINGING


def test_an_interrupted_turn_leaves_an_event(recorder: Recorder, store: ListStore) -> None:
    recorder.answered()
    recorder.agent_turn("m", text="I was say", start=1_001.0, end=1_002.0, interrupted=True)
    assert store.turns[0].interrupted
    event = store.records[-1]
    assert isinstance(event, EventRecord)
    assert (event.kind, event.at_ms) == (EventKind.INTERRUPTED, 2_000)


def message(start: float, e2e: float | None = None) -> llm.ChatMessage:
    made = llm.ChatMessage(role="assistant", content=["x"])
    made.metrics = {"started_speaking_at": start}
    if e2e is not None:
        made.metrics["e2e_latency"] = e2e
    return made


def test_a_replys_latency_has_its_parts(recorder: Recorder, store: ListStore) -> None:
    latency = Latency(recorder)
    latency.committed(1_002.3, speech_end=1_002.0)
    latency.first_text(1_002.5)
    latency.first_audio(1_002.6)
    latency.first_text(1_002.9)  # a second message of the same reply
    latency.agent_turn("agent:m", message(1_002.65, 0.65))
    assert store.records == [
        TurnMetricRecord(
            turn_key="agent:m",
            endpointing_ms=300,
            first_token_ms=200,
            first_audio_ms=100,
            on_wire_ms=50,
            framework_ms=650,
        )
    ]


def test_an_interrupted_turn_does_not_take_the_next_replys_latency(
    recorder: Recorder, store: ListStore
) -> None:
    latency = Latency(recorder)
    latency.committed(1_010.0, speech_end=1_009.7)
    latency.agent_turn("agent:old", message(1_005.0))
    assert store.records == []
    latency.first_text(1_010.2)
    latency.agent_turn("agent:new", message(1_010.4))
    (metric,) = store.records
    assert isinstance(metric, TurnMetricRecord)
    assert (metric.turn_key, metric.first_audio_ms) == ("agent:new", None)


def test_a_hostile_sip_header_is_cut_and_printable() -> None:
    attributes = {"sip.phoneNumber": "x" * 5_000, "sip.trunkPhoneNumber": "+1555\r\n0100\x00"}
    arrival = arrival_from_attributes(
        attributes, room_name="r", job_id="j", worker_id="w", identity="i"
    )
    assert len(arrival.caller_number) == 255
    assert arrival.called_number == "+15550100"
    assert arrival.sip_call_id == ""


MARK = "2026-11-30T12:00:00+00:00"


@pytest.mark.parametrize(
    ("metadata", "asked"),
    [
        (f'{{"watchdog": "no agent after 4.0 s", "asked": "{MARK}"}}', MARK),
        ('{"trunk": "ST_1"}', ""),
        ("", ""),
        ("no json", ""),
        ("[1]", ""),
        ('{"asked": null}', ""),
    ],
)
def test_the_watchdogs_mark_is_read_and_any_other_metadata_is_none(
    metadata: str, asked: str
) -> None:
    arrival = arrival_from_attributes(
        {}, room_name="r", job_id="j", worker_id="w", identity="i", metadata=metadata
    )
    assert arrival.asked == asked
