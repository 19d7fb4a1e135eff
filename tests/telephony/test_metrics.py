"""/metrics: what the records say, in few series, and for those alone who may ask."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from contactcenter.metrics import BUCKETS_S
from telephony import counters
from telephony.contracts import CallAnswered, CallArrival, CallEnded, TurnMetricRecord, TurnRecord
from telephony.enums import EndingReason, Speaker
from telephony.facade import open_call, store_records
from telephony.models import Call, Persona, PhoneNumber, TurnMetric
from telephony.services.personas import publish_persona

pytestmark = pytest.mark.django_db
Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scraped(client: Client) -> Series:
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.content
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def of(series: Series, name: str, **labels: str) -> float | None:
    return series.get((f"contactcenter_{name}", tuple(sorted(labels.items()))))


@pytest.fixture
def calls(number: PhoneNumber, arrival: Callable[..., CallArrival]) -> list[Call]:
    """One that ended, one that goes on, one that rings."""
    found = [Call.objects.get(pk=open_call(arrival()).call_id) for _ in range(3)]
    now = timezone.now()
    for call in found[:2]:
        store_records(
            call.pk,
            [
                CallAnswered(answered_at=now),
                TurnRecord(key="c", speaker=Speaker.CALLER, text="Hi", start_ms=0, end_ms=9),
                TurnRecord(key="a", speaker=Speaker.AGENT, text="Yes", start_ms=10, end_ms=19),
                TurnMetricRecord(
                    turn_key="a",
                    endpointing_ms=300,
                    first_token_ms=-120,
                    framework_ms=640,
                    tape_ms=610,
                    speculated=True,
                    wasted_tokens=5,
                ),
            ],
        )
    ended = CallEnded(reason=EndingReason.AGENT_GOODBYE, ended_at=now)
    store_records(found[0].pk, [ended])
    return found


def test_calls_turns_and_replies_are_counted(client: Client, calls: list[Call]) -> None:
    series = scraped(client)
    persona = "Nordwind Outdoor"

    assert of(series, "calls_ended_total", result="success", reason="agent_goodbye") == 1
    assert of(series, "calls_open", state="active") == 1
    assert of(series, "calls_open", state="ringing") == 1
    assert of(series, "turns_total", speaker="caller") == 2
    assert of(series, "replies_total", persona=persona) == 2
    assert of(series, "replies_speculated_total", persona=persona) == 2
    assert of(series, "tokens_wasted_total", persona=persona) == 10


def test_latency_is_a_histogram_of_each_part(client: Client, calls: list[Call]) -> None:
    series = scraped(client)

    def latency(what: str, part: str, **more: str) -> float | None:
        labels = {"persona": "Nordwind Outdoor", "part": part, **more}
        return of(series, f"reply_latency_seconds_{what}", **labels)

    assert latency("count", "speech_edges") == 2
    assert latency("sum", "speech_edges") == pytest.approx(1.28)
    assert latency("bucket", "speech_edges", le="0.6") == 0
    assert latency("bucket", "speech_edges", le="0.7") == 2
    assert latency("bucket", "tape", le="+Inf") == 2
    assert latency("count", "first_sound") == 0, "what was not measured is not counted"
    # Words that were there before the decision count as at once, and the sum never falls.
    assert latency("sum", "first_words") == 0
    assert latency("bucket", "first_words", le="0.05") == 2


def test_counters_begin_anew_at_midnight(client: Client, calls: list[Call]) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    Call.objects.filter(pk=calls[0].pk).update(ended_at=yesterday, started_at=yesterday)
    TurnMetric.objects.filter(call=calls[0]).update(created_at=yesterday)
    series = scraped(client)
    assert of(series, "calls_ended_total", result="success", reason="agent_goodbye") is None
    assert of(series, "replies_total", persona="Nordwind Outdoor") == 1
    assert of(series, "turns_total", speaker="agent") == 1


def test_no_number_of_personas_makes_more_than_a_bounded_number_of_series(
    client: Client, calls: list[Call], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "MOST_PERSONAS", 2)
    for index in range(4):
        persona = Persona.objects.create(
            name=f'Evil "{index}"\n', instructions="-", greeting="-", voice_id="v"
        )
        version, _ = publish_persona(persona=persona)
        call = Call.objects.create(room_name=f"r{index}", persona_version=version)
        TurnMetric.objects.create(call=call, turn_key="t", framework_ms=100)
    series = scraped(client)
    personas = {labels for name, labels in series if name == "contactcenter_replies_total"}
    assert len(personas) == 3
    assert of(series, "replies_total", persona=counters.OTHER) == 4
    assert len(series) < 3 * 6 * (len(BUCKETS_S) + 3) + 60


def test_nothing_of_a_caller_is_told(client: Client, calls: list[Call]) -> None:
    text = client.get("/metrics").content.decode()
    for secret in ("5550199", "5550100", str(calls[0].pk), "sip_", "Hi"):
        assert secret not in text


def test_without_a_token_only_this_machine_may_ask(client: Client) -> None:
    assert client.get("/metrics").status_code == 200
    assert client.get("/metrics", REMOTE_ADDR="::1").status_code == 200
    for address in ("203.0.113.9", "10.0.0.1", "", "nonsense"):
        assert client.get("/metrics", REMOTE_ADDR=address).status_code == 403, address
    for name in ("X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"):
        assert client.get("/metrics", headers={name: "127.0.0.1"}).status_code == 403, name
    assert client.post("/metrics").status_code == 405


def test_with_a_token_everybody_who_has_it_and_nobody_else(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = "a-token-of-prometheus"
    right = {"Authorization": "Bearer a-token-of-prometheus", "X-Forwarded-For": "203.0.113.9"}
    assert client.get("/metrics", headers=right, REMOTE_ADDR="203.0.113.9").status_code == 200
    for given in ("", "Bearer ", "Bearer a-token-of-prometheu", "a-token-of-prometheus", "é"):
        assert client.get("/metrics", headers={"Authorization": given}).status_code == 403


def test_a_database_that_is_away_is_said_and_is_no_traceback(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("connection to 10.1.2.3 refused")

    monkeypatch.setattr(counters, "calls_ended", away)
    answer = client.get("/metrics")
    assert answer.status_code == 503
    assert b"10.1.2.3" not in answer.content
