"""Celery's entrances: parse, one domain call. Every task may run twice."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from celery import shared_task
from django.conf import settings
from django.db import InterfaceError, InternalError, OperationalError

from telephony import queue
from telephony.checked_post import TargetUnavailableError
from telephony.livekit_client import LiveKitError, LiveKitUnavailableError
from telephony.models import Call
from telephony.services import (
    fallback,
    handoff_watch,
    handoff_webhook,
    provisioning,
    recordings,
    settling,
    spool,
    watchdog,
)

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


# A database that is away for a while, or after a failover only reads (which is an InternalError),
# comes back; what is asked again later is idempotent.
_NO_DATABASE = (OperationalError, InterfaceError, InternalError)
_away: Any = {
    "autoretry_for": (*_NO_DATABASE, LiveKitUnavailableError),
    "retry_backoff": 1,
    "retry_backoff_max": 10,
    "retry_kwargs": {"max_retries": 8},
}


@shared_task(name=queue.PROCESS_WEBHOOK, **_away)
def process_webhook(event: Mapping[str, Any]) -> None:
    settling.process_webhook(event=event)


@shared_task(name=queue.SETTLE_CALL, **_away)
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


@shared_task(name=queue.WATCH_CALL, **_away)
def watch_call(call_id: str) -> None:
    with structlog.contextvars.bound_contextvars(call_id=call_id):
        watchdog.watch_call(call_id=UUID(call_id))


@shared_task(name=queue.WATCH_CALLS)
def watch_calls() -> None:
    watchdog.watch_calls()


@shared_task(name=queue.CHECK_WORKER, **_away)
def check_worker(call_id: str, job_id: str, dead: bool = False) -> None:
    with structlog.contextvars.bound_contextvars(call_id=call_id):
        watchdog.check_worker(call_id=UUID(call_id), job_id=job_id, dead=dead)


@shared_task(
    name=queue.SEND_HANDOFF_WEBHOOK,
    autoretry_for=(TargetUnavailableError, *_NO_DATABASE),
    retry_backoff=1,
    retry_kwargs={"max_retries": 3},
)
def send_handoff_webhook(call_id: str, key: str, human_id: int, at: str) -> None:
    with structlog.contextvars.bound_contextvars(call_id=call_id):
        handoff_webhook.send(
            call_id=UUID(call_id), key=key, human_id=human_id, at=datetime.fromisoformat(at)
        )


@shared_task(name=queue.CHECK_HANDOFF, **_away)
def check_handoff(call_id: str) -> None:
    with structlog.contextvars.bound_contextvars(call_id=call_id):
        handoff_watch.check_handoff(call_id=UUID(call_id))


@shared_task(name=queue.TAKE_OUT_HUMANS, **_away)
def take_out_humans(call_id: str) -> None:
    with structlog.contextvars.bound_contextvars(call_id=call_id):
        handoff_watch.take_out_humans(call_id=UUID(call_id))


@shared_task(name=queue.FOLLOW_FALLBACK, **_away)
def follow_fallback(call_id: str) -> None:
    with structlog.contextvars.bound_contextvars(call_id=call_id):
        call = Call.objects.open().filter(pk=UUID(call_id), caller_left_at=None).first()
        if call is not None:
            fallback.follow_until_answered(call)


@shared_task(name=queue.RECONCILE_CALLS)
def reconcile_calls() -> None:
    try:
        settling.reconcile_calls()
    except LiveKitError as error:
        log.warning("rooms_unknown", error_type=type(error).__name__)


@shared_task(name=queue.STORE_SPOOL)
def store_spool() -> None:
    try:
        stored = spool.store_spool(folder=settings.SPOOL_DIR)
    except _NO_DATABASE as error:
        log.warning("spool_waits", error_type=type(error).__name__)
        return
    if stored:
        log.warning("spool_stored", count=stored)


@shared_task(name=queue.DELETE_OLD_RECORDINGS, **_away)
def delete_old_recordings() -> None:
    if deleted := recordings.delete_old_recordings():
        log.info("recordings_deleted", count=deleted)
