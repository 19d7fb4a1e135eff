"""Every route and every form of the site, found by asking Django, and a row for each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from axes.models import AccessFailureLog
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from telephony.models import (
    Call,
    CallPolicy,
    CallRecording,
    ClosedDate,
    HumanEndpoint,
    KnowledgeDocument,
    McpServer,
    Message,
    OpeningHours,
    PhoneNumber,
    Team,
    TeamMember,
    Transfer,
)
from telephony.services.demo import seed_demo

# The pages that Django makes for each registered model.
MODEL_ROUTE = re.compile(r"admin:(\w+?)_(\w+)_(changelist|add|history|delete|change)")


def routes(
    patterns: list[URLPattern | URLResolver], prefix: str = "", namespace: str = ""
) -> Iterator[tuple[str, str]]:
    """Name and pattern of every route of the site."""
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern), inner)
        elif pattern.name:
            yield namespace + pattern.name, prefix + str(pattern.pattern)


ROUTES = dict(routes(get_resolver().url_patterns))


def label(model: Any) -> str:
    return f"{model._meta.app_label}.{model._meta.model_name}"


def is_page_of_a_model(route: str) -> bool:
    registered = {label(model) for model in admin.site._registry}
    match = MODEL_ROUTE.fullmatch(route)
    return match is not None and f"{match[1]}.{match[2]}" in registered


def a_row_of_everything(folder: Path) -> dict[str, Any]:
    """A row of every model that has pages, by label; tapes lie in ``folder``."""
    seed_demo(order_webhook="http://127.0.0.1:9/x", digest=("u", "p"))
    call = Call.objects.create(room_name="call_1", phone_number=PhoneNumber.objects.first())
    (folder / "tape.ogg").write_bytes(b"OggS")
    CallRecording.objects.create(call=call, key="tape", path="tape.ogg", started_ms=0)
    Message.objects.create(
        call=call, key="m", at_ms=0, occurred_at=call.started_at, path="tape.ogg"
    )
    Transfer.objects.create(
        call=call, key="t", cause="supervisor", state="requested", started_at=call.started_at
    )
    McpServer.objects.create(name="Booking", url="https://mcp.example/mcp")
    KnowledgeDocument.objects.create(title="Handbook", text="Tents.")
    desk = HumanEndpoint.objects.create(name="Desk", address="sip:desk@127.0.0.1")
    TeamMember.objects.create(team=Team.objects.first(), endpoint=desk)
    ClosedDate.objects.create(opening_hours=OpeningHours.objects.first(), date=date(2030, 12, 25))
    CallPolicy.objects.get_or_create(pk=1)
    somebody = User.objects.create_user("somebody")
    AccessFailureLog.objects.create(ip_address="127.0.0.1", attempt_time=timezone.now())
    rows = {label(model): model._default_manager.first() for model in admin.site._registry}
    assert [name for name, row in rows.items() if row is None] == [], "make one here"
    return rows | {"telephony.call": call, "auth.user": somebody}


def url_of(name: str, site: dict[str, Any]) -> str:
    if "<" not in ROUTES[name]:
        return reverse(name)
    match = re.match(r"admin:(\w+?)_([a-z]+)_", name)
    return reverse(name, args=[site[f"{match[1]}.{match[2]}" if match else "telephony.call"].pk])


def everything_stored() -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables but the browsers' sessions."""
    return {
        label(model): list(model._base_manager.order_by("pk").values())
        for model in apps.get_models()
        if model is not Session
    }
