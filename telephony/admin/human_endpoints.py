from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import action, display

from telephony.admin.base import BaseAdmin
from telephony.models import HumanEndpoint
from telephony.services.availability import set_availability

STATES = {"Free": "success", "In a call": "info", "Away": "warning", "Switched off": "danger"}


@admin.register(HumanEndpoint)
class HumanEndpointAdmin(BaseAdmin):
    list_display = ("name", "state", "address", "trunk", "languages", "skills", "team_names")
    list_filter = ("available", "active", "teams", "trusted_for_headers", "trunk")
    list_select_related = ("trunk",)
    search_fields = ("name", "address", "languages", "skills")
    actions = ("set_available", "set_away")
    fieldsets = (
        (None, {"fields": ("name", "active", "available")}),
        ("Where the phone is", {"fields": ("address", "trunk", "trusted_for_headers")}),
        ("Which callers", {"fields": ("languages", "skills", "takes_refer")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[HumanEndpoint]:
        humans: QuerySet[HumanEndpoint] = super().get_queryset(request)
        return humans.prefetch_related("teams")

    def has_steer_permission(self, request: HttpRequest) -> bool:
        """Who runs the teams says who is there, but not at which number they are."""
        return request.user.has_perm("telephony.change_team")

    @action(description="Set available", permissions=["steer"])  # type: ignore[untyped-decorator]
    def set_available(self, request: HttpRequest, queryset: QuerySet[HumanEndpoint]) -> None:
        moved = set_availability(humans=queryset, available=True)
        self.message_user(request, f"{moved} set available.")

    @action(description="Set away", permissions=["steer"])  # type: ignore[untyped-decorator]
    def set_away(self, request: HttpRequest, queryset: QuerySet[HumanEndpoint]) -> None:
        moved = set_availability(humans=queryset, available=False)
        self.message_user(request, f"{moved} set away. Calls that run go on.")

    @display(description="State", label=STATES)  # type: ignore[untyped-decorator]
    def state(self, human: HumanEndpoint) -> str:
        if not human.active:
            return "Switched off"
        if human.reserved_call_id is not None:
            return "In a call"
        return "Free" if human.available else "Away"

    @display(description="Teams")  # type: ignore[untyped-decorator]
    def team_names(self, human: HumanEndpoint) -> str:
        return ", ".join(team.name for team in human.teams.all()) or "-"
