"""/metrics for Prometheus: calls, replies and their latency, as the records have them.

The worker has a process a call, and the web side may have several: none of them counts anything,
all of them read the same rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from contactcenter.access import may_monitor
from telephony import counters

log = structlog.get_logger(__name__)

# Around what a caller notices: half a second is quick, a second is slow, more is lost.
BUCKETS_S = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.25, 1.5, 2.0, 3.0, 5.0, 10.0)
_PART = {
    "endpointing_ms": "decision",
    "first_token_ms": "first_words",
    "first_audio_ms": "first_sound",
    "on_wire_ms": "on_the_wire",
    "framework_ms": "speech_edges",
    "tape_ms": "tape",
}


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Bearer METRICS_TOKEN where one is set; else only for this machine, past no proxy."""
    if not may_monitor(request):
        return HttpResponse("Not for you.", status=403, content_type="text/plain")
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Records())
    try:
        return HttpResponse(encode(registry), content_type=content_type)
    except DatabaseError as error:
        log.warning("metrics_unknown", error_type=type(error).__name__)
        return HttpResponse("The database does not answer.", status=503, content_type="text/plain")


class _Records(Collector):
    """Asked at each scrape. Counters begin anew at midnight UTC."""

    def describe(self) -> Iterable[Metric]:
        return []  # registering must not ask the database

    def collect(self) -> Iterator[Metric]:
        ended = CounterMetricFamily(
            "contactcenter_calls_ended",
            "Calls that ended since midnight UTC, by ending.",
            labels=["result", "reason"],
        )
        for result, reason, count in counters.calls_ended():
            ended.add_metric([result, reason], count)
        yield ended
        still_open = GaugeMetricFamily(
            "contactcenter_calls_open", "Calls that ring or are talked in now.", labels=["state"]
        )
        states = {"ringing": 0, "active": 0} | dict(counters.calls_open())
        for state, count in states.items():
            still_open.add_metric([state], count)
        yield still_open
        turns = CounterMetricFamily(
            "contactcenter_turns",
            "Turns of speech in calls that began since midnight UTC.",
            labels=["speaker"],
        )
        for speaker, count in counters.turns():
            turns.add_metric([speaker], count)
        yield turns
        yield from _of_replies(counters.replies())


def _of_replies(found: Sequence[counters.Replies]) -> Iterator[Metric]:
    made = CounterMetricFamily(
        "contactcenter_replies", "Replies of the agent since midnight UTC.", labels=["persona"]
    )
    guessed = CounterMetricFamily(
        "contactcenter_replies_speculated",
        "Replies begun before the caller had ended, since midnight UTC.",
        labels=["persona"],
    )
    wasted = CounterMetricFamily(
        "contactcenter_tokens_wasted",
        "Tokens of replies begun early and thrown away, since midnight UTC.",
        labels=["persona"],
    )
    latency = HistogramMetricFamily(
        "contactcenter_reply_latency_seconds",
        "A reply's time since the end of the caller's speech, in parts and in all: by speech edges "
        "on the worker's clock, and on the tape where the number records.",
        labels=["persona", "part"],
    )
    for replies in found:
        made.add_metric([replies.persona], replies.count)
        guessed.add_metric([replies.persona], replies.speculated)
        wasted.add_metric([replies.persona], replies.wasted_tokens)
        for column, part in _PART.items():
            # A reply begun early has its first words before the decision: as good as at once.
            values = [(max(0, ms) / 1000, often) for ms, often in replies.by_part[column]]
            buckets = [
                (str(limit), float(sum(often for value, often in values if value <= limit)))
                for limit in BUCKETS_S
            ]
            buckets.append(("+Inf", float(sum(often for _, often in values))))
            total_s = round(sum(value * often for value, often in values), 3)
            latency.add_metric([replies.persona, part], buckets, total_s)
    yield from (made, guessed, wasted, latency)
