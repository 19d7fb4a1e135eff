"""Where the transcript of a call is read."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.urls import reverse


def transcript_url(call_id: UUID) -> str:
    """Opens after login, or with the call's one-time code, which is never part of it."""
    return settings.PUBLIC_URL.rstrip("/") + reverse("handoff-page", args=[call_id])
