"""Calls as somebody may see them who must not learn who called and what was said.

Every free text and every JSON value of a call and of what hangs on it is withheld unless it is
named here, so that a new column is withheld until somebody says that it is harmless.
"""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models

from telephony.models import Call
from telephony.permissions import User, may_see_personal_data

WITHHELD = "[withheld]"

# Our own ids and names. Room names and identities carry the caller's number, keys of events may
# carry pressed keys, a Call-ID may carry the caller's host.
_HARMLESS = {
    "call": {"livekit_call_id", "claimed_by_job", "claimed_by_worker"},
    "transcriptturn": {"key"},
    "toolcall": {"key", "name"},
    "turnmetric": {"turn_key"},
    "transfer": {"key"},
    "callrecording": {"key", "path"},  # the tape itself has a permission of its own
}
_HAS_TEXT = (models.CharField, models.TextField, models.JSONField, models.BinaryField)


def calls_for(user: User, calls: Iterable[Call]) -> list[Call]:
    """The calls, in memory without personal data unless the user may see it. Never save them."""
    rows = list(calls)
    if not may_see_personal_data(user):
        for call in rows:
            _withhold_call(call)
    return rows


def masked_number(number: str) -> str:
    """The last two characters: enough to tell two calls apart, too little to call back."""
    return f"…{number[-2:]}" if len(number) > 5 else WITHHELD


def personal_fields(model: type[models.Model]) -> set[str]:
    """Names of the columns that are withheld."""
    harmless = _HARMLESS.get(str(model._meta.model_name), set())
    return {
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, _HAS_TEXT) and not field.choices and field.name not in harmless
    }


def _withhold_call(call: Call) -> None:
    caller, called = call.caller_number, call.called_number
    _withhold(call)
    call.caller_number = masked_number(caller) if caller else ""
    # Our own number, which everybody dials, is not personal; one that nobody configured may be.
    call.called_number = called if call.phone_number_id else masked_number(called) if called else ""
    _withhold_what_hangs_on(call)


def _withhold_what_hangs_on(row: models.Model) -> None:
    for parts in getattr(row, "_prefetched_objects_cache", {}).values():
        for part in parts:
            _withhold(part)
            _withhold_what_hangs_on(part)


def _withhold(row: models.Model) -> None:
    for name in personal_fields(type(row)):
        value = getattr(row, name)
        if isinstance(value, str):
            setattr(row, name, WITHHELD if value else "")
        elif value is not None:
            setattr(row, name, type(value)())
