"""What LiveKit tells us: the signature is checked, the event queued, the answer given at once."""

from __future__ import annotations

import time
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

MAX_BODY_BYTES = 256 * 1024
# LiveKit signs each try anew, so the signature's own expiry does not tell how old the news is.
MAX_AGE_S = 15 * 60
MAX_AHEAD_S = 2 * 60
_KINDS = {ParticipantInfo.Kind.SIP: "SIP", ParticipantInfo.Kind.AGENT: "AGENT"}
_LEG_EVENTS = {"participant_joined", "participant_left"}


@csrf_exempt
@require_POST
def livekit_webhook(request: HttpRequest) -> HttpResponse:
    """200 taken (or of no interest), 503 the queue is down (LiveKit sends it again).

    413: too long; 401: not signed with our key, or for another body; 400: too old, or of the
    future. The event is processed by Celery, once for its id.
    """
    declared = int(request.META.get("CONTENT_LENGTH") or 0)  # chunks declare none
    if declared > MAX_BODY_BYTES or len(request.body) > MAX_BODY_BYTES:
        return HttpResponse(status=413)
    try:
        body = request.body.decode("utf-8")
        event = read_webhook(body, request.headers.get("Authorization", ""))
    except (WebhookSignatureError, UnicodeDecodeError):
        return HttpResponse(status=401)
    if not -MAX_AHEAD_S <= time.time() - event.created_at <= MAX_AGE_S:
        log.warning("webhook_of_another_time", webhook_event=event.event, webhook_id=event.id)
        return HttpResponse(status=400)
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
    base = {
        "id": event.id,
        "event": event.event,
        "room": event.room.name,
        "created_at": event.created_at,
    }
    if event.event == "room_finished":
        return base
    leg = event.participant
    if event.event not in _LEG_EVENTS or leg.kind not in _KINDS:
        return None
    return base | {
        "kind": _KINDS[leg.kind],
        "identity": leg.identity,
        "attributes": {k: v for k, v in leg.attributes.items() if k.startswith("sip.")},
        "disconnect_reason": DisconnectReason.Name(leg.disconnect_reason),
    }
