"""Who changed what, and who failed to log in: to be read, never written."""

from __future__ import annotations

import json
from typing import Any

from auditlog.models import LogEntry
from axes.models import AccessFailureLog
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from telephony.admin.base import BaseAdmin, ReadOnlyMixin

if admin.site.is_registered(LogEntry):
    admin.site.unregister(LogEntry)  # the library's own page, which links and colours otherwise

_SHORT = 120


@admin.register(LogEntry)
class LogEntryAdmin(ReadOnlyMixin, BaseAdmin):
    list_display = ("timestamp", "who", "remote_addr", "action", "content_type", "row", "fields_")
    list_select_related = ("content_type", "actor")
    list_filter = (
        ("timestamp", RangeDateFilter),
        ("action", ChoicesDropdownFilter),
        ("actor", RelatedDropdownFilter),
        ("content_type", RelatedDropdownFilter),
    )
    list_filter_submit = True
    search_fields = ("object_repr", "object_pk", "actor__username")
    search_help_text = "A row's name or id, or a user name"
    ordering = ("-timestamp", "-id")
    fieldsets = (
        (None, {"fields": ("timestamp", "who", "remote_addr", "action", "content_type", "row")}),
        ("Changes", {"fields": ("changed",)}),
    )
    readonly_fields = ("who", "row", "changed")

    @display(description="Who")  # type: ignore[untyped-decorator]
    def who(self, entry: LogEntry) -> str:
        # A command or the product itself has no user, nor has who came with a one-time code.
        named = (entry.additional_data or {}).get("who")
        return str(entry.actor or entry.actor_email or named or "not a person")

    @display(description="Row")  # type: ignore[untyped-decorator]
    def row(self, entry: LogEntry) -> str:
        return f"{entry.object_repr[:_SHORT]} ({entry.object_pk})"

    @display(description="Fields")  # type: ignore[untyped-decorator]
    def fields_(self, entry: LogEntry) -> str:
        changes = entry.changes or {}
        if entry.action == LogEntry.Action.ACCESS:  # what was done, not what was changed
            return ", ".join(f"{name} {_old_and_new(v)[1]}" for name, v in changes.items())[:_SHORT]
        return ", ".join(changes)[:_SHORT]

    @display(description="Old and new values")  # type: ignore[untyped-decorator]
    def changed(self, entry: LogEntry) -> SafeString:
        rows = [(name, *_old_and_new(values)) for name, values in (entry.changes or {}).items()]
        return format_html(
            '<table class="cc-table"><tr><th>Field</th><th>Old</th><th>New</th></tr>{}</table>',
            format_html_join("", "<tr><td>{}</td><td>{}</td><td>{}</td></tr>", rows),
        )


def _old_and_new(values: Any) -> tuple[str, str]:
    if isinstance(values, list) and len(values) == 2:
        return str(values[0]), str(values[1])
    if isinstance(values, dict):  # of a many-to-many field
        names = ", ".join(map(str, values.get("objects", [])))
        return ("", names) if values.get("operation") == "add" else (names, "")
    return "", json.dumps(values)


@admin.register(AccessFailureLog)
class AccessFailureLogAdmin(ReadOnlyMixin, BaseAdmin):
    list_display = ("attempt_time", "username", "ip_address", "user_agent", "locked_out")
    list_filter = (("attempt_time", RangeDateFilter), "locked_out")
    list_filter_submit = True
    search_fields = ("username", "ip_address")
    ordering = ("-attempt_time", "-id")
    fields = ("attempt_time", "username", "ip_address", "user_agent", "locked_out", "path_info")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fields
