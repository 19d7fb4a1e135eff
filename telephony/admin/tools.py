from __future__ import annotations

import json
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from unfold.decorators import display

from telephony.admin.base import SecretAdmin, WriteOnlySecretForm
from telephony.admin.tool_trial import TriesTools
from telephony.models import Tool


class ToolForm(WriteOnlySecretForm):
    secret_field = "secret"  # noqa: S105  # the field's name

    class Meta:
        model = Tool
        fields = (
            "name",
            "description",
            "parameters",
            "kind",
            "builtin",
            "url",
            "mcp_server",
            "mcp_tool",
            "timeout_ms",
            "idempotent",
            "max_uses",
            "sensitive_arguments",
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if isinstance(field := self.fields.get("parameters"), forms.JSONField):
            field.encoder = _Indented
            field.widget.attrs |= {"rows": 14, "style": "font-family: monospace", "spellcheck": 0}


class _Indented(json.JSONEncoder):
    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"indent": 2})


@admin.register(Tool)
class ToolAdmin(SecretAdmin, TriesTools):
    form = ToolForm
    short_texts = ("description",)
    help_texts: ClassVar = {
        "kind": "Who does the work. Of the fields below, those of this kind count.",
        "builtin": "Of the kind built in: which one.",
        "mcp_server": "Of the kind MCP server: which one.",
        "max_uses": "1 to 100. One more is refused, and the model is told so.",
    }
    list_display = ("name", "kind", "target", "timeout_ms", "idempotent", "max_uses", "has_secret")
    list_filter = ("kind", "mcp_server")
    list_select_related = ("mcp_server",)
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
        ("What it does", {"fields": ("kind", "builtin", "url", "mcp_server", "mcp_tool")}),
        (
            "Limits",
            {"fields": ("timeout_ms", "idempotent", "max_uses", "sensitive_arguments")},
        ),
        (
            "Webhook secret",
            {
                "fields": ("new_secret", "remove_secret"),
                "description": "Signs every request (HMAC-SHA256, header X-Webhook-Signature), so "
                "that the receiver knows it is from here. It is never sent. Without a secret "
                "requests are not signed.",
            },
        ),
    )

    @display(description="Runs")  # type: ignore[untyped-decorator]
    def target(self, tool: Tool) -> str:
        if tool.mcp_server is not None:
            return f"{tool.mcp_server}: {tool.mcp_tool}"
        return tool.url or tool.get_builtin_display()

    @display(description="Secret", boolean=True)  # type: ignore[untyped-decorator]
    def has_secret(self, tool: Tool) -> bool:
        return bool(tool.secret)
