"""Playing and downloading a call's tape, for those who may hear it; each opening is logged."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_safe

from telephony.admin.base import BaseAdmin
from telephony.models import CallRecording
from telephony.permissions import may_hear_recordings
from telephony.services.recordings import RecordingGoneError, open_recording

# A range of bytes (RFC 9110, 14.1.2) as players ask for it; anything else gets the whole file.
_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")


class PlaysRecordings(BaseAdmin):
    """For the admin of Call: a call's tape, whole or in pieces."""

    def get_urls(self) -> list[URLPattern]:
        recording = path(
            "<uuid:call_id>/recording/",
            self.admin_site.admin_view(self.recording),
            name="telephony_call_recording",
        )
        return [recording, *super().get_urls()]

    @method_decorator(require_safe)
    def recording(self, request: HttpRequest, call_id: UUID) -> HttpResponse:
        """``?n=`` counts the call's tapes from 1; ``?download=1`` gives a file to keep."""
        user = request.user
        if not user.is_authenticated or not self.has_view_permission(request):
            raise PermissionDenied
        if not may_hear_recordings(user):
            raise PermissionDenied
        download = request.GET.get("download") == "1"
        tape = _nth(CallRecording.objects.filter(call_id=call_id), request.GET.get("n", "1"))
        try:
            file = open_recording(recording=tape, by=user, downloaded=download)
        except RecordingGoneError as error:
            raise Http404("This recording was deleted.") from error
        response = bytes_of(file, request.headers.get("Range", ""))
        kind = "attachment" if download else "inline"
        name = f"call-{tape.call_id}-{tape.started_ms}ms.ogg"
        response.headers["Content-Disposition"] = f'{kind}; filename="{name}"'
        return response


def _nth(tapes: QuerySet[CallRecording], number: str) -> CallRecording:
    if not re.fullmatch(r"[1-9]\d{0,3}", number, flags=re.ASCII):
        raise Http404
    tape = tapes[int(number) - 1 : int(number)].first()
    if tape is None:
        raise Http404
    return tape


def bytes_of(file: Path, asked: str) -> HttpResponse:
    """The file, or the piece of it that was asked for: without pieces a player cannot jump.

    Read at once: half an hour is some 9 MB.
    """
    size = file.stat().st_size
    match = _RANGE.fullmatch(asked.strip())
    first, last = 0, size - 1
    if match and (match[1] or match[2]):
        if match[1]:
            first, last = int(match[1]), min(int(match[2] or last), last)
        else:
            first = max(0, size - int(match[2]))
        if first > last:
            return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    with file.open("rb") as content:
        content.seek(first)
        response = HttpResponse(content.read(last + 1 - first), content_type="audio/ogg")
    response.headers["Accept-Ranges"] = "bytes"
    if match and (match[1] or match[2]):
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response
