"""A server whose tools personas may be given: it speaks the Model Context Protocol over HTTPS."""

from __future__ import annotations

from django.db import models

from telephony.fields import EncryptedTextField
from telephony.validators import check_fields, validate_webhook_url


class McpServer(models.Model):
    name = models.CharField(max_length=64, unique=True, help_text="For people.")
    url = models.CharField(
        "URL",
        max_length=500,
        help_text="https. Streamable HTTP; an address that ends in /sse is asked by server-sent "
        "events instead.",
    )
    secret = EncryptedTextField("bearer token", blank=True, default="")
    active = models.BooleanField(
        default=True, help_text="Off: no call is offered its tools, from the next call on."
    )

    class Meta:
        verbose_name = "MCP server"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        check_fields(self, {"url": validate_webhook_url})
