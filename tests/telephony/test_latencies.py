"""Percentiles by persona version: exact, quick for many replies, and open to whoever sees calls."""

from __future__ import annotations

import math
import random
import time
from datetime import timedelta

import pytest
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from telephony.latencies import PARTS, percentiles, version_latencies
from telephony.models import Call, Persona, PersonaVersion, TurnMetric
from telephony.services.access import sync_groups
from telephony.services.personas import publish_persona

pytestmark = pytest.mark.django_db
COLUMNS = [column for column, _ in PARTS]


def a_call(version: PersonaVersion | None, name: str) -> Call:
    return Call.objects.create(room_name=name, persona_version=version)


def nearest_rank(values: list[int], percent: int) -> int:
    return sorted(values)[max(1, math.ceil(len(values) * percent / 100)) - 1]


def test_percentiles_are_values_that_were_measured() -> None:
    rng = random.Random(7)
    for size in (1, 2, 3, 19, 20, 21, 100, 101, 999):
        values = [rng.randint(-200, 1_500) for _ in range(size)]
        counts = [(value, values.count(value)) for value in sorted(set(values))]
        expected = tuple(nearest_rank(values, percent) for percent in (50, 95, 99))
        assert percentiles(counts, (50, 95, 99)) == expected
    assert percentiles([], (50, 95, 99)) == ()


@pytest.fixture
def versions(persona: Persona) -> list[PersonaVersion]:
    """Two published versions of one persona."""
    persona.greeting = "Hello again?"
    persona.save()
    publish_persona(persona=persona)
    return list(PersonaVersion.objects.order_by("version"))


def test_each_version_has_its_own_figures_and_what_was_not_measured_has_none(
    versions: list[PersonaVersion],
) -> None:
    first, second = versions
    calls = [a_call(first, "a"), a_call(first, "b"), a_call(second, "c"), a_call(None, "d")]
    for index, call in enumerate(calls):
        for turn in range(10):
            TurnMetric.objects.create(
                call=call,
                turn_key=f"t{turn}",
                framework_ms=600 + 100 * index + turn,
                first_token_ms=-50 if turn < 6 else 30,
                tape_ms=700 + turn if call is calls[0] else None,
                speculated=turn < 6,
                wasted_tokens=3,
            )
    newest, oldest = version_latencies(days=7)

    assert (newest.version, oldest.version) == (second, first)
    assert (oldest.calls, oldest.replies, newest.calls, newest.replies) == (2, 20, 1, 10)
    assert (oldest.speculated_pct, oldest.wasted_tokens_a_call) == (60, 30.0)
    by_part = {part.column: part for part in oldest.parts}
    assert list(by_part) == COLUMNS
    assert by_part["framework_ms"].values == (609, 708, 709)
    assert by_part["first_token_ms"].values == (-50, 30, 30)
    assert (by_part["tape_ms"].count, by_part["tape_ms"].values) == (10, (704, 709, 709))
    assert (by_part["endpointing_ms"].count, by_part["endpointing_ms"].values) == (0, ())


def test_only_the_time_that_is_asked_for_counts(versions: list[PersonaVersion]) -> None:
    for days in (0, 3, 20, 40):
        metric = TurnMetric.objects.create(
            call=a_call(versions[0], f"r{days}"), turn_key="t", framework_ms=days
        )
        TurnMetric.objects.filter(pk=metric.pk).update(
            created_at=timezone.now() - timedelta(days=days)
        )
    assert [version_latencies(days=d)[0].replies for d in (1, 7, 30)] == [1, 2, 3]


@pytest.mark.full
def test_a_hundred_thousand_replies_are_counted_within_seconds(
    versions: list[PersonaVersion], admin_client: Client
) -> None:
    rng = random.Random(3)
    calls = [
        Call(room_name=f"r{index}", persona_version=versions[index % 2]) for index in range(5_000)
    ]
    Call.objects.bulk_create(calls, batch_size=1_000)
    metrics = [
        TurnMetric(
            call=call,
            turn_key=f"t{turn}",
            endpointing_ms=rng.randint(280, 900),
            first_token_ms=rng.randint(-300, 600),
            first_audio_ms=rng.randint(60, 400),
            on_wire_ms=rng.randint(0, 60),
            framework_ms=rng.randint(400, 1_800),
            tape_ms=rng.randint(400, 1_800),
            wasted_tokens=rng.randint(0, 60),
        )
        for call in calls
        for turn in range(20)
    ]
    TurnMetric.objects.bulk_create(metrics, batch_size=5_000)

    began = time.monotonic()
    found = version_latencies(days=30)
    took_s = time.monotonic() - began

    for latency, version in zip(found, reversed(versions), strict=True):
        values = [m.framework_ms for m in metrics if m.call.persona_version_id == version.pk]
        part = next(part for part in latency.parts if part.column == "framework_ms")
        whole = [value for value in values if value is not None]
        assert part.values == tuple(nearest_rank(whole, p) for p in (50, 95, 99))
    print(f"100,000 replies counted in {took_s:.2f} s")  # noqa: T201
    assert took_s < 5.0
    assert admin_client.get(reverse("admin:telephony_call_latency")).status_code == 200


def test_the_page_shows_figures_to_whoever_sees_calls_and_takes_any_nonsense(
    versions: list[PersonaVersion],
) -> None:
    sync_groups()
    user = User.objects.create_user("viewer", is_staff=True)
    user.groups.add(Group.objects.get(name="Viewer"))
    client = Client()
    client.force_login(user)
    TurnMetric.objects.create(
        call=a_call(versions[1], "a"), turn_key="t", framework_ms=612, tape_ms=655
    )
    url = reverse("admin:telephony_call_latency")
    for days in ("1", "7", "30", "", "0", "-1", "x", "9" * 99, "٣"):
        html = client.get(url, {"days": days}).content.decode()
        assert "Nordwind Outdoor v2" in html
        assert "<td>612</td>" in html
        assert "<td>655</td>" in html
        assert "personaversion" not in html, "a viewer may not open personas"
