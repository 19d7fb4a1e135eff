"""What callers left: to be read, called back and marked as handled. The words are the caller's."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.views.decorators.http import require_safe
from unfold.decorators import action, display

from telephony.admin.base import BaseAdmin
from telephony.admin.recordings import bytes_of
from telephony.models import Message
from telephony.permissions import may_hear_recordings
from telephony.services.recordings import RecordingGoneError, message_file, open_message


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
    list_display = ("occurred_at", "caller_name", "callback_number", "team", "summary", "state")
    list_filter = (HandledFilter, "team", ("occurred_at", admin.DateFieldListFilter))
    list_select_related = ("call", "handled_by", "team")
    search_fields = ("caller_name", "callback_number", "text")
    actions = ("mark_handled",)
    readonly_fields = (
        "occurred_at",
        "caller_name",
        "callback_number",
        "team",
        "text",
        "recording",
        "call_page",
        "handled_at",
        "handled_by",
    )
    fields = readonly_fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        recording = path(
            "<int:pk>/recording/",
            self.admin_site.admin_view(self.play),
            name="telephony_message_recording",
        )
        return [recording, *super().get_urls()]

    @method_decorator(require_safe)
    def play(self, request: HttpRequest, pk: int) -> HttpResponse:
        user = request.user
        if not user.is_authenticated or not self.has_view_permission(request):
            raise PermissionDenied
        if not may_hear_recordings(user):
            raise PermissionDenied
        message = Message.objects.filter(pk=pk).first()
        try:
            file = open_message(message=message, by=user) if message is not None else None
        except RecordingGoneError as error:
            raise Http404("This recording was deleted.") from error
        if file is None:
            raise Http404
        return bytes_of(file, request.headers.get("Range", ""))

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

    @display(description="Recording")  # type: ignore[untyped-decorator]
    def recording(self, message: Message) -> str:
        if not message.path:
            return "-"
        if message_file(message) is None:
            return "Its file is not there any more: recordings are deleted after a while."
        url = reverse("admin:telephony_message_recording", args=[message.pk])
        # Not loaded before somebody plays it: opening it is written to the audit log.
        return format_html('<audio controls preload="none" src="{}"></audio>', url)

    @display(description="Call")  # type: ignore[untyped-decorator]
    def call_page(self, message: Message) -> str:
        url = reverse("admin:telephony_call_change", args=[message.call_id])
        return format_html('<a href="{}">{}</a>', url, message.call_id)
