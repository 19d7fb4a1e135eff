"""What the last look at LiveKit's SIP set-up found."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class LiveKitCheck(models.Model):
    """One row. ``foreign`` lists what others put into LiveKit that could take calls, in words."""

    checked_at = models.DateTimeField()
    error = models.TextField(blank=True)
    foreign = models.JSONField(default=list)

    class Meta:
        constraints = [models.CheckConstraint(name="livekit_check_one_row", condition=Q(pk=1))]

    def __str__(self) -> str:
        return f"LiveKit at {self.checked_at:%Y-%m-%d %H:%M:%S} UTC"
