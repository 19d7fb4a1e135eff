"""Reads for pages, the API and the console."""

from __future__ import annotations

from django.db.models import Q

from telephony.models import Call, CallQuerySet, PhoneNumber, SipTrunk
from telephony.numbers import e164


def call_summaries(*, sip_call_id: str = "", number: str = "", state: str = "") -> CallQuerySet:
    calls = Call.objects.select_related("trunk", "persona_version")
    if sip_call_id:
        calls = calls.filter(sip_call_id=sip_call_id)
    if number:
        # A plus that was not escaped in a query string arrives as a space.
        asked = e164(f"+{number.strip()}" if number.startswith(" ") else number)
        calls = calls.filter(Q(called_number=asked) | Q(caller_number=asked))
    if state:
        calls = calls.filter(state=state)
    return calls


def call_details() -> CallQuerySet:
    """Calls with all that was stored of them, in five queries whatever the length of the call."""
    return Call.objects.select_related("trunk", "persona_version").prefetch_related(
        "turns", "tool_calls", "events", "metrics"
    )


def setup_warnings() -> list[str]:
    """What a fresh or half-made installation still lacks to take a call, in words."""
    warnings = []
    active = PhoneNumber.objects.filter(active=True)
    if not active.exists():
        warnings.append("There is no active phone number: no call can be taken.")
    elif not active.filter(persona__published_version__isnull=False).exists():
        warnings.append("No active phone number has a published persona: every call is refused.")
    trunks = SipTrunk.objects.filter(active=True, direction="inbound")
    if not trunks.exists():
        warnings.append("There is no active inbound SIP trunk.")
    if trunks.exclude(sync_state="synced").exists():
        warnings.append("A SIP trunk is not in LiveKit yet: run `manage.py sync_livekit`.")
    return warnings
