"""A caller's place in a team's line, and the code that opens the transcript of that call."""

from __future__ import annotations

from django.db import models

from telephony.models.call import Call
from telephony.models.human_endpoint import HumanEndpoint
from telephony.models.team import Team


class HumanRequest(models.Model):
    """One transfer's wish for a human of a team; renewed each time the worker asks.

    ``code_hash``: of the newest one-time code; empty when there is none or it was used.
    ``code_human``: who is rung, and was given that code.
    """

    call = models.ForeignKey(Call, on_delete=models.CASCADE, related_name="human_requests")
    key = models.CharField(max_length=128)
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="human_requests")
    since = models.DateTimeField()
    asked_at = models.DateTimeField()
    granted_at = models.DateTimeField(null=True, blank=True)
    tried = models.JSONField(default=list)
    code_hash = models.CharField(max_length=128, blank=True)
    code_human = models.ForeignKey(
        HumanEndpoint, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    code_expires_at = models.DateTimeField(null=True, blank=True)
    code_attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(name="human_request_once", fields=["call", "key"])]
        indexes = [
            # Who else waits for this team?
            models.Index(
                name="human_request_waiting",
                fields=["team", "asked_at"],
                condition=models.Q(granted_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.team} for call {self.call_id}"
