"""Handing work to Celery by name, so that services need not import tasks."""

from __future__ import annotations

from collections.abc import Callable

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

# The names of tasks.py, where each is written.
SYNC_LIVEKIT = "telephony.sync_livekit"
PROCESS_WEBHOOK = "telephony.process_webhook"
SETTLE_CALL = "telephony.settle_call"
WATCH_CALL = "telephony.watch_call"
WATCH_CALLS = "telephony.watch_calls"
CHECK_WORKER = "telephony.check_worker"
SEND_HANDOFF_WEBHOOK = "telephony.send_handoff_webhook"
CHECK_HANDOFF = "telephony.check_handoff"
TAKE_OUT_HUMANS = "telephony.take_out_humans"
FOLLOW_FALLBACK = "telephony.follow_fallback"
RECONCILE_CALLS = "telephony.reconcile_calls"
STORE_SPOOL = "telephony.store_spool"
DELETE_OLD_RECORDINGS = "telephony.delete_old_recordings"
CLOSE_CALLS_WITHOUT_A_ROOM = "telephony.close_calls_without_a_room"


class QueueUnavailableError(Exception):
    """The broker did not take the task."""


def enqueue(
    task: str,
    *args: object,
    countdown_s: float = 0,
    when_refused: Callable[[], object] | None = None,
) -> None:
    """Sends the task when the transaction commits, at once outside one.

    Raises QueueUnavailableError only outside a transaction; inside, the work is committed when the
    broker fails, so the failure is logged by Django and nothing is undone. ``when_refused`` is
    called in either case.
    """

    def send() -> None:
        try:
            current_app.send_task(task, args=args, countdown=countdown_s or None)
        except (OperationalError, OSError) as error:
            if when_refused is not None:
                when_refused()
            raise QueueUnavailableError(f"The broker did not take {task}.") from error

    if transaction.get_connection().in_atomic_block:
        transaction.on_commit(send, robust=True)
    else:
        send()
