"""Something that happened in a call. Rows are only ever added."""

from __future__ import annotations

from django.db import models

from telephony.enums import EventKind
from telephony.models.call import Call


class CallEvent(models.Model):
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="events")
    key = models.CharField(max_length=128)
    kind = models.CharField(
        max_length=32, choices=[(k.value, k.replace("_", " ").capitalize()) for k in EventKind]
    )
    # Null: recorded when the call's clock had not been started; occurred_at tells the time.
    at_ms = models.IntegerField(null=True, blank=True)
    occurred_at = models.DateTimeField()
    detail = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["occurred_at", "id"]
        constraints = [models.UniqueConstraint(name="call_event_once", fields=["call", "key"])]

    def __str__(self) -> str:
        return f"{self.kind} at {self.occurred_at:%H:%M:%S}"

    @property
    def clock_ms(self) -> int:
        """``at_ms``, worked out from ``occurred_at`` where the clock had not been started."""
        if self.at_ms is not None:
            return self.at_ms
        return round((self.occurred_at - self.call.clock_zero).total_seconds() * 1000)
