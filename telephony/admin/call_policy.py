from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from telephony.admin.base import BaseAdmin
from telephony.models import CallPolicy


@admin.register(CallPolicy)
class CallPolicyAdmin(BaseAdmin):
    """One row, so its list is its form."""

    help_texts: ClassVar = {
        "currency": "Three letters, such as EUR: what the prices are in.",
    }
    fieldsets = (
        (
            "Kill switch",
            {
                "fields": ("take_no_calls", "take_no_calls_reason"),
                "description": "Every new call is refused as busy, and recorded, as soon as this "
                "is saved. Calls that run go on.",
            },
        ),
        ("One caller", {"fields": ("calls_per_minute_per_caller",)}),
        (
            "A day",
            {
                "fields": (
                    ("minutes_per_day", "cost_per_day"),
                    ("price_per_minute", "currency"),
                ),
                "description": "Since midnight UTC, all numbers together; each number can have its "
                "own limits too. A limit refuses new calls and never ends one.",
            },
        ),
    )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            denied: HttpResponse = super().changelist_view(request, extra_context)
            return denied
        if not CallPolicy.objects.filter(pk=1).exists():
            CallPolicy.objects.bulk_create([CallPolicy(pk=1)], ignore_conflicts=True)
        form: HttpResponse = self.change_view(request, "1", extra_context=extra_context)
        return form

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
