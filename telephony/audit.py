"""Which models' changes are logged, field by field, in the transaction of the change.

The log is django-auditlog's: it sees every save and delete of a row, whoever makes it (a page, a
command, a service), not a queryset's update(). A secret is logged as changed, never its value; of
a message, that it was deleted and by whom, never what a caller left.
"""

from __future__ import annotations

from datetime import timedelta

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.apps import apps
from django.contrib.auth.models import AbstractBaseUser
from django.db import models
from django.utils import timezone

from telephony.fields import EncryptedTextField
from telephony.permissions import AREAS, Area
from telephony.personal_data import personal_fields

AUDITED = (
    *(Area.ANSWERING, Area.NUMBERS, Area.LINES, Area.HUMANS, Area.TEAMS, Area.PEOPLE),
    Area.MESSAGES,
)
NOTHING, A_SECRET = "(none)", "(secret)"
SAME_LISTENING = timedelta(minutes=10)
MOST_AN_HOUR, AN_HOUR = 60, timedelta(hours=1)


def register() -> None:
    """Called once, when Django is ready."""
    known = {model._meta.label_lower: model for model in apps.get_models()}
    for area in AUDITED:
        for name in AREAS[area]:
            if model := known.get(name):
                auditlog.register(
                    model,
                    exclude_fields=_written_by_the_product(model)
                    + (sorted(personal_fields(model)) if area is Area.MESSAGES else []),
                    mask_fields=secret_fields(model),
                    mask_callable="telephony.audit.hidden",
                    m2m_fields={field.name for field in model._meta.many_to_many},
                )


def secret_fields(model: type[models.Model]) -> list[str]:
    encrypted = [f.name for f in model._meta.concrete_fields if isinstance(f, EncryptedTextField)]
    return [*encrypted, "password"] if issubclass(model, AbstractBaseUser) else encrypted


def hidden(value: str) -> str:
    """What the log says in a secret's place."""
    return NOTHING if value in ("", "None") else A_SECRET


def note_api_token(*, user: models.Model, had_one: bool, has_one: bool) -> None:
    """Logs that a user's token was made, replaced or revoked; the token's own row is its secret."""
    states = {True: A_SECRET, False: NOTHING}
    LogEntry.objects.log_create(
        user,
        force_log=True,
        action=LogEntry.Action.UPDATE,
        changes={"API token": [states[had_one], states[has_one]]},
    )


def note_recording_opened(*, recording: models.Model, by: models.Model, downloaded: bool) -> None:
    """Logs who heard a tape. A player asks for a tape in pieces, and again for each jump: what one
    user does with it within SAME_LISTENING is one entry."""
    changes = {"recording": ["", "downloaded" if downloaded else "played"]}
    lately = LogEntry.objects.get_for_object(recording).filter(
        action=LogEntry.Action.ACCESS, actor=by, timestamp__gte=timezone.now() - SAME_LISTENING
    )
    if not any(entry.changes == changes for entry in lately):
        LogEntry.objects.log_create(
            recording, force_log=True, action=LogEntry.Action.ACCESS, actor=by, changes=changes
        )


def note_transcript_page(
    *, call: models.Model, by: models.Model | None, who: str, outcome: str
) -> None:
    """Logs who opened a call's transcript page, or was refused: ``by`` this user, else ``who``.

    Guesses and reloads are many: above MOST_AN_HOUR of the same, no more are written.
    """
    changes = {"transcript page": ["", outcome]}
    lately = LogEntry.objects.get_for_object(call).filter(
        action=LogEntry.Action.ACCESS, actor=by, timestamp__gte=timezone.now() - AN_HOUR
    )
    if sum(entry.changes == changes for entry in lately) < MOST_AN_HOUR:
        LogEntry.objects.log_create(
            call,
            force_log=True,
            action=LogEntry.Action.ACCESS,
            actor=by,
            changes=changes,
            additional_data={} if by is not None else {"who": who},
        )


def note_command(*, row: models.Model, command: str) -> None:
    """Logs what somebody asked of a call or hand-over that runs; who, is the request's."""
    LogEntry.objects.log_create(
        row, force_log=True, action=LogEntry.Action.UPDATE, changes={"asked": ["", command]}
    )


def _written_by_the_product(model: type[models.Model]) -> list[str]:
    """Synchronisation states, ids in LiveKit, log-in times: no person changes these."""
    return [
        field.name
        for field in model._meta.concrete_fields
        if (not field.editable and not field.primary_key)
        or isinstance(field, models.BinaryField)
        or field.name == "last_login"
    ]
