"""A phone call, from the moment a leg is seen until its ending has a name."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Count, Q
from django.utils import timezone

from telephony.enums import CallDirection, CallState, EndingReason, EndingResult
from telephony.models.persona import PersonaVersion
from telephony.models.phone_number import PhoneNumber
from telephony.models.trunk import SipTrunk


def _label(value: str) -> str:
    return value.replace("_", " ").capitalize()


class CallQuerySet(models.QuerySet["Call"]):
    def open(self) -> CallQuerySet:
        return self.exclude(state=CallState.ENDED.value)

    def with_counts(self) -> CallQuerySet:
        return self.annotate(turn_count=Count("turns", distinct=True))


class Call(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField(
        max_length=16,
        choices=[(s.value, _label(s)) for s in CallState],
        default=CallState.RINGING.value,
    )
    direction = models.CharField(
        max_length=16,
        choices=[(d.value, _label(d)) for d in CallDirection],
        default=CallDirection.INBOUND.value,
    )
    called_number = models.CharField("number", max_length=64, blank=True)
    caller_number = models.CharField("caller", max_length=64, blank=True)
    trunk = models.ForeignKey(
        SipTrunk, on_delete=models.SET_NULL, null=True, blank=True, related_name="calls"
    )
    phone_number = models.ForeignKey(
        PhoneNumber, on_delete=models.SET_NULL, null=True, blank=True, related_name="calls"
    )
    persona_version = models.ForeignKey(
        PersonaVersion, on_delete=models.PROTECT, null=True, blank=True, related_name="calls"
    )
    room_name = models.CharField("room", max_length=255)
    participant_identity = models.CharField(max_length=255, blank=True)
    livekit_call_id = models.CharField("LiveKit call id", max_length=64, blank=True)
    sip_call_id = models.CharField("SIP Call-ID", max_length=255, blank=True)
    claimed_by_job = models.CharField(max_length=64, blank=True)
    claimed_by_worker = models.CharField(max_length=64, blank=True)
    started_at = models.DateTimeField("started", default=timezone.now)
    claimed_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField("answered", null=True, blank=True)
    caller_left_at = models.DateTimeField(null=True, blank=True)
    # What the watchdogs did: set by conditional UPDATEs, each but the first once.
    redispatched_at = models.DateTimeField(null=True, blank=True, editable=False)
    worker_lost_at = models.DateTimeField(null=True, blank=True, editable=False)
    fallback_at = models.DateTimeField(null=True, blank=True, editable=False)
    fallback_identity = models.CharField(max_length=255, blank=True, editable=False)
    ended_at = models.DateTimeField("ended", null=True, blank=True)
    ending_result = models.CharField(
        "result",
        max_length=16,
        blank=True,
        choices=[(r.value, _label(r)) for r in EndingResult],
    )
    ending_reason = models.CharField(
        "reason",
        max_length=32,
        blank=True,
        choices=[(r.value, _label(r)) for r in EndingReason],
    )
    ending_detail = models.TextField("detail", blank=True)

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "id"]
        constraints = [
            # One room is one call: a webhook and a worker that see it at once make one row.
            models.UniqueConstraint(name="call_room_once", fields=["room_name"]),
            models.CheckConstraint(
                name="call_ended_has_an_ending",
                condition=(
                    Q(state="ended", ended_at__isnull=False)
                    & ~Q(ending_reason="")
                    & ~Q(ending_result="")
                )
                | (~Q(state="ended") & Q(ended_at__isnull=True, ending_reason="")),
            ),
            models.CheckConstraint(
                name="call_active_was_answered",
                condition=~Q(state="active") | Q(answered_at__isnull=False),
            ),
        ]
        indexes = [
            # The call history's first page and its paging.
            models.Index(name="call_history", fields=["-started_at", "id"]),
            # GET /api/calls/?sip_call_id=
            models.Index(
                name="call_by_sip_call_id", fields=["sip_call_id"], condition=~Q(sip_call_id="")
            ),
            # The history of one number: the admin's filter and GET /api/calls/?number=
            models.Index(name="call_by_called_number", fields=["called_number", "-started_at"]),
            models.Index(name="call_by_caller_number", fields=["caller_number", "-started_at"]),
            # The watchdogs' question: which calls are still open?
            models.Index(name="call_open", fields=["started_at"], condition=~Q(state="ended")),
        ]

    def __str__(self) -> str:
        return f"Call {self.started_at:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def reason(self) -> EndingReason | None:
        return EndingReason(self.ending_reason) if self.ending_reason else None

    @property
    def duration(self) -> timedelta | None:
        """From the answer to the end, None while it lasts or when it was never answered."""
        if self.answered_at is None or self.ended_at is None:
            return None
        # A clock set back between two hosts must not give a negative length.
        return max(self.ended_at - self.answered_at, timedelta())

    @property
    def longest(self) -> timedelta | None:
        """What the persona allows; None for a call that no published persona ever had."""
        version = self.persona_version
        if version is None and self.phone_number is not None and self.phone_number.persona:
            version = self.phone_number.persona.published_version
        return timedelta(seconds=version.max_duration_s) if version is not None else None

    @property
    def asked(self) -> str:
        """The mark of the newest dispatch that was made anew, empty where the first one holds."""
        return self.redispatched_at.isoformat() if self.redispatched_at else ""

    # Moves. Each is one conditional UPDATE; False means another got there first.

    def claim(
        self, *, job_id: str, worker_id: str, persona_version: PersonaVersion, at: datetime
    ) -> bool:
        """Gives this call to one job: one that rings, or whose worker was lost, and nobody has.

        False too where another job was asked for since this row was read.
        """
        return self._move(
            Q(claimed_by_job="", fallback_at__isnull=True)
            & Q(redispatched_at=self.redispatched_at)
            & (
                Q(state=CallState.RINGING.value)
                | Q(state=CallState.ACTIVE.value, worker_lost_at__isnull=False)
            ),
            claimed_by_job=job_id,
            claimed_by_worker=worker_id,
            claimed_at=at,
            persona_version=persona_version,
        )

    def answer(self, *, at: datetime) -> bool:
        if self._move(
            Q(state=CallState.RINGING.value), state=CallState.ACTIVE.value, answered_at=at
        ):
            return True
        # The news of the answer may come after the news of the end; the time is still true.
        self._move(Q(state=CallState.ENDED.value, answered_at__isnull=True), answered_at=at)
        return False

    def caller_left(self, *, at: datetime) -> bool:
        return self._move(Q(caller_left_at__isnull=True), caller_left_at=at)

    def redispatch(self, *, at: datetime, not_since: datetime) -> bool:
        """True for the one who may ask for another agent, for a call that rings and nobody has.

        False too where somebody asked after ``not_since``.
        """
        return self._move(
            Q(claimed_by_job="", state=CallState.RINGING.value)
            & (Q(redispatched_at__isnull=True) | Q(redispatched_at__lte=not_since)),
            redispatched_at=at,
        )

    def take_back_redispatch(self) -> bool:
        """LiveKit did not answer: somebody may ask again."""
        return self._move(Q(claimed_by_job=""), redispatched_at=None)

    def lose_worker(self, *, job_id: str, at: datetime) -> bool:
        """Takes the call from a job that is gone, so that another may claim it; once in a call."""
        return self._move(
            Q(claimed_by_job=job_id, worker_lost_at__isnull=True, fallback_at__isnull=True)
            & ~Q(state=CallState.ENDED.value),
            claimed_by_job="",
            worker_lost_at=at,
        )

    def hand_to_fallback(self, *, job_id: str, at: datetime) -> bool:
        """Ends the search for an agent: from here on no job can claim the call.

        ``job_id`` is the job that has it and is gone, empty for a call that nobody has.
        """
        return self._move(
            Q(claimed_by_job=job_id, fallback_at__isnull=True) & ~Q(state=CallState.ENDED.value),
            fallback_at=at,
        )

    def dial_fallback(self, *, identity: str) -> bool:
        """True for the one who may dial the human."""
        return self._move(
            Q(fallback_identity="") & ~Q(state=CallState.ENDED.value), fallback_identity=identity
        )

    def end(self, *, reason: EndingReason, at: datetime, detail: str = "") -> bool:
        """Names the ending. The first end wins and is never changed."""
        return self._move(
            ~Q(state=CallState.ENDED.value),
            state=CallState.ENDED.value,
            ended_at=at,
            ending_result=reason.result.value,
            ending_reason=reason.value,
            ending_detail=detail,
        )

    def _move(self, condition: Q, **values: object) -> bool:
        moved = type(self).objects.filter(condition, pk=self.pk).update(**values)
        self.refresh_from_db(fields=[*values, "state"])
        return bool(moved)

    @property
    def clock_zero(self) -> datetime:
        """Zero of the call's clock: the answer, or the start of a call that was never answered."""
        return self.answered_at or self.started_at
