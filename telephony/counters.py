"""What monitoring counts, since midnight UTC: read from the records, the same in every process.

A counter that starts again each midnight is one that Prometheus understands (rate, increase), and
it keeps the work of a scrape to one day's rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q, Sum
from django.utils import timezone

from telephony.latencies import PARTS
from telephony.models import Call, TranscriptTurn, TurnMetric

# Personas are few; should they not be, the rest is counted together.
MOST_PERSONAS = 50
OTHER = "(other)"
_PERSONA = "call__persona_version__persona__name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Replies:
    """Replies of one persona. ``by_part``: of each column of latencies.PARTS, ms and how often."""

    persona: str
    count: int
    speculated: int
    wasted_tokens: int
    by_part: dict[str, list[tuple[int, int]]]


def midnight() -> datetime:
    return timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)


def calls_ended() -> list[tuple[str, str, int]]:
    """Result, reason and count of the calls that ended since midnight."""
    ended = Call.objects.filter(ended_at__gte=midnight()).order_by()
    rows = ended.values_list("ending_result", "ending_reason").annotate(count=Count("pk"))
    return sorted(rows)


def calls_open() -> list[tuple[str, int]]:
    """State and count of the calls that ring or are talked in now."""
    rows = Call.objects.open().order_by().values_list("state").annotate(count=Count("pk"))
    return sorted(rows)


def turns() -> list[tuple[str, int]]:
    """Speaker and count of the turns of calls that began since midnight."""
    rows = TranscriptTurn.objects.filter(call__started_at__gte=midnight()).order_by()
    return sorted(rows.values_list("speaker").annotate(count=Count("pk")))


def replies() -> list[Replies]:
    metrics = TurnMetric.objects.filter(
        created_at__gte=midnight(), call__persona_version__isnull=False
    ).order_by()
    totals = list(
        metrics.values_list(_PERSONA).annotate(
            replies=Count("pk"),
            guessed=Count("pk", filter=Q(speculated=True)),
            wasted=Sum("wasted_tokens"),
        )
    )
    label = _labels(name for name, *_ in totals)
    summed: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for name, *numbers in totals:
        summed[label[name]] = [a + b for a, b in zip(summed[label[name]], numbers, strict=True)]
    parts: dict[str, dict[str, list[tuple[int, int]]]] = {
        persona: {column: [] for column, _ in PARTS} for persona in summed
    }
    for column, _ in PARTS:
        measured = metrics.filter(**{f"{column}__isnull": False})
        rows = measured.values_list(_PERSONA, column).annotate(often=Count("pk"))
        for name, value, often in rows:
            if name in label:  # else stored since the totals were read
                parts[label[name]][column].append((value, often))
    return [
        Replies(
            persona=persona,
            count=count,
            speculated=speculated,
            wasted_tokens=wasted,
            by_part=parts[persona],
        )
        for persona, (count, speculated, wasted) in sorted(summed.items())
    ]


def _labels(names: Iterable[str]) -> dict[str, str]:
    known = sorted(names)
    return {name: name if at < MOST_PERSONAS else OTHER for at, name in enumerate(known)}
