"""Tapes: stored once, heard by those who may, written down, and deleted in time."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group, User
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contactcenter.schedule import BEAT_SCHEDULE
from telephony import queue, tasks
from telephony.contracts import CallArrival, RecordingRecord
from telephony.facade import open_call, store_records
from telephony.models import Call, CallRecording, PhoneNumber
from telephony.services.access import sync_groups
from telephony.services.record_lines import read_line, record_line
from telephony.services.recordings import delete_old_recordings

pytestmark = pytest.mark.django_db
TAPE = RecordingRecord(key="tape", path="one.ogg", started_ms=0)
CONTENT = bytes(range(200))


@pytest.fixture
def folder(settings: Any, tmp_path: Path) -> Path:
    settings.RECORDINGS_DIR = tmp_path / "recordings"
    (tmp_path / "recordings").mkdir(mode=0o700)
    (tmp_path / "recordings" / "one.ogg").write_bytes(CONTENT)
    (tmp_path / "secret.ogg").write_bytes(b"not a tape of ours")
    return tmp_path / "recordings"


@pytest.fixture
def call_id(number: PhoneNumber, arrival: Callable[..., CallArrival], folder: Path) -> UUID:
    sync_groups()
    call_id = open_call(arrival()).call_id
    store_records(call_id, [TAPE])
    return call_id


def member(group: str) -> Client:
    user = User.objects.create_user(f"a {group}", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client()
    client.force_login(user)
    return client


def tape_url(call_id: UUID) -> str:
    return reverse("admin:telephony_call_recording", args=[call_id])


def test_a_tape_is_stored_once_and_its_length_when_it_is_known(call_id: UUID) -> None:
    whole = replace(TAPE, duration_ms=61_000)
    store_records(call_id, [whole])
    store_records(call_id, [whole])

    tape = CallRecording.objects.get(call=call_id)
    assert (tape.path, tape.started_ms, tape.duration_ms) == ("one.ogg", 0, 61_000)
    assert read_line(record_line(call_id, whole)) == (call_id, whole)


def test_a_supervisor_hears_a_tape_in_the_pieces_that_a_player_asks_for(call_id: UUID) -> None:
    client = member("Supervisor")
    url = tape_url(call_id)

    whole = client.get(url)
    assert (whole.status_code, whole.content) == (200, CONTENT)
    assert whole["Content-Type"] == "audio/ogg"
    assert whole["Accept-Ranges"] == "bytes"
    assert "no-store" in whole["Cache-Control"]
    assert client.get(url, {"download": "1"})["Content-Disposition"].startswith("attachment")
    for asked, first, last in (
        ("bytes=0-", 0, 199),
        ("bytes=50-99", 50, 99),
        ("bytes=190-900", 190, 199),
        ("bytes=-10", 190, 199),
        ("bytes=-900", 0, 199),
    ):
        piece = client.get(url, headers={"Range": asked})
        assert (piece.status_code, piece.content) == (206, CONTENT[first : last + 1]), asked
        assert piece["Content-Range"] == f"bytes {first}-{last}/200"
    for nonsense in ("bytes=200-", "bytes=9-2", "bytes=-0"):
        assert client.get(url, headers={"Range": nonsense}).status_code == 416, nonsense
    for other in ("bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes=x-y", "bytes=" + "9" * 99 + "-"):
        assert client.get(url, headers={"Range": other}).content == CONTENT, other


def test_a_page_offers_the_tape_to_those_who_may_hear_it_and_tells_the_others(
    call_id: UUID,
) -> None:
    page = reverse("admin:telephony_call_change", args=[call_id])
    heard = member("Supervisor").get(page).content.decode()
    told = member("Viewer").get(page).content.decode()

    assert f'src="{tape_url(call_id)}?n=1"' in heard
    assert 'preload="none"' in heard, "opening the page is not listening"
    assert tape_url(call_id) not in told
    assert "You may not hear it" in told
    assert member("Telephony admin").get(tape_url(call_id)).status_code == 403


def test_the_permission_to_hear_is_not_enough_without_that_to_know_what_was_said(
    call_id: UUID,
) -> None:
    client = member("Viewer")
    user = User.objects.get(username="a Viewer")
    user.user_permissions.add(
        *Group.objects.get(name="Supervisor").permissions.filter(codename="view_callrecording")
    )
    assert client.get(tape_url(call_id)).status_code == 403


def test_who_opened_a_tape_is_written_down_once_for_one_listening(call_id: UUID) -> None:
    client = member("Supervisor")
    url = tape_url(call_id)
    LogEntry.objects.all().delete()
    for asked in ("bytes=0-", "bytes=50-99", "bytes=100-"):
        client.get(url, headers={"Range": asked}, REMOTE_ADDR="203.0.113.9")
    client.get(url, {"download": "1"}, REMOTE_ADDR="203.0.113.9")
    member("Auditor").get(url)
    member("Viewer").get(url)

    entries = LogEntry.objects.filter(action=LogEntry.Action.ACCESS).order_by("id")
    assert [(e.actor.get_username(), e.changes["recording"][1]) for e in entries] == [
        ("a Supervisor", "played"),
        ("a Supervisor", "downloaded"),
        ("a Auditor", "played"),
    ]
    assert entries[0].remote_addr == "203.0.113.9"


@pytest.mark.parametrize(
    "path", ["../secret.ogg", "/etc/passwd", "nothing.ogg", "sub/../../secret.ogg", "one.txt", ""]
)
def test_a_path_that_leads_nowhere_or_elsewhere_is_not_found(call_id: UUID, path: str) -> None:
    CallRecording.objects.update(path=path)
    assert member("Supervisor").get(tape_url(call_id)).status_code == 404


@pytest.mark.parametrize("which", ["0", "2", "-1", "x", "²", "9" * 30, ""])
def test_a_tape_that_the_call_does_not_have_is_not_found(call_id: UUID, which: str) -> None:
    assert member("Supervisor").get(tape_url(call_id), {"n": which}).status_code == 404


def test_old_tapes_are_deleted_and_the_call_still_says_so(
    call_id: UUID, folder: Path, settings: Any
) -> None:
    settings.RECORDINGS_KEEP_DAYS = 30
    forgotten, recent = folder / "forgotten.ogg", folder / "recent.ogg"
    for path, age in ((forgotten, 31), (recent, 29)):
        path.write_bytes(b"x")
        then = (timezone.now() - timedelta(days=age)).timestamp()
        os.utime(path, (then, then))
    assert delete_old_recordings() == 1
    assert not forgotten.exists()
    assert (folder / "one.ogg").exists()
    assert recent.exists()

    CallRecording.objects.update(created_at=timezone.now() - timedelta(days=31))
    tasks.delete_old_recordings()
    tasks.delete_old_recordings()

    assert not (folder / "one.ogg").exists()
    assert CallRecording.objects.get(call=call_id).deleted_at is not None
    supervisor = member("Supervisor")
    assert supervisor.get(tape_url(call_id)).status_code == 404
    page = supervisor.get(reverse("admin:telephony_call_change", args=[call_id])).content.decode()
    assert "deleted on" in page
    assert "<audio" not in page
    assert queue.DELETE_OLD_RECORDINGS in {entry["task"] for entry in BEAT_SCHEDULE.values()}


def test_a_tape_outside_the_folder_is_never_deleted(call_id: UUID, folder: Path) -> None:
    CallRecording.objects.update(
        path="../secret.ogg", created_at=timezone.now() - timedelta(days=99)
    )
    delete_old_recordings()
    assert (folder.parent / "secret.ogg").exists()


def test_the_api_says_that_there_is_a_tape_and_does_not_give_it(call_id: UUID) -> None:
    told = member("Supervisor").get(f"/api/calls/{call_id}/").json()
    assert told["recordings"] == [
        {"key": "tape", "started_ms": 0, "duration_ms": None, "channels": 2, "deleted_at": None}
    ]
    assert Call.objects.get(pk=call_id).recordings.count() == 1
