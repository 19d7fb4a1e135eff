"""The six digits that open one call's transcript, once, for an hour; only a hash is stored."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from telephony.models import HumanEndpoint, HumanRequest

CODE_LIVES = timedelta(hours=1)
# A million codes, so few guesses: of a whole call, whoever guesses.
MOST_ATTEMPTS = 5


def issue_code(*, request: HumanRequest, human: HumanEndpoint, at: datetime) -> str:
    """A new code for this human, saved; the one before opens nothing any more."""
    code = f"{secrets.randbelow(1_000_000):06d}"
    request.code_hash = _hash(request.call_id, code)
    request.code_human = human
    request.code_expires_at = at + CODE_LIVES
    request.code_attempts = 0
    request.save()
    return code


def use_code(*, call_id: UUID, code: str) -> HumanRequest | None:
    """Whose code this is, when it opens the call's transcript: once for a code, and never after
    five wrong ones. Every try is counted before it is judged, so that guesses at once count too."""
    now = timezone.now()
    live = HumanRequest.objects.filter(
        call_id=call_id, code_expires_at__gt=now, code_attempts__lt=MOST_ATTEMPTS
    ).exclude(code_hash="")
    given = _hash(call_id, code)
    opened = None
    for request in live.select_related("code_human").order_by("pk"):
        counted = live.filter(pk=request.pk).update(code_attempts=F("code_attempts") + 1)
        if counted and constant_time_compare(request.code_hash, given):
            mine = HumanRequest.objects.filter(pk=request.pk, code_hash=request.code_hash)
            opened = request if mine.update(code_hash="") else opened
    return opened


def _hash(call_id: UUID, code: str) -> str:
    # Keyed: a million codes are tried in a second by whoever has a database without its key.
    return salted_hmac(
        "telephony.access_codes", f"{call_id}:{code}", algorithm="sha256"
    ).hexdigest()
