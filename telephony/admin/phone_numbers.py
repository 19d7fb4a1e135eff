from __future__ import annotations

from collections.abc import Iterable

from django.contrib import admin
from unfold.decorators import display

from telephony.admin.base import SyncsLiveKit
from telephony.admin.trunks import SYNC_COLOURS
from telephony.models import PhoneNumber


@admin.register(PhoneNumber)
class PhoneNumberAdmin(SyncsLiveKit[PhoneNumber]):
    list_display = ("number", "label", "persona", "opening_hours", "trunk", "active", "sync")
    list_filter = ("active", "trunk", "persona")
    list_select_related = ("trunk", "persona", "opening_hours")
    search_fields = ("number", "label")
    fieldsets = (
        (None, {"fields": ("number", "label", "trunk", "active")}),
        ("Who answers", {"fields": ("persona", "opening_hours")}),
    )

    def trunk_ids(self, rows: Iterable[PhoneNumber]) -> set[int]:
        return {row.trunk_id for row in rows}

    @display(description="Trunk in LiveKit", label=SYNC_COLOURS)  # type: ignore[untyped-decorator]
    def sync(self, number: PhoneNumber) -> str:
        return number.trunk.get_sync_state_display()
