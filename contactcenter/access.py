"""Who may see how the installation does: whoever has METRICS_TOKEN, else this machine alone."""

from __future__ import annotations

import hmac
import ipaddress

from django.conf import settings
from django.http import HttpRequest

# What a proxy adds: who comes through one is not on this machine, whatever the address says.
_PROXIED = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "Via")


def may_monitor(request: HttpRequest) -> bool:
    """Bearer METRICS_TOKEN where one is set; else only for this machine, past no proxy."""
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "").encode()
        return hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())
    try:
        here = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False
    return here and not any(name in request.headers for name in _PROXIED)
