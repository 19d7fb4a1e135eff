"""The page that a human reads while taking a call over: all that was said, as it is said.

It opens for whoever may see what callers say, and for whoever has the call's one-time code.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import User
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from telephony.handoff_sheet import HandoffSheet, handoff_sheet
from telephony.permissions import may_see_personal_data
from telephony.services.access_codes import CODE_LIVES, use_code
from telephony.services.transcript_access import note_opened, note_refused

COOKIE = "handoff"
_SALT = "telephony.views.handoff"
# Stricter than the admin's: no inline script could run, whatever a caller said.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)


@csrf_protect
@require_http_methods(["GET", "HEAD", "POST"])
def handoff_page(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """POST ``code`` opens it. 403: that code opens nothing (any more), or too many were tried."""
    if request.method == "POST":
        return _try_code(request, call_id)
    reader = _reader(request, call_id)
    if reader is None:
        if user := _user(request):
            note_refused(call_id=call_id, user=user, why="no permission")
        return _ask_for_code(request, wrong=False)
    sheet = handoff_sheet(call_id)
    if sheet is None:
        raise Http404
    note_opened(call=sheet.call, user=_user(request), code_of=reader.code_of)
    html = _html(sheet)
    context = {"sheet": sheet, "html": html, "version": _version(html)}
    return _guarded(render(request, "telephony/handoff.html", context))


@require_safe
def handoff_news(request: HttpRequest, call_id: UUID) -> HttpResponse:
    """``{version, live, html?}``; no ``html`` when ``?version=`` is what it still is.

    403: not opened, or the hour is over; 404: no such call.
    """
    if _reader(request, call_id) is None:
        return _guarded(JsonResponse({"error": "Not opened."}, status=403))
    sheet = handoff_sheet(call_id)
    if sheet is None:
        raise Http404
    html = _html(sheet)
    news: dict[str, object] = {"version": _version(html), "live": sheet.live}
    if request.GET.get("version") != news["version"]:
        news["html"] = html
    return _guarded(JsonResponse(news))


def _try_code(request: HttpRequest, call_id: UUID) -> HttpResponse:
    code = "".join(request.POST.get("code", "")[:32].split())
    used = use_code(call_id=call_id, code=code)
    if used is None:
        note_refused(call_id=call_id, user=_user(request), why="wrong code")
        return _ask_for_code(request, wrong=True)
    response = redirect("handoff-page", call_id=call_id)
    response.set_cookie(
        COOKIE,
        signing.dumps([str(call_id), str(used.code_human or "")], salt=_SALT),
        max_age=int(CODE_LIVES.total_seconds()),
        path=request.path,  # of this call alone
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return response


@dataclass(frozen=True, slots=True)
class _Reader:
    """``code_of``: the name of the human whose one-time code it was; None: the user may see it."""

    code_of: str | None


def _user(request: HttpRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None


def _reader(request: HttpRequest, call_id: UUID) -> _Reader | None:
    """None: who may not read it."""
    user = request.user
    staff = user.is_authenticated and user.is_active and user.is_staff
    if staff and user.has_perm("telephony.view_call") and may_see_personal_data(user):
        return _Reader(code_of=None)
    try:
        opened = signing.loads(request.COOKIES.get(COOKIE, ""), salt=_SALT, max_age=CODE_LIVES)
    except signing.BadSignature:
        return None
    if not isinstance(opened, list) or opened[0] != str(call_id):
        return None
    return _Reader(code_of=str(opened[1]))


def _ask_for_code(request: HttpRequest, *, wrong: bool) -> HttpResponse:
    """The same for every address: nobody learns here which calls there are."""
    user = request.user
    context = {"wrong": wrong, "may_not": user.is_authenticated, "path": request.path}
    response = render(request, "telephony/handoff_code.html", context, status=403 if wrong else 200)
    response.headers["Content-Security-Policy"] = _POLICY
    # With no-referrer a browser would send its form without an origin, and Django refuse it.
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _html(sheet: HandoffSheet) -> str:
    """Escaped by the template: every word of it may be a caller's."""
    return render_to_string("telephony/handoff_sheet.html", {"sheet": sheet})


def _version(html: str) -> str:
    return hashlib.sha256(html.encode()).hexdigest()[:16]


def _guarded(response: HttpResponse) -> HttpResponse:
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response
