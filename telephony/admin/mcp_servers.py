from __future__ import annotations

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from telephony.admin.base import SecretAdmin, WriteOnlySecretForm
from telephony.models import McpServer


class McpServerForm(WriteOnlySecretForm):
    secret_field = "secret"  # noqa: S105  # the field's name
    sent_to_field = "url"

    class Meta:
        model = McpServer
        fields = ("name", "url", "active")

    def clean_new_secret(self) -> str:
        token: str = self.cleaned_data["new_secret"]
        if not token.isascii():
            raise ValidationError("A token is sent in a header: ASCII letters and signs only.")
        return token


@admin.register(McpServer)
class McpServerAdmin(SecretAdmin):
    form = McpServerForm
    list_display = ("name", "url", "active", "tool_count", "has_secret")
    search_fields = ("name", "url")
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "url", "active"),
                "description": "Make a tool of the kind MCP server for each of its tools that a "
                "persona may use; no other tool of the server is ever offered. A server that does "
                "not answer costs a call its tools, never the call.",
            },
        ),
        (
            "Bearer token",
            {
                "fields": ("new_secret", "remove_secret"),
                "description": "Sent with every request to this server and to no other.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[McpServer]:
        servers: QuerySet[McpServer] = super().get_queryset(request)
        return servers.annotate(tools_here=Count("tools"))

    @display(description="Tools", ordering="tools_here")  # type: ignore[untyped-decorator]
    def tool_count(self, server: McpServer) -> int:
        return int(getattr(server, "tools_here", 0))

    @display(description="Token", boolean=True)  # type: ignore[untyped-decorator]
    def has_secret(self, server: McpServer) -> bool:
        return bool(server.secret)
