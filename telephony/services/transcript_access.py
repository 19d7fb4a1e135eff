"""Who read the transcript of a call on its page, and who tried: for the auditor."""

from __future__ import annotations

from uuid import UUID

import structlog
from django.contrib.auth.models import User

from telephony.audit import note_transcript_page
from telephony.models import Call

log = structlog.get_logger(__name__)


def note_opened(*, call: Call, user: User | None, code_of: str | None) -> None:
    """``code_of``: whose one-time code opened it; None: this user's own permission did."""
    who = f"one-time code of {code_of or 'a human'}"
    how = "opened" if code_of is None else f"opened with the {who}"
    note_transcript_page(call=call, by=user, who=who, outcome=how)
    log.info("handoff_opened", call_id=str(call.pk))


def note_refused(*, call_id: UUID, user: User | None, why: str) -> None:
    """Never what was typed. A call that does not exist has no entry: there is no end of those."""
    call = Call.objects.filter(pk=call_id).first()
    if call is not None:
        note_transcript_page(call=call, by=user, who="unknown", outcome=f"refused: {why}")
    log.warning("handoff_refused", call_id=str(call_id))
