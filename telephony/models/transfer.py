"""A hand-over of a call to a human, and each step of it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from telephony.enums import TransferCause, TransferMode, TransferState
from telephony.models.call import Call
from telephony.models.human_endpoint import HumanEndpoint
from telephony.models.team import Team

# Steps that no worker tells: what the watchdogs found. Above every step of a worker.
SETTLED_STEP = 1_000_000

STATE_CHOICES = [(state.value, state.words) for state in TransferState]


class TransferQuerySet(models.QuerySet["Transfer"]):
    def open(self) -> TransferQuerySet:
        return self.filter(ended_at__isnull=True)


class Transfer(models.Model):
    """What its steps add up to, so that lists need not read them; see services/transfers.py."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="transfers")
    key = models.CharField(max_length=128)
    cause = models.CharField(
        max_length=32,
        choices=[(cause.value, cause.words) for cause in TransferCause],
    )
    mode = models.CharField(
        max_length=8,
        choices=[(m.value, m.capitalize()) for m in TransferMode],
        default=TransferMode.WARM.value,
    )
    state = models.CharField(max_length=16, choices=STATE_CHOICES)
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="transfers"
    )
    human = models.ForeignKey(
        HumanEndpoint, on_delete=models.SET_NULL, null=True, blank=True, related_name="transfers"
    )
    sip_status = models.PositiveSmallIntegerField(null=True, blank=True)
    why = models.TextField(blank=True, help_text="In the words of the agent or the caller.")
    briefing = models.TextField(blank=True, help_text="What the human was told.")
    rating = models.SmallIntegerField(null=True, blank=True)
    started_at = models.DateTimeField("started")
    merged_at = models.DateTimeField("talking since", null=True, blank=True)
    ended_at = models.DateTimeField("ended", null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.UniqueConstraint(name="transfer_once", fields=["call", "key"]),
            # One hand-over at a time; also serves "which transfer of this call is open?".
            models.UniqueConstraint(
                name="transfer_one_open_a_call",
                fields=["call"],
                condition=Q(ended_at__isnull=True),
            ),
        ]
        indexes = [
            # The admin's list of those that wait and those in progress.
            models.Index(
                name="transfer_open", fields=["started_at"], condition=Q(ended_at__isnull=True)
            ),
            models.Index(name="transfer_history", fields=["-started_at", "-id"]),
        ]

    def __str__(self) -> str:
        return f"Transfer {self.started_at:%Y-%m-%d %H:%M:%S} UTC"

    @property
    def is_merged(self) -> bool:
        """Caller and human talk: no worker is needed."""
        return self.ended_at is None and self.state == TransferState.MERGED.value


class TransferStep(models.Model):
    """One step, as it was told; rows are only ever added."""

    transfer = models.ForeignKey(Transfer, on_delete=models.CASCADE, related_name="steps")
    step = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=STATE_CHOICES)
    mode = models.CharField(max_length=8, choices=[(m.value, m.capitalize()) for m in TransferMode])
    at_ms = models.IntegerField(null=True, blank=True, help_text="On the call's clock.")
    occurred_at = models.DateTimeField()
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    human = models.ForeignKey(
        HumanEndpoint, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    sip_status = models.PositiveSmallIntegerField(null=True, blank=True)
    why = models.TextField(blank=True)
    briefing = models.TextField(blank=True)
    detail = models.TextField(blank=True)
    rating = models.SmallIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["step"]
        constraints = [
            models.UniqueConstraint(name="transfer_step_once", fields=["transfer", "step"])
        ]

    def __str__(self) -> str:
        return f"{self.state} at {self.occurred_at:%H:%M:%S}"
