"""One turn of speech, as it was heard."""

from __future__ import annotations

from django.db import models

from telephony.enums import Speaker
from telephony.models.call import Call


class TranscriptTurn(models.Model):
    """Times are ms on the call's clock; ``text`` of an interrupted turn is only what was spoken."""

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="turns")
    key = models.CharField(max_length=128)
    speaker = models.CharField(max_length=16, choices=[(s.value, s.capitalize()) for s in Speaker])
    text = models.TextField(blank=True)
    start_ms = models.IntegerField()
    end_ms = models.IntegerField()
    interrupted = models.BooleanField(default=False)
    confidence = models.FloatField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        # The order of speech, not of arrival: a transcription may come after the reply to it.
        ordering = ["start_ms", "key"]
        constraints = [models.UniqueConstraint(name="transcript_turn_once", fields=["call", "key"])]
        indexes = [
            # The transcript of one call in order: the call page and GET /api/calls/{id}/.
            models.Index(name="transcript_in_order", fields=["call", "start_ms", "key"])
        ]

    def __str__(self) -> str:
        return f"{self.speaker} at {self.start_ms} ms"
