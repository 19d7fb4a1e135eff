from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar

from django.contrib import admin
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.decorators import action, display

from telephony.admin.base import SecretAdmin, SyncsLiveKit, WriteOnlySecretForm
from telephony.models import SipTrunk

SYNC_COLOURS = {"Synced": "success", "Pending": "warning", "Failed": "danger"}


class SipTrunkForm(WriteOnlySecretForm):
    secret_field = "auth_password"  # noqa: S105  # the field's name
    sent_to_field = "outbound_host"

    class Meta:
        model = SipTrunk
        fields = (
            "name",
            "direction",
            "active",
            "carrier_numbers",
            "allowed_addresses",
            "auth_username",
            "number_format",
            "country",
            "anonymous_allowed",
            "refer_allowed",
            "max_calls",
            "transport",
            "outbound_host",
        )


@admin.register(SipTrunk)
class SipTrunkAdmin(SyncsLiveKit[SipTrunk], SecretAdmin):
    form = SipTrunkForm
    short_texts = ("carrier_numbers", "allowed_addresses")
    longest: ClassVar = {"carrier_numbers": 100_000}
    help_texts: ClassVar = {
        "direction": "Inbound: calls come in from this carrier. Outbound: humans are rung over it.",
        "auth_username": "Inbound: the carrier's, to log in here. Outbound: ours, to log in there.",
    }
    list_display = ("name", "direction", "active", "number_count", "max_calls", "sync", "synced_at")
    list_filter = ("direction", "active", "sync_state")
    search_fields = ("name", "phone_numbers__number")
    readonly_fields = (
        "sync_state",
        "sync_error",
        "synced_at",
        "livekit_trunk_id",
        "livekit_rule_id",
    )
    actions = ("synchronise",)
    fieldsets = (
        (None, {"fields": ("name", "direction", "active", "max_calls")}),
        (
            "Numbers",
            {"fields": (("number_format", "country"), "carrier_numbers", "anonymous_allowed")},
        ),
        (
            "Who may call in",
            {
                "fields": (
                    "allowed_addresses",
                    "auth_username",
                    "new_secret",
                    "remove_secret",
                ),
                "description": "A trunk open to everybody is found by scanners within hours and "
                "costs money. Outbound trunks log in with the same user name and password.",
            },
        ),
        (
            "Calling out and handing over",
            {"fields": (("outbound_host", "transport"), "refer_allowed")},
        ),
        (
            "In LiveKit",
            {
                "fields": (
                    "sync_state",
                    "sync_error",
                    "synced_at",
                    "livekit_trunk_id",
                    "livekit_rule_id",
                ),
                "description": "Written by the synchronisation, which runs after every save.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[SipTrunk]:
        return SipTrunk.objects.annotate(numbers=Count("phone_numbers")).order_by("name")

    def trunk_ids(self, rows: Iterable[SipTrunk]) -> set[int]:
        return {row.pk for row in rows}

    @display(description="Numbers", ordering="numbers")  # type: ignore[untyped-decorator]
    def number_count(self, trunk: SipTrunk) -> int:
        return int(getattr(trunk, "numbers", 0))

    @display(description="In LiveKit", label=SYNC_COLOURS)  # type: ignore[untyped-decorator]
    def sync(self, trunk: SipTrunk) -> str:
        return trunk.get_sync_state_display()

    @action(description="Synchronise with LiveKit", permissions=["change"])  # type: ignore[untyped-decorator]
    def synchronise(self, request: HttpRequest, queryset: QuerySet[SipTrunk]) -> None:
        self._request_sync(request, self.trunk_ids(queryset))
        self.message_user(request, "The synchronisation has been asked for.")
