from __future__ import annotations

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from unfold.admin import TabularInline
from unfold.decorators import action, display

from telephony.admin.base import BaseAdmin, ReadOnlyMixin
from telephony.admin.persona_versions import ComparesVersions
from telephony.models import Persona, PersonaVersion
from telephony.services.personas import has_unpublished_changes, publish_persona
from telephony.timeline import pretty


class PersonaVersionInline(TabularInline):  # type: ignore[misc]
    model = PersonaVersion
    fk_name = "persona"
    verbose_name_plural = "published versions"
    fields = ("version", "published_at", "published_by", "greeting")
    readonly_fields = fields
    ordering = ("-version",)
    extra = 0
    can_delete = False
    show_change_link = True
    tab = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Persona)
class PersonaAdmin(ComparesVersions):
    list_display = ("name", "published", "language", "realtime_model", "voice_model")
    list_select_related = ("published_version", "turn_taking")
    search_fields = ("name",)
    autocomplete_fields = ("tools", "teams")
    short_texts = ("greeting",)
    # What a caller listens to, and what the model's server takes with each call.
    longest: ClassVar = {"greeting": 2_000, "instructions": 50_000}
    help_texts: ClassVar = {
        "realtime_provider": "Who listens and thinks; its key is one of the worker's settings.",
        "voice_provider": "Who speaks; its key is one of the worker's settings.",
        "voice_model": "The voice provider's name of it.",
        "tools": "It has no others. A changed tool counts once the persona is published again.",
        "frustration": "Needs a team. Who asks for a person is handed over in any case.",
    }
    inlines = (PersonaVersionInline,)
    actions = ("publish",)
    actions_submit_line = ("save_and_publish",)
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "greeting", "instructions", "language"),
                "description": "This is a draft. Calls hear the published version: save and "
                "publish to make a new one. Calls that run keep the version they began with. "
                "What is said whoever the persona is (please wait, goodbye) is said in its "
                "language if that is en, de, fr, es, it or nl, and else in English.",
            },
        ),
        ("Abilities", {"fields": ("tools",)}),
        (
            "Handing over to people",
            {
                "fields": (
                    "teams",
                    ("default_team", "operator_key"),
                    ("frustration", "frustration_threshold"),
                    "frustration_weights",
                ),
                "description": "Give it the built-in tool transfer_to_human too, so that it can "
                "hand over when it is asked in words.",
            },
        ),
        (
            "Hearing, thinking and speaking",
            {
                "fields": (
                    "realtime_provider",
                    "realtime_model",
                    "voice_provider",
                    "voice_model",
                    "voice_id",
                )
            },
        ),
        ("Limits", {"fields": ("turn_taking", "max_duration_s")}),
    )

    @display(  # type: ignore[untyped-decorator]
        description="Published",
        label={"Not published": "danger", "Draft differs": "warning", "Published": "success"},
    )
    def published(self, persona: Persona) -> tuple[str, str]:
        version = persona.published_version
        if version is None:
            return ("Not published", "Not published")
        if has_unpublished_changes(persona=persona):
            return ("Draft differs", f"v{version.version}, draft differs")
        return ("Published", f"v{version.version}")

    @action(description="Publish", permissions=["change"])  # type: ignore[untyped-decorator]
    def publish(self, request: HttpRequest, queryset: QuerySet[Persona]) -> None:
        for persona in queryset:
            self._publish(request, persona)

    @action(description="Save and publish", permissions=["change"])  # type: ignore[untyped-decorator]
    def save_and_publish(self, _request: HttpRequest, persona: Any) -> None:
        # Called before the form's tools are saved; save_related publishes once they are.
        persona.publish_requested = True

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if getattr(form.instance, "publish_requested", False):
            self._publish(request, form.instance)

    def _publish(self, request: HttpRequest, persona: Persona) -> None:
        version, new = publish_persona(persona=persona, user_id=request.user.pk)
        if new:
            self.message_user(request, f"{version} is what new calls hear.")
        else:
            self.message_user(request, f"{version} is unchanged.", messages.INFO)


@admin.register(PersonaVersion)
class PersonaVersionAdmin(ReadOnlyMixin, BaseAdmin):
    list_display = ("__str__", "published_at", "published_by")
    list_select_related = ("persona", "published_by")
    list_filter = ("persona",)
    fieldsets = (
        (None, {"fields": ("name", "version", "published_at", "published_by")}),
        ("What a caller hears", {"fields": ("greeting", "instructions", "language")}),
        (
            "Hearing, thinking and speaking",
            {
                "fields": (
                    "realtime_provider",
                    "realtime_model",
                    "voice_provider",
                    "voice_model",
                    "voice_id",
                    "max_duration_s",
                )
            },
        ),
        ("Snapshot", {"fields": ("turn_taking_values", "tool_values", "handoff_values")}),
    )
    readonly_fields = ("turn_taking_values", "tool_values", "handoff_values")

    @display(description="Turn-taking")  # type: ignore[untyped-decorator]
    def turn_taking_values(self, version: PersonaVersion) -> str:
        return format_html("<pre>{}</pre>", pretty(version.turn_taking))

    @display(description="Tools")  # type: ignore[untyped-decorator]
    def tool_values(self, version: PersonaVersion) -> str:
        return format_html("<pre>{}</pre>", pretty(version.tools))

    @display(description="Handing over")  # type: ignore[untyped-decorator]
    def handoff_values(self, version: PersonaVersion) -> str:
        return format_html("<pre>{}</pre>", pretty(version.handoff))
