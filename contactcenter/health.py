"""/healthz: the process lives. /readyz: what it needs is there, each part named."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Any

import redis
import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from contactcenter.access import may_monitor
from telephony import livekit_client, queries

log = structlog.get_logger(__name__)

# Whoever asks more often, and anybody may, asks LiveKit no more often.
LOOKED_WITHIN_S = 2
_LOOKED = "readyz"
_looking = Lock()


@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    return JsonResponse({"ok": True})


@never_cache
@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """200 when every part answers, else 503. Says nothing that names hosts or credentials.

    What calls cannot be taken now, and why, is for who may see the metrics.
    """
    with _looking:
        parts: dict[str, dict[str, Any]] | None = cache.get(_LOOKED)
        if parts is None:
            parts = _looked_at()
            cache.set(_LOOKED, parts, LOOKED_WITHIN_S)
    ok = all(part["ok"] for part in parts.values())
    answer: dict[str, Any] = {"ok": ok, "checks": parts}
    if may_monitor(request):
        answer["warnings"] = queries.setup_warnings() if parts["database"]["ok"] else []
    return JsonResponse(answer, status=200 if ok else 503)


def _looked_at() -> dict[str, dict[str, Any]]:
    # One thread a part: the answer takes as long as the slowest, not as the sum.
    with ThreadPoolExecutor(max_workers=len(_CHECKS)) as pool:
        return dict(zip(_CHECKS, pool.map(_checked, _CHECKS), strict=True))


def _database() -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    finally:
        connection.close()  # this thread's own connection


def _redis() -> None:
    if settings.REDIS_URL.startswith("memory:"):
        return
    with redis.Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=2, socket_timeout=2
    ) as client:
        client.ping()


def _livekit() -> None:
    livekit_client.existing_rooms(["readyz"])


def _sip_api() -> None:
    livekit_client.list_dispatch_rules()


_CHECKS: dict[str, tuple[Callable[[], None], str]] = {
    "database": (_database, "Check DATABASE_URL and that the migrations have run."),
    "redis": (_redis, "Check REDIS_URL and that Redis runs."),
    "livekit": (_livekit, "Check LIVEKIT_URL and the API key, and that livekit-server runs."),
    "sip": (
        _sip_api,
        "Check LIVEKIT_SIP_API_URL; livekit-server needs Redis to serve SIP.",
    ),
}


def _checked(name: str) -> dict[str, Any]:
    check, advice = _CHECKS[name]
    started = time.monotonic()
    try:
        check()
    except Exception as error:
        log.warning("readiness_check_failed", part=name, error_type=type(error).__name__)
        return {"ok": False, "error": type(error).__name__, "advice": advice}
    return {"ok": True, "ms": round((time.monotonic() - started) * 1000)}
