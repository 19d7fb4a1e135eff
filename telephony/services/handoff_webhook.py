"""Telling another system whose phone is about to ring, and for which call."""

from __future__ import annotations

import time
from datetime import datetime
from uuid import UUID

import structlog
from django.conf import settings

from telephony import queue
from telephony.checked_post import post_json
from telephony.contracts.addresses import BlockedAddressError
from telephony.models import Call, HumanEndpoint, HumanRequest
from telephony.services.transcript_link import transcript_url

log = structlog.get_logger(__name__)


def announce(*, request: HumanRequest, human: HumanEndpoint, at: datetime) -> None:
    """On commit, which is before the worker learns whom to dial. Without a webhook: nothing."""
    if request.team.webhook_url:
        queue.enqueue(
            queue.SEND_HANDOFF_WEBHOOK,
            str(request.call_id),
            request.key,
            human.pk,
            at.isoformat(),
        )


def send(*, call_id: UUID, key: str, human_id: int, at: datetime) -> bool:
    """Whether it was sent: not for a call that is over, or for a human who was let go meanwhile.

    Raises TargetUnavailableError.
    """
    request = HumanRequest.objects.select_related("team", "call").filter(call=call_id, key=key)
    human = HumanEndpoint.objects.filter(
        pk=human_id, reserved_call_id=call_id, reserved_key=key
    ).first()
    wish = request.first()
    if wish is None or human is None or not wish.team.webhook_url or wish.call.ended_at:
        return False
    try:
        status = post_json(
            wish.team.webhook_url,
            _news(wish, human, at),
            secret=wish.team.webhook_secret,
            # One offer of one human; a retry of it is the same news.
            idempotency_key=f"{call_id}-{key}-{human_id}-{int(at.timestamp() * 1000)}",
            seconds=int(time.time()),
            trusted=frozenset(settings.WEBHOOK_ALLOWED_HTTP_HOSTS),
        )
    except BlockedAddressError:
        log.error("handoff_webhook_blocked", call_id=str(call_id))
        return False
    if not 200 <= status < 300:
        log.warning("handoff_webhook_refused", call_id=str(call_id), status_code=status)
    return 200 <= status < 300


def _news(wish: HumanRequest, human: HumanEndpoint, at: datetime) -> dict[str, object]:
    call: Call = wish.call
    transfer = call.transfers.filter(key=wish.key).first()
    return {
        "event": "handoff",
        "at": at.isoformat(),
        "call_id": str(call.pk),
        "sip_call_id": call.sip_call_id,
        "caller_number": call.caller_number,
        "called_number": call.called_number,
        "team": wish.team.key,
        "human": human.name,
        "cause": transfer.cause if transfer is not None else "",
        "why": transfer.why if transfer is not None else "",
        "briefing": transfer.briefing if transfer is not None else "",
        "transcript_url": transcript_url(call.pk),
    }
