"""A call's page tells supervisors how each reply's time went, and what happened, in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from telephony.contracts import (
    CallAnswered,
    CallArrival,
    EventRecord,
    RecordingRecord,
    TurnMetricRecord,
    TurnRecord,
)
from telephony.enums import EventKind, Speaker
from telephony.facade import open_call, store_records
from telephony.models import PhoneNumber

pytestmark = pytest.mark.django_db
ANSWERED = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
REPLY = TurnRecord(key="a", speaker=Speaker.AGENT, text="Yes.", start_ms=2_000, end_ms=3_000)


@pytest.fixture
def call_id(number: PhoneNumber, arrival: Callable[..., CallArrival]) -> UUID:
    call_id = open_call(arrival()).call_id
    store_records(call_id, [CallAnswered(answered_at=ANSWERED), REPLY])
    return call_id


def text_of(client: Client, call_id: UUID) -> str:
    """The page's words, one space between any two."""
    html = client.get(reverse("admin:telephony_call_change", args=[call_id])).content.decode()
    body = re.sub(r"<[^>]+>", " ", html[html.index('class="cc-call"') :])
    return re.sub(r"\s+", " ", body.replace("&#x27;", "'"))


def test_each_reply_shows_its_parts_and_what_speculation_cost(
    admin_client: Client, call_id: UUID
) -> None:
    metric = TurnMetricRecord(
        turn_key="a",
        endpointing_ms=310,
        first_token_ms=-80,
        first_audio_ms=95,
        on_wire_ms=12,
        framework_ms=337,
        speculated=True,
        wasted_tokens=41,
    )
    store_records(call_id, [metric])
    shown = text_of(admin_client, call_id)

    assert "decided 310 ms first words -80 ms first sound 95 ms on the wire 12 ms" in shown
    assert "by speech edges, worker's clock 337 ms" in shown
    assert "begun before the caller had ended" in shown
    assert "41 tokens thrown away" in shown


def test_the_tapes_figure_stands_beside_the_workers_own_and_is_never_made_up(
    admin_client: Client, call_id: UUID
) -> None:
    metric = TurnMetricRecord(turn_key="a", framework_ms=337)
    store_records(call_id, [metric])
    unrecorded = text_of(admin_client, call_id)
    assert "no tape: not recorded" in unrecorded
    assert "on the tape" not in unrecorded

    store_records(
        call_id,
        [
            RecordingRecord(key="tape", path="a.ogg", started_ms=0, duration_ms=65_000),
            TurnMetricRecord(turn_key="a", framework_ms=337, tape_ms=352),
        ],
    )
    recorded = text_of(admin_client, call_id)
    assert "on the tape 352 ms" in recorded
    assert "not recorded" not in recorded
    assert "From the answer, 1:05.0 long." in recorded
    assert "337 ms by speech edges, worker's clock , 352 ms on the tape" in recorded
    told = admin_client.get(f"/api/calls/{call_id}/").json()
    assert [metric["tape_ms"] for metric in told["metrics"]] == [352]


EVENTS: list[tuple[EventKind, dict[str, Any], str]] = [
    (
        EventKind.LINE_NOISE,
        {"floor_dbfs": -52.5, "activation": 0.55},
        "Line noise measured noise floor -52.5 dBFS counts as speech from a likelihood of 55%",
    ),
    (
        EventKind.LINE_NOISE,
        {"floor_dbfs": -52.5, "threshold_dbfs": -40.0},
        "noise floor -52.5 dBFS counts as speech from -40.0 dBFS",
    ),
    (
        EventKind.BACKCHANNEL,
        {"kind": "backchannel", "text": "mm-hmm", "ms": 310},
        "The caller was heard listening; the agent goes on words “mm-hmm” for 310 ms",
    ),
    (EventKind.BACKCHANNEL, {"kind": "nothing", "ms": 90}, "nobody spoke to it for 90 ms"),
    (EventKind.NUDGE, {"count": 2}, "asked whether the caller is still there number 2"),
    (EventKind.FILLER, {"text": "One moment."}, "Said while a tool runs words “One moment.”"),
    (EventKind.SPECULATION_DISCARDED, {"tokens": 23}, "was thrown away cost 23 tokens"),
    (EventKind.LOW_CONFIDENCE, {"confidence": 0.31}, "asked again sure to 31%"),
    (EventKind.KEYPAD_OFFERED, {}, "The keypad was offered"),
    (EventKind.SILENCE_BRIDGED, {"after_ms": 4000}, "A silence was bridged after 4000 ms"),
    (
        EventKind.PROVIDER_SWITCHED,
        {"source": "tts", "provider": "second"},
        "Another provider took over part tts provider second",
    ),
    (EventKind.LOOP_BLOCKED, {"ms": 740}, "The agent's process stood still for 740 ms"),
    (EventKind.RECORDING_STARTED, {}, "Recording begins"),
    (EventKind.NUDGE, {"new_key": {"a": [1, True]}}, "new key a: 1, yes"),
]


@pytest.mark.parametrize(("kind", "detail", "words"), EVENTS)
def test_an_event_is_told_in_plain_words(
    admin_client: Client, call_id: UUID, kind: EventKind, detail: dict[str, Any], words: str
) -> None:
    event = EventRecord(key="e", kind=kind, at_ms=1_000, occurred_at=ANSWERED, detail=detail)
    store_records(call_id, [event])
    assert words in text_of(admin_client, call_id)


def test_every_kind_of_event_has_a_title_whatever_its_detail_is(
    admin_client: Client, call_id: UUID
) -> None:
    odd: dict[str, Any] = {"ms": None, "confidence": "?", "text": {"a": 1}, "kind": ["x"], "n": 1.5}
    store_records(
        call_id,
        [
            EventRecord(key=f"odd-{k}", kind=k, at_ms=1, occurred_at=ANSWERED, detail=odd)
            for k in EventKind
        ],
    )
    shown = text_of(admin_client, call_id)
    assert shown.count("“") == 0
    assert shown.count("sure to ?") == len(EventKind)
