"""What the model may do in a call besides talking."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from telephony.enums import BuiltinTool, ToolKind
from telephony.fields import EncryptedTextField, empty_parameters
from telephony.models.mcp_server import McpServer
from telephony.validators import (
    check_fields,
    validate_parameters,
    validate_tool_name,
    validate_webhook_url,
)


class Tool(models.Model):
    name = models.CharField(
        max_length=64,
        unique=True,
        validators=[validate_tool_name],
        help_text="What the model calls it.",
    )
    description = models.TextField(help_text="For the model: what it does and when to use it.")
    parameters = models.JSONField(
        default=empty_parameters,
        help_text='JSON Schema of the arguments, "type": "object". A built-in tool has its own; '
        "an MCP tool without properties here takes the server's.",
    )
    kind = models.CharField(
        max_length=16,
        choices=[
            (ToolKind.BUILTIN.value, "Built in"),
            (ToolKind.WEBHOOK.value, "Webhook"),
            (ToolKind.MCP.value, "MCP server"),
        ],
        default=ToolKind.WEBHOOK.value,
    )
    builtin = models.CharField(
        "built-in tool",
        max_length=32,
        blank=True,
        choices=[(b.value, b.value.replace("_", " ").capitalize()) for b in BuiltinTool],
    )
    url = models.CharField(
        "webhook URL",
        max_length=500,
        blank=True,
        help_text="https. Receives the arguments as JSON by POST, answers with JSON.",
    )
    secret = EncryptedTextField(blank=True, default="")
    mcp_server = models.ForeignKey(
        McpServer,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        verbose_name="MCP server",
        related_name="tools",
    )
    mcp_tool = models.CharField(
        "tool of that server",
        max_length=128,
        blank=True,
        help_text="As the server calls it. Only tools listed here can be used.",
    )
    timeout_ms = models.PositiveIntegerField(
        "time-out (ms)",
        default=5_000,
        validators=[MinValueValidator(100), MaxValueValidator(60_000)],
        help_text="The caller waits this long at most, retries included.",
    )
    idempotent = models.BooleanField(
        default=False,
        help_text="Asking twice does no harm (a look-up). Only then is it tried again when it "
        "fails, each time with the same Idempotency-Key.",
    )
    max_uses = models.PositiveIntegerField(
        "most uses in a call",
        default=20,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )
    sensitive_arguments = models.CharField(
        max_length=500,
        blank=True,
        help_text="Names of arguments, separated by commas, whose values are never stored, such as "
        "card_number. The tool itself gets them.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="tool_kind_has_its_target",
                condition=(
                    Q(kind="builtin") & ~Q(builtin="") & Q(url="", mcp_server=None, mcp_tool="")
                )
                | (Q(kind="webhook") & ~Q(url="") & Q(builtin="", mcp_server=None, mcp_tool=""))
                | (
                    Q(kind="mcp", mcp_server__isnull=False)
                    & ~Q(mcp_tool="")
                    & Q(builtin="", url="")
                ),
                violation_error_message="A built-in tool names its code, a webhook its URL, a tool "
                "of an MCP server that server and its name there; and none of them the others'.",
            ),
            models.CheckConstraint(
                name="tool_uses_are_bounded", condition=Q(max_uses__gte=1) & Q(max_uses__lte=100)
            ),
            models.CheckConstraint(
                name="tool_timeout_is_bounded",
                condition=Q(timeout_ms__gte=100) & Q(timeout_ms__lte=60_000),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        checks: dict[str, Callable[[Any], object]] = {"parameters": validate_parameters}
        if self.url:
            checks["url"] = validate_webhook_url
        if self.sensitive_arguments:
            checks["sensitive_arguments"] = lambda _: self._check_sensitive_names()
        check_fields(self, checks)

    def _check_sensitive_names(self) -> None:
        """A misspelt name would protect nothing. Only where the schema is known here."""
        known = self.parameters.get("properties") if isinstance(self.parameters, dict) else None
        if not known or self.kind == ToolKind.BUILTIN.value:
            return
        if missing := [name for name in self.sensitive_names if name not in str(self.parameters)]:
            raise ValidationError(f"{', '.join(missing)}: no such argument in the parameters.")

    @property
    def sensitive_names(self) -> list[str]:
        return [name.strip() for name in self.sensitive_arguments.split(",") if name.strip()]
