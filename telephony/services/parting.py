"""Ending a call that no worker leads."""

from __future__ import annotations

from datetime import datetime

import structlog
from django.utils import timezone

from telephony import livekit_client
from telephony.enums import EndingReason, EventKind
from telephony.models import Call
from telephony.services.calls import add_event, end_call

log = structlog.get_logger(__name__)


def part(call: Call, *, reason: EndingReason, why: str) -> None:
    """Ends every leg, then the call: an ended one is looked at no more. Raises LiveKitError."""
    livekit_client.delete_room(call.room_name)
    end_call(call=call, reason=reason, at=timezone.now(), detail=why)


def part_when_too_long(call: Call, *, since: datetime) -> None:
    """Caller and human, who began to talk then: at the longest duration of a call it is over.

    Nothing else would end it when a telephone is put down without hanging up. Raises LiveKitError.
    """
    now = timezone.now()
    if call.longest is None or now < since + call.longest:
        return
    log.warning("talk_too_long", call_id=str(call.pk))
    add_event(call=call, key="max-duration", kind=EventKind.MAX_DURATION_REACHED, at=now)
    part(
        call,
        reason=EndingReason.MAX_DURATION,
        why="Caller and human talked without an agent for the longest time.",
    )
