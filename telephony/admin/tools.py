from __future__ import annotations

from django.contrib import admin
from unfold.decorators import display

from telephony.admin.base import BaseAdmin, WriteOnlySecretForm
from telephony.models import Tool


class ToolForm(WriteOnlySecretForm):
    secret_field = "secret"  # noqa: S105  # the field's name

    class Meta:
        model = Tool
        fields = ("name", "description", "parameters", "kind", "builtin", "url", "timeout_ms")


@admin.register(Tool)
class ToolAdmin(BaseAdmin):
    form = ToolForm
    list_display = ("name", "kind", "target", "timeout_ms", "has_secret")
    list_filter = ("kind",)
    search_fields = ("name", "description")
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "description", "parameters"),
                "description": "A published persona keeps the tool as it was when published: "
                "publish again after a change. A deleted tool is gone at once.",
            },
        ),
        ("What it does", {"fields": ("kind", "builtin", "url", "timeout_ms")}),
        (
            "Webhook secret",
            {
                "fields": ("new_secret", "remove_secret"),
                "description": "Sent as `Authorization: Bearer …` with every request.",
            },
        ),
    )

    @display(description="Runs")  # type: ignore[untyped-decorator]
    def target(self, tool: Tool) -> str:
        return tool.url or tool.get_builtin_display()

    @display(description="Secret", boolean=True)  # type: ignore[untyped-decorator]
    def has_secret(self, tool: Tool) -> bool:
        return bool(tool.secret)
