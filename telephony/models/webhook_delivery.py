"""LiveKit's events that were processed: it may send one again."""

from __future__ import annotations

from django.db import models


class WebhookDelivery(models.Model):
    event_id = models.CharField(max_length=64, primary_key=True)
    processed_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        verbose_name_plural = "webhook deliveries"

    def __str__(self) -> str:
        return self.event_id
