"""Celery's entrances: parse, one domain call. Every task may run twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from celery import shared_task

from telephony import queue
from telephony.livekit_client import LiveKitError, LiveKitUnavailableError
from telephony.services import provisioning, settling

log = structlog.get_logger(__name__)


@shared_task(
    name=queue.SYNC_LIVEKIT,
    autoretry_for=(LiveKitUnavailableError,),
    retry_backoff=2,
    retry_kwargs={"max_retries": 5},
)
def sync_livekit() -> None:
    report = provisioning.sync_livekit()
    if report.changes:
        log.info("livekit_synchronised", count=len(report.changes))


@shared_task(name=queue.PROCESS_WEBHOOK)
def process_webhook(event: Mapping[str, Any]) -> None:
    settling.process_webhook(event=event)


@shared_task(name=queue.SETTLE_CALL)
def settle_call(call_id: str, at: str, disconnect_reason: str) -> None:
    with structlog.contextvars.bound_contextvars(call_id=call_id):
        settling.settle_call(
            call_id=UUID(call_id),
            at=datetime.fromisoformat(at),
            disconnect_reason=disconnect_reason,
        )


@shared_task(name=queue.CLOSE_CALLS_WITHOUT_A_ROOM)
def close_calls_without_a_room() -> None:
    try:
        settling.close_calls_without_a_room()
    except LiveKitError as error:
        # Unknown is not gone: the calls are left, and the next run asks again.
        log.warning("rooms_unknown", error_type=type(error).__name__)
