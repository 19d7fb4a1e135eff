"""What callers left: to be read, called back and marked as handled. The words are the caller's."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import action, display

from telephony.admin.base import BaseAdmin
from telephony.models import Message


class HandledFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "handled"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("no", "Open"), ("yes", "Handled")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Message]) -> QuerySet[Message]:
        if self.value() is None:
            return queryset
        return queryset.filter(handled_at__isnull=self.value() == "no")


@admin.register(Message)
class MessageAdmin(BaseAdmin):
    list_display = ("occurred_at", "caller_name", "callback_number", "summary", "state")
    list_filter = (HandledFilter, ("occurred_at", admin.DateFieldListFilter))
    list_select_related = ("call", "handled_by")
    search_fields = ("caller_name", "callback_number", "text")
    actions = ("mark_handled",)
    readonly_fields = (
        "occurred_at",
        "caller_name",
        "callback_number",
        "text",
        "call_page",
        "handled_at",
        "handled_by",
    )
    fields = readonly_fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    @action(description="Mark as handled", permissions=["change"])  # type: ignore[untyped-decorator]
    def mark_handled(self, request: HttpRequest, queryset: QuerySet[Message]) -> None:
        now = timezone.now()
        moved = sum(message.handle(by_id=request.user.pk, at=now) for message in queryset)
        left = len(queryset) - moved
        self.message_user(request, f"{moved} marked as handled.")
        if left:
            self.message_user(request, f"{left} had been handled before.", messages.INFO)

    @display(description="About")  # type: ignore[untyped-decorator]
    def summary(self, message: Message) -> str:
        return message.text if len(message.text) <= 80 else f"{message.text[:79]}…"

    @display(  # type: ignore[untyped-decorator]
        description="State", label={"Open": "warning", "Handled": "success"}
    )
    def state(self, message: Message) -> str:
        return "Handled" if message.handled_at else "Open"

    @display(description="Call")  # type: ignore[untyped-decorator]
    def call_page(self, message: Message) -> str:
        url = reverse("admin:telephony_call_change", args=[message.call_id])
        return format_html('<a href="{}">{}</a>', url, message.call_id)
