"""A caller turned away while no database was there: LiveKit's news may come before the reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from telephony import queue
from telephony.contracts import CallArrival
from telephony.enums import EndingReason
from telephony.models import Call, PhoneNumber
from telephony.services import settling
from telephony.services.calls import ensure_call, leg_of, refuse_arrival

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("reported", "ending"), [(True, "store_unavailable"), (False, "worker_lost")]
)
def test_whoever_took_the_room_away_may_say_why_before_it_is_guessed(
    number: PhoneNumber,
    arrival: Callable[..., CallArrival],
    monkeypatch: pytest.MonkeyPatch,
    reported: bool,
    ending: str,
) -> None:
    asked: list[tuple[Any, ...]] = []
    monkeypatch.setattr(queue, "enqueue", lambda *task, **_: asked.append(task))
    one, now = arrival(room_name="call_1"), timezone.now()
    call = ensure_call(leg=leg_of(one))
    settling.note_leg_left(
        room_name="call_1",
        identity=one.participant_identity,
        at=now,
        disconnect_reason="ROOM_DELETED",
    )
    assert asked == [(queue.SETTLE_CALL, str(call.id), now.isoformat(), "ROOM_DELETED")]

    if reported:
        refused_at = now - timedelta(seconds=1)
        refuse_arrival(arrival=one, reason=EndingReason.STORE_UNAVAILABLE, at=refused_at)
    settling.settle_call(call_id=call.id, at=now, disconnect_reason="ROOM_DELETED")
    assert Call.objects.get().ending_reason == ending
