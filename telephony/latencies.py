"""How fast replies were, by persona version: exact percentiles, the same on every database."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, QuerySet, Sum
from django.utils import timezone

from telephony.models import PersonaVersion, TurnMetric

PERIODS_DAYS = (1, 7, 30)
PERCENTILES = (50, 95, 99)
# Columns of TurnMetric, and what a supervisor reads.
PARTS = (
    ("endpointing_ms", "End of speech to the decision that the turn was over"),
    ("first_token_ms", "Decision to first words (below zero: they were there before it)"),
    ("first_audio_ms", "First words to first sound"),
    ("on_wire_ms", "First sound to its way out"),
    ("framework_ms", "In all, by speech edges on the worker's clock"),
    ("tape_ms", "In all, on the tape (only calls that are recorded)"),
)
WHOLES = ("framework_ms", "tape_ms")

_VERSION = "call__persona_version"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFigures:
    """``values`` are ms, one for each of PERCENTILES; empty when nothing was measured."""

    column: str
    label: str
    whole: bool
    count: int
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLatency:
    version: PersonaVersion
    calls: int
    replies: int
    speculated_pct: int
    wasted_tokens_a_call: float
    parts: tuple[PartFigures, ...]


def version_latencies(*, days: int) -> list[VersionLatency]:
    """Replies stored in the last ``days``, by version; newest version of each persona first.

    Eight queries, whatever there is. A percentile is the smallest value that so many percent of the
    replies do not exceed (nearest rank), counted by the millisecond: the database need not sort,
    and only as many rows come back as there are different milliseconds.
    """
    metrics = TurnMetric.objects.filter(
        created_at__gte=timezone.now() - timedelta(days=days), call__persona_version__isnull=False
    ).order_by()
    totals = {
        row[_VERSION]: row
        for row in metrics.values(_VERSION).annotate(
            replies=Count("pk"),
            calls=Count("call", distinct=True),
            guessed=Count("pk", filter=Q(speculated=True)),
            wasted=Sum("wasted_tokens"),
        )
    }
    parts = {column: _counts(metrics, column) for column, _ in PARTS}
    versions = PersonaVersion.objects.filter(pk__in=totals).order_by("name", "persona", "-version")
    return [
        VersionLatency(
            version=version,
            calls=totals[version.pk]["calls"],
            replies=totals[version.pk]["replies"],
            speculated_pct=round(
                100 * totals[version.pk]["guessed"] / totals[version.pk]["replies"]
            ),
            wasted_tokens_a_call=round(
                totals[version.pk]["wasted"] / totals[version.pk]["calls"], 1
            ),
            parts=tuple(
                _figures(column, label, parts[column].get(version.pk, []))
                for column, label in PARTS
            ),
        )
        for version in versions
    ]


def percentiles(counts: Sequence[tuple[int, int]], wanted: Sequence[int]) -> tuple[int, ...]:
    """Nearest-rank percentiles of ``(value, how often)`` pairs, sorted by value."""
    total = sum(often for _, often in counts)
    ranks = [max(1, math.ceil(total * percent / 100)) for percent in wanted]
    found: list[int] = []
    seen = 0
    for value, often in counts:
        seen += often
        while len(found) < len(ranks) and seen >= ranks[len(found)]:
            found.append(value)
    return tuple(found)


def _counts(metrics: QuerySet[TurnMetric], column: str) -> dict[int, list[tuple[int, int]]]:
    by_version: dict[int, list[tuple[int, int]]] = defaultdict(list)
    rows = metrics.filter(**{f"{column}__isnull": False}).values_list(_VERSION, column)
    for version, value, often in rows.annotate(often=Count("pk")):
        by_version[version].append((value, often))
    return by_version


def _figures(column: str, label: str, counts: list[tuple[int, int]]) -> PartFigures:
    return PartFigures(
        column=column,
        label=label,
        whole=column in WHOLES,
        count=sum(often for _, often in counts),
        values=percentiles(sorted(counts), PERCENTILES),
    )
