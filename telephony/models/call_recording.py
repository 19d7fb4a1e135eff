"""A tape of a call: where its file is, and what became of it."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from telephony.models.call import Call


class CallRecordingQuerySet(models.QuerySet["CallRecording"]):
    def kept(self) -> CallRecordingQuerySet:
        return self.filter(deleted_at__isnull=True)

    def older_than(self, moment: datetime) -> CallRecordingQuerySet:
        return self.filter(created_at__lt=moment)


class CallRecording(models.Model):
    """``path`` is relative to RECORDINGS_DIR; ``started_ms`` is on the call's clock.

    The row outlives the file, so that a page can say that there was a recording.
    """

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="recordings")
    key = models.CharField(max_length=128)
    path = models.CharField(max_length=255)
    started_ms = models.IntegerField()
    # Null: the tape is running, or its worker was killed.
    duration_ms = models.PositiveIntegerField(null=True, blank=True)
    channels = models.PositiveSmallIntegerField(default=2)
    created_at = models.DateTimeField(auto_now_add=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = CallRecordingQuerySet.as_manager()

    class Meta:
        ordering = ["started_ms", "id"]
        constraints = [models.UniqueConstraint(name="call_recording_once", fields=["call", "key"])]
        indexes = [
            # What is still to be deleted.
            models.Index(
                name="call_recording_kept", fields=["created_at"], condition=Q(deleted_at=None)
            )
        ]

    def __str__(self) -> str:
        return f"Recording of {self.call}"

    def file_deleted(self, *, at: datetime) -> bool:
        """Notes that the file is gone; False when that was noted before."""
        kept = CallRecording.objects.kept().filter(pk=self.pk)
        return bool(kept.update(deleted_at=at))
