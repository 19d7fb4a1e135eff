"""What a caller left for people to read and to answer."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q

from telephony.models.call import Call
from telephony.models.team import Team


class Message(models.Model):
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="messages")
    key = models.CharField(max_length=128)
    caller_name = models.CharField("name", max_length=200)
    callback_number = models.CharField(
        "call back", max_length=64, blank=True, help_text="As the caller said it."
    )
    text = models.TextField()
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, blank=True, related_name="messages"
    )
    path = models.CharField("recording", max_length=255, blank=True)
    at_ms = models.IntegerField(help_text="On the call's clock.")
    occurred_at = models.DateTimeField("taken")
    handled_at = models.DateTimeField("handled", null=True, blank=True)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-occurred_at", "-id"]
        constraints = [models.UniqueConstraint(name="message_once", fields=["call", "key"])]
        indexes = [
            # The list that people work through: what nobody has handled yet.
            models.Index(name="message_open", fields=["-occurred_at"], condition=Q(handled_at=None))
        ]

    def __str__(self) -> str:
        # The audit log keeps this for good: no name of a caller is in it.
        return f"Message of {self.occurred_at:%Y-%m-%d %H:%M}"

    def handle(self, *, by_id: int | None, at: datetime) -> bool:
        """Whether it was this move that handled it; another person may have been first."""
        mine = type(self).objects.filter(pk=self.pk, handled_at=None)
        return bool(mine.update(handled_at=at, handled_by_id=by_id))
