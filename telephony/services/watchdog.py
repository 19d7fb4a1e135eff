"""Calls that have no agent: others are asked for, then a human is dialled, else it is busy.

No worker is needed for any of it. The marks on the Call row are conditional UPDATEs, so that of two
tasks that look at once one acts. LiveKit that does not answer means unknown: the mark is taken back
or the next look goes on from it.
"""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from livekit.protocol.agent import JobStatus

from telephony import livekit_client, queue
from telephony.enums import EventKind
from telephony.livekit_client import LiveKitError, LiveKitRefusedError, LiveKitUnavailableError
from telephony.models import Call
from telephony.services import fallback, handoff_watch
from telephony.services.calls import add_event, refuse_unclaimed

log = structlog.get_logger(__name__)

REDISPATCH_AFTER = timedelta(seconds=4)
# LiveKit gives an old dispatch to no worker that registers later: it is made anew. A little less
# than between two looks, which come when Celery has time.
REDISPATCH_AGAIN_AFTER = timedelta(seconds=1.8)
GIVE_UP_AFTER = timedelta(seconds=10)
# LiveKit may give a call whose worker hangs to that same worker, and wait for it: it is asked anew.
LOST_AGAIN_AFTER = timedelta(seconds=3)
LOST_GIVE_UP_AFTER = timedelta(seconds=13)
# Many calls at once: a job that has a worker may still be waiting for its process.
JOB_STARTS_WITHIN = timedelta(seconds=7)
LOOKS = (REDISPATCH_AFTER, *(timedelta(seconds=s) for s in (6, 7, 8)), GIVE_UP_AFTER)
NOT_FOUND = "not_found"


def watch(call: Call) -> None:
    """Looks at this call again when it should have an agent; a beat looks too, if this is lost."""
    try:
        for wait in LOOKS:
            queue.enqueue(queue.WATCH_CALL, str(call.id), countdown_s=wait.total_seconds())
    except queue.QueueUnavailableError:
        log.warning("watch_left_to_the_beat", call_id=str(call.id))


def watch_calls() -> int:
    """Looks at every open call that waits for an agent or a human; returns how many there are.

    Humans who are held for nobody are freed.
    """
    handoff_watch.release_stale_reservations()
    late = timezone.now() - REDISPATCH_AFTER
    waiting = Call.objects.open().filter(
        Q(claimed_by_job="") | Q(fallback_at__isnull=False), started_at__lt=late
    )
    ids = list(waiting.values_list("pk", flat=True)[:500])
    for call_id in ids:
        try:
            watch_call(call_id=call_id)
        except LiveKitError as error:
            log.warning("watch_unknown", call_id=str(call_id), error_type=type(error).__name__)
    return len(ids)


def watch_call(*, call_id: UUID) -> None:
    """Does what is due for a call that waits. Raises LiveKitError when LiveKit cannot say or do."""
    call = Call.objects.open().filter(pk=call_id, caller_left_at__isnull=True).first()
    if call is None:
        return
    if call.fallback_at is not None:
        fallback.follow(call)
        return
    if call.claimed_by_job:
        return
    lost = call.worker_lost_at is not None
    waited = timezone.now() - (call.worker_lost_at or call.started_at)
    if waited >= (LOST_GIVE_UP_AFTER if lost else GIVE_UP_AFTER):
        give_up(call, job_id="")
    elif lost:
        if waited < LOST_AGAIN_AFTER or not _has_a_job(call.room_name):
            _dispatch(call, note=f"worker lost {waited // LOST_AGAIN_AFTER}")
    elif waited >= REDISPATCH_AFTER:
        if refuse_unclaimed(call=call):
            livekit_client.delete_room(call.room_name)
        else:
            _redispatch(call)


def check_worker(*, call_id: UUID, job_id: str, dead: bool = False) -> None:
    """Is the job that has this call still in its room? If not, another may have the call.

    ``dead``: its process is known to be gone, though LiveKit may take 20 s to
    see it. Raises LiveKitError when LiveKit cannot say.
    """
    call = (
        Call.objects.open()
        .filter(pk=call_id, claimed_by_job=job_id, fallback_at__isnull=True)
        .first()
    )
    if call is None:
        return
    try:
        present = livekit_client.participants(call.room_name)
    except LiveKitRefusedError as error:
        if error.code == NOT_FOUND:
            return  # the call is over; its end is settled elsewhere
        raise
    identities = {leg.identity for leg in present}
    agent = livekit_client.agent_identity(job_id)
    if (agent in identities and not dead) or call.participant_identity not in identities:
        return
    if agent in identities:
        livekit_client.remove_participant(call.room_name, agent)
    if handoff_watch.goes_on_alone(call, identities):
        return
    handoff_watch.abandon(call, identities)
    lost_before = call.worker_lost_at is not None
    if not lost_before and call.lose_worker(job_id=job_id, at=timezone.now()):
        log.warning("worker_lost", call_id=str(call.id))
        _note(call, f"worker-lost:{job_id}", EventKind.WORKER_LOST, job=job_id)
        again_s, given_up_s = LOST_AGAIN_AFTER.total_seconds(), LOST_GIVE_UP_AFTER.total_seconds()
        for wait_s in (again_s, 2 * again_s, 3 * again_s, given_up_s):
            queue.enqueue(queue.WATCH_CALL, str(call.id), countdown_s=wait_s + 0.1)
        _dispatch(call, note="worker lost 0")
    elif lost_before:
        _note(call, f"worker-lost:{job_id}", EventKind.WORKER_LOST, job=job_id)
        give_up(call, job_id=job_id)


def worker_left(*, room_name: str, identity: str) -> None:
    """An agent left a room: was it the one that has the call?"""
    job_id = identity.removeprefix("agent-")
    call = Call.objects.open().filter(room_name=room_name, claimed_by_job=job_id).first()
    if call is not None:
        # A worker that hung up is still writing the end.
        queue.enqueue(queue.CHECK_WORKER, str(call.id), job_id, countdown_s=1)


def give_up(call: Call, *, job_id: str) -> None:
    """No agent will have this call: the number's human is dialled, else the caller hears busy.

    A call that no worker could refuse is refused here: the human is for calls that are taken.
    """
    with transaction.atomic():
        refused = refuse_unclaimed(call=call)
        given = not refused and call.hand_to_fallback(job_id=job_id, at=timezone.now())
    if refused:
        livekit_client.delete_room(call.room_name)
    if not given:
        return
    log.warning("call_without_agent", call_id=str(call.id))
    with suppress(LiveKitError):
        _delete_dispatches(call.room_name)
    fallback.follow(call)


def _redispatch(call: Call) -> None:
    now = timezone.now()
    asked_at = call.redispatched_at or call.started_at
    may_yet_start = now - asked_at < JOB_STARTS_WITHIN
    if may_yet_start and (_has_a_job(call.room_name) or _agent_is_there(call.room_name)):
        return  # it starts slowly: to delete its dispatch would take it out of the room
    if not call.redispatch(at=now, not_since=now - REDISPATCH_AGAIN_AFTER):
        return
    log.warning("call_redispatched", call_id=str(call.id))
    try:
        _dispatch(call, note=f"no agent after {(now - call.started_at).total_seconds():.1f} s")
    except LiveKitUnavailableError:
        call.take_back_redispatch()
        raise
    except LiveKitRefusedError as error:
        if error.code != NOT_FOUND:
            raise
    _note(call, "redispatched", EventKind.REDISPATCHED)


def _dispatch(call: Call, *, note: str) -> None:
    """One dispatch of ours for this reason, however often it is asked for."""
    metadata = json.dumps({"watchdog": note, "asked": call.asked})
    dispatches = livekit_client.dispatches(call.room_name)
    if any(dispatch.metadata == metadata for dispatch in dispatches):
        return
    if Call.objects.filter(pk=call.pk).exclude(claimed_by_job="").exists():
        return  # a job was quicker than this look: with its dispatch it would lose its room
    _delete_dispatches(call.room_name)
    livekit_client.create_dispatch(call.room_name, settings.AGENT_NAME, metadata)


def _has_a_job(room_name: str) -> bool:
    """A worker has taken the dispatch; without one LiveKit makes no job of it."""
    return any(
        job.state.status in (JobStatus.JS_PENDING, JobStatus.JS_RUNNING)
        for dispatch in livekit_client.dispatches(room_name)
        if dispatch.agent_name == settings.AGENT_NAME
        for job in dispatch.state.jobs
    )


def _agent_is_there(room_name: str) -> bool:
    """LiveKit may list a job up to 5 s late: once a minute it first waits for all its servers."""
    agents = livekit_client.agent_identity("")
    return any(each.startswith(agents) for each in livekit_client.identities_in_room(room_name))


def _delete_dispatches(room_name: str) -> None:
    for dispatch in livekit_client.dispatches(room_name):
        if dispatch.agent_name != settings.AGENT_NAME:
            continue  # LiveKit's own, or somebody else's
        try:
            livekit_client.delete_dispatch(dispatch.id, room_name)
        except LiveKitRefusedError as error:
            if error.code != NOT_FOUND:
                raise


def _note(call: Call, key: str, kind: EventKind, **detail: str) -> None:
    add_event(call=call, key=key, kind=kind, at=timezone.now(), detail=detail)
