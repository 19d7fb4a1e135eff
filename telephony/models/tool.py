"""What the model may do in a call besides talking."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from telephony.enums import BuiltinTool, ToolKind
from telephony.fields import EncryptedTextField, empty_parameters
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
        help_text='JSON Schema of the arguments, "type": "object".',
    )
    kind = models.CharField(
        max_length=16,
        choices=[(ToolKind.BUILTIN.value, "Built in"), (ToolKind.WEBHOOK.value, "Webhook")],
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
    timeout_ms = models.PositiveIntegerField(
        "time-out (ms)",
        default=5_000,
        validators=[MinValueValidator(100), MaxValueValidator(60_000)],
        help_text="The caller waits this long at most.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="tool_kind_has_its_target",
                condition=(Q(kind="builtin") & ~Q(builtin="") & Q(url=""))
                | (Q(kind="webhook") & Q(builtin="") & ~Q(url="")),
                violation_error_message="A built-in tool names its code and no URL; a webhook "
                "names its URL and no built-in tool.",
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
        checks = {"parameters": validate_parameters}
        if self.url:
            checks["url"] = validate_webhook_url
        check_fields(self, checks)
