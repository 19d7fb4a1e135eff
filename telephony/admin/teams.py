from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from telephony.admin.base import BaseInline, SecretAdmin, WriteOnlySecretForm
from telephony.models import Team, TeamMember


class TeamForm(WriteOnlySecretForm):
    secret_field = "webhook_secret"  # noqa: S105  # the field's name

    class Meta:
        model = Team
        fields = (
            "name",
            "key",
            "description",
            "opening_hours",
            "required_skills",
            "nobody",
            "after_human",
            "max_wait_s",
            "ask_every_s",
            "speak_code",
            "cold_transfer",
            "webhook_url",
        )


class TeamMemberInline(BaseInline):
    model = TeamMember
    fields = ("endpoint", "priority", "ring_s")
    help_texts: ClassVar = {
        "ring_s": "5 to 80; then the next one is rung.",
    }
    verbose_name = "member"


@admin.register(Team)
class TeamAdmin(SecretAdmin):
    form = TeamForm
    short_texts = ("description",)
    help_texts: ClassVar = {
        "nobody": "All are busy or decline. A team that is closed or away keeps nobody waiting.",
        "after_human": "What becomes of the caller then.",
    }
    list_display = ("name", "key", "rung_in_order", "opening_hours", "nobody", "after_human")
    list_select_related = ("opening_hours",)
    search_fields = ("name", "key", "description")
    inlines = (TeamMemberInline,)
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "key", "description", "opening_hours", "required_skills"),
                "description": "Whom callers may be handed to. A persona names its teams; the "
                "model chooses among them by key and description, never a number or an address.",
            },
        ),
        (
            "When nobody takes the call",
            {"fields": ("nobody", ("max_wait_s", "ask_every_s"))},
        ),
        ("The hand-over", {"fields": ("after_human", "speak_code", "cold_transfer")}),
        (
            "Webhook",
            {
                "fields": ("webhook_url", "new_secret", "remove_secret"),
                "description": "Told before a phone rings: the call, the human and where the "
                "transcript is. Signed as the webhooks of tools are.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Team]:
        teams: QuerySet[Team] = super().get_queryset(request)
        return teams.prefetch_related("memberships__endpoint")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("key",) if obj is not None else ()

    @display(description="Rung in this order")  # type: ignore[untyped-decorator]
    def rung_in_order(self, team: Team) -> str:
        names = [
            member.endpoint.name if member.endpoint.active else f"{member.endpoint.name} (off)"
            for member in team.memberships.all()
        ]
        return ", ".join(names) or "nobody"
