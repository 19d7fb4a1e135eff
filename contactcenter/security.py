"""What every request and every answer of the web side must be like. Wiring, no domain code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_to_bytes

from auditlog.context import set_extra_data
from auditlog.middleware import AuditlogMiddleware
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest

GetResponse = Callable[[HttpRequest], HttpResponse]

# Everything comes from this host. The admin's Alpine.js evaluates attributes and styles inline, so
# script-src must allow it; nothing may be loaded from, sent to or framed by anybody else.
_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "font-src 'self'",
        "media-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'self'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "X-Robots-Tag": "noindex, nofollow",
    # Pages and answers hold personal data: no cache keeps them. Static files say otherwise.
    "Cache-Control": "no-store",
}


class SecurityHeadersMiddleware:
    """Adds HEADERS to every answer that does not set its own."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        return response


class RefuseNulMiddleware:
    """400 for a NUL in path or query: no text of ours has one, and PostgreSQL fails on it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        query = unquote_to_bytes(request.META.get("QUERY_STRING", ""))
        if b"\x00" in query or "\x00" in request.path_info:
            return HttpResponseBadRequest(
                "The address contains a NUL character. Remove it.", content_type="text/plain"
            )
        return self.get_response(request)


class AuditMiddleware(AuditlogMiddleware):  # type: ignore[misc]
    """Names who changes something, for the audit log.

    The library would believe X-Forwarded-For and a correlation id of anybody; REMOTE_ADDR is what
    uvicorn took from a proxy that it trusts.
    """

    @staticmethod
    def _get_remote_addr(request: HttpRequest) -> str | None:
        return request.META.get("REMOTE_ADDR") or None

    def __call__(self, request: HttpRequest) -> Any:
        extra = {"remote_addr": self._get_remote_addr(request), "actor": self._get_actor(request)}
        with set_extra_data(context_data=extra):
            return self.get_response(request)
