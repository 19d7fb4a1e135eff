"""Tapes of calls: where they lie, who opened them, and when they are deleted."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Model
from django.utils import timezone

from telephony.audit import note_recording_opened
from telephony.models import CallRecording, Message

SUFFIX = ".ogg"


class RecordingGoneError(Exception):
    """The tape was deleted, or its file is not there."""


def open_recording(*, recording: CallRecording, by: Model, downloaded: bool) -> Path:
    """The tape's file, after its opening was written to the audit log.

    Raises RecordingGoneError.
    """
    path = file_of(recording)
    if recording.deleted_at is not None or path is None or not path.is_file():
        raise RecordingGoneError
    note_recording_opened(recording=recording, by=by, downloaded=downloaded)
    return path


def open_message(*, message: Message, by: Model) -> Path:
    """As open_recording, of what a caller said into a message. Raises RecordingGoneError."""
    path = message_file(message)
    if path is None:
        raise RecordingGoneError
    note_recording_opened(recording=message, by=by, downloaded=False)
    return path


def message_file(message: Message) -> Path | None:
    """None when nothing was recorded, and when the file is not there any more."""
    path = file_of(message) if message.path else None
    return path if path is not None and path.is_file() else None


def file_of(recording: CallRecording | Message) -> Path | None:
    """None for a path that leaves the folder: it comes from the database, not from us."""
    folder = Path(settings.RECORDINGS_DIR).resolve()
    path = (folder / recording.path).resolve()
    return path if path.is_relative_to(folder) and path.suffix == SUFFIX else None


def delete_old_recordings(*, now: datetime | None = None) -> int:
    """Deletes what is older than RECORDINGS_KEEP_DAYS; how many files. Rows stay, and say so.

    Files that no row knows are deleted too: the database may have lost theirs.
    """
    now = now or timezone.now()
    oldest = now - timedelta(days=settings.RECORDINGS_KEEP_DAYS)
    deleted = 0
    for recording in CallRecording.objects.kept().older_than(oldest).iterator():
        path = file_of(recording)
        if path is not None:
            deleted += _unlink(path)
        recording.file_deleted(at=now)
    folder = Path(settings.RECORDINGS_DIR)
    for path in folder.rglob(f"*{SUFFIX}") if folder.is_dir() else ():
        try:
            forgotten = path.stat().st_mtime < oldest.timestamp()
        except FileNotFoundError:
            continue
        if forgotten:
            deleted += _unlink(path)
    return deleted


def _unlink(path: Path) -> bool:
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
