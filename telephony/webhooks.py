"""What LiveKit tells us: the signature is checked, the event queued, the answer given at once."""

from __future__ import annotations

from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from livekit.protocol.models import DisconnectReason, ParticipantInfo
from livekit.protocol.webhook import WebhookEvent

from telephony import queue
from telephony.livekit_client import WebhookSignatureError, read_webhook

log = structlog.get_logger(__name__)

_LEG_EVENTS = {"participant_joined", "participant_left"}


@csrf_exempt
@require_POST
def livekit_webhook(request: HttpRequest) -> HttpResponse:
    """200 taken, 401 not signed with our key, 503 the queue is down (LiveKit sends it again)."""
    try:
        body = request.body.decode("utf-8")
        event = read_webhook(body, request.headers.get("Authorization", ""))
    except (WebhookSignatureError, UnicodeDecodeError):
        return HttpResponse(status=401)
    trimmed = trim(event)
    if trimmed is not None:
        try:
            queue.enqueue(queue.PROCESS_WEBHOOK, trimmed)
        except queue.QueueUnavailableError:
            log.exception("webhook_not_queued", webhook_event=event.event, webhook_id=event.id)
            return HttpResponse(status=503)
    return HttpResponse(status=200)


def trim(event: WebhookEvent) -> dict[str, Any] | None:
    """The part of an event that a call's life needs, as JSON; None for all other events."""
    base = {"event": event.event, "room": event.room.name, "created_at": event.created_at}
    if event.event == "room_finished":
        return base
    leg = event.participant
    if event.event not in _LEG_EVENTS or leg.kind != ParticipantInfo.Kind.SIP:
        return None
    return base | {
        "identity": leg.identity,
        "attributes": {k: v for k, v in leg.attributes.items() if k.startswith("sip.")},
        "disconnect_reason": DisconnectReason.Name(leg.disconnect_reason),
    }
