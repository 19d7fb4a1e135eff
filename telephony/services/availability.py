"""Who is at the phone."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import transaction

from telephony.models import HumanEndpoint


def set_availability(*, humans: Iterable[HumanEndpoint], available: bool) -> int:
    """How many this changed. Row by row, so that the audit log names who did it."""
    with transaction.atomic():
        changed = [human for human in humans if human.available is not available]
        for human in changed:
            human.available = available
            # No other column: a reservation may be written meanwhile.
            human.save(update_fields=["available"])
    return len(changed)
