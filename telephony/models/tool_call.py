"""One attempt at a tool in a call; a use that was tried again has several, with one key."""

from __future__ import annotations

from django.db import models

from telephony.enums import ToolOutcome
from telephony.models.call import Call


class ToolCall(models.Model):
    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="tool_calls")
    key = models.CharField(max_length=128)
    name = models.CharField(max_length=128)
    arguments = models.JSONField(default=dict)
    outcome = models.CharField(
        max_length=32, choices=[(o.value, o.replace("_", " ").capitalize()) for o in ToolOutcome]
    )
    result = models.JSONField(default=dict, help_text="What the model was given.")
    start_ms = models.IntegerField()
    duration_ms = models.IntegerField()
    attempt = models.PositiveSmallIntegerField(default=1)
    idempotency_key = models.CharField(max_length=200, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["start_ms", "key"]
        constraints = [models.UniqueConstraint(name="tool_call_once", fields=["call", "key"])]

    def __str__(self) -> str:
        return f"{self.name} at {self.start_ms} ms"
