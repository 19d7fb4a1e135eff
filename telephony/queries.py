"""Reads for pages, the API and the console."""

from __future__ import annotations

from telephony.models import PhoneNumber, SipTrunk


def setup_warnings() -> list[str]:
    """What a fresh or half-made installation still lacks to take a call, in words."""
    warnings = []
    if not PhoneNumber.objects.filter(active=True).exists():
        warnings.append("There is no active phone number: no call can be taken.")
    elif not PhoneNumber.objects.filter(
        active=True, persona__published_version__isnull=False
    ).exists():
        warnings.append("No active phone number has a published persona: every call is refused.")
    trunks = SipTrunk.objects.filter(active=True, direction="inbound")
    if not trunks.exists():
        warnings.append("There is no active inbound SIP trunk.")
    if trunks.exclude(sync_state="synced").exists():
        warnings.append("A SIP trunk is not in LiveKit yet: run `manage.py sync_livekit`.")
    return warnings
