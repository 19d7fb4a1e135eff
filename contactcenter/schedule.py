"""What Celery beat asks for, and how often. A run that comes late is dropped: the next is due."""

from __future__ import annotations

from typing import Any

from celery.schedules import schedule

BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    # Whatever somebody changed in LiveKit by hand is put right, and what is foreign is found.
    "sync-livekit": {
        "task": "telephony.sync_livekit",
        "schedule": schedule(run_every=120),
        "options": {"expires": 110},
    },
    "close-calls-without-a-room": {
        "task": "telephony.close_calls_without_a_room",
        "schedule": schedule(run_every=30),
        "options": {"expires": 25},
    },
    # Each call that waits is also looked at by a task of its own, at the second it is due.
    "watch-calls": {
        "task": "telephony.watch_calls",
        "schedule": schedule(run_every=5),
        "options": {"expires": 5},
    },
    "reconcile-calls": {
        "task": "telephony.reconcile_calls",
        "schedule": schedule(run_every=60),
        "options": {"expires": 55},
    },
    "delete-old-recordings": {
        "task": "telephony.delete_old_recordings",
        "schedule": schedule(run_every=3600),
        "options": {"expires": 3500},
    },
    # A file that nobody holds is also the first sign of a dead worker: its caller waits.
    "store-spool": {
        "task": "telephony.store_spool",
        "schedule": schedule(run_every=3),
        "options": {"expires": 3},
    },
}
