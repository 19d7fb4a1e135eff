"""What the last look at LiveKit's SIP set-up found."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone


class LiveKitCheck(models.Model):
    """One row. ``foreign`` lists what others put into LiveKit that could take calls, in words."""

    # Marks what is ours in a LiveKit that others use too. A copied database has a copy of it.
    site_id = models.UUIDField(default=uuid.uuid4, editable=False)
    checked_at = models.DateTimeField()
    error = models.TextField(blank=True)
    foreign = models.JSONField(default=list)

    class Meta:
        constraints = [models.CheckConstraint(name="livekit_check_one_row", condition=Q(pk=1))]

    def __str__(self) -> str:
        return f"LiveKit at {self.checked_at:%Y-%m-%d %H:%M:%S} UTC"

    @classmethod
    def current(cls, *, create: bool) -> LiveKitCheck:
        """The row; without ``create`` perhaps one that is stored nowhere."""
        if create:
            return cls.objects.get_or_create(pk=1, defaults={"checked_at": timezone.now()})[0]
        return cls.objects.filter(pk=1).first() or cls(pk=1)
