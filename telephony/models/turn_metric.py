"""The parts of one reply's latency."""

from __future__ import annotations

from django.db import models

from telephony.models.call import Call


class TurnMetric(models.Model):
    """One a reply of the agent, by that turn's key; each part is ms, null where not observed.

    ``framework_ms`` is what the worker measured on its own clock, not what a caller heard;
    ``tape_ms`` is measured on the worker's tape, where the number records.
    """

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="metrics")
    turn_key = models.CharField(max_length=128)
    endpointing_ms = models.IntegerField(null=True, blank=True)
    first_token_ms = models.IntegerField(null=True, blank=True)
    first_audio_ms = models.IntegerField(null=True, blank=True)
    on_wire_ms = models.IntegerField(null=True, blank=True)
    framework_ms = models.IntegerField(null=True, blank=True)
    speculated = models.BooleanField(default=False)
    wasted_tokens = models.PositiveIntegerField(default=0)
    tape_ms = models.IntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(name="turn_metric_once", fields=["call", "turn_key"])
        ]
        indexes = [
            # Latencies of the last days, and of today for /metrics.
            models.Index(name="turn_metric_by_time", fields=["created_at"])
        ]

    def __str__(self) -> str:
        return f"Latency of {self.turn_key}"
