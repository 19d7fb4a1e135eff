from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.contrib import admin
from unfold.decorators import display

from telephony.admin.base import SyncsLiveKit
from telephony.admin.checks import ChecksCalls
from telephony.admin.trunks import SYNC_COLOURS
from telephony.models import PhoneNumber


@admin.register(PhoneNumber)
class PhoneNumberAdmin(SyncsLiveKit[PhoneNumber], ChecksCalls):
    list_display = (
        "number",
        "label",
        "persona",
        "opening_hours",
        "trunk",
        "max_calls",
        "active",
        "sync",
    )
    list_filter = ("active", "trunk", "persona")
    list_select_related = ("trunk", "persona", "opening_hours")
    search_fields = ("number", "label")
    help_texts: ClassVar = {
        "trunk": "The inbound trunk that its calls come over.",
        "opening_hours": "What the agent tells callers who ask. Calls are taken at any hour.",
    }
    fieldsets = (
        (None, {"fields": ("number", "label", "trunk", "active")}),
        ("Who answers", {"fields": ("persona", "opening_hours", "fallback_human")}),
        (
            "Limits",
            {
                "fields": ("max_calls", ("minutes_per_day", "cost_per_day")),
                "description": "Beside those of the trunk and of the site. A call over a limit is "
                "refused as busy and recorded with the limit's name.",
            },
        ),
        ("Recording", {"fields": ("recording",)}),
    )

    def trunk_ids(self, rows: Iterable[PhoneNumber]) -> set[int]:
        return {row.trunk_id for row in rows}

    @display(description="Trunk in LiveKit", label=SYNC_COLOURS)  # type: ignore[untyped-decorator]
    def sync(self, number: PhoneNumber) -> str:
        return number.trunk.get_sync_state_display()
