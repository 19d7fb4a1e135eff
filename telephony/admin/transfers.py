"""Hand-overs that wait, are in progress, and are over. Each is read on the page of its call."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from unfold.decorators import action, display

from telephony.admin.base import ReadOnlyMixin, WithholdsPersonalLookups
from telephony.enums import CallCommand, TransferState
from telephony.livekit_client import LiveKitError
from telephony.models import Transfer
from telephony.personal_data import calls_for
from telephony.services.commands import CommandRefusedError, command_transfer
from telephony.timeline import clock

STATE_COLOURS = {
    "waiting": "warning",
    "open": "primary",
    "merged": "info",
    "success": "success",
    "failed": "danger",
    "over": "warning",
}
_SUCCESS = {TransferState.COMPLETED.value, TransferState.GIVEN_BACK.value}


class ProgressFilter(admin.SimpleListFilter):
    title = "progress"
    parameter_name = "progress"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("waiting", "Waiting"), ("running", "In progress"), ("done", "Done")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Transfer]) -> QuerySet[Transfer]:
        waiting = TransferState.WAITING.value
        match self.value():
            case "waiting":
                return queryset.filter(ended_at__isnull=True, state=waiting)
            case "running":
                return queryset.filter(ended_at__isnull=True).exclude(state=waiting)
            case "done":
                return queryset.filter(ended_at__isnull=False)
        return queryset


@admin.register(Transfer)
class TransferAdmin(ReadOnlyMixin, WithholdsPersonalLookups):
    list_display = (
        "started_at",
        "call_page",
        "team",
        "human",
        "cause",
        "progress",
        "lasted",
        "sip",
    )
    list_display_links = None
    list_filter = (ProgressFilter, "team", "cause", "state", "mode")
    list_select_related = ("call", "team", "human")
    actions = ("cancel", "take_back")
    ordering = ("-started_at", "-id")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        calls_for(request.user, [transfer.call for transfer in changelist.result_list])
        return changelist

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        transfer = self.get_object(request, object_id)
        if request.method != "GET" or not self.has_view_permission(request, transfer):
            raise PermissionDenied
        if transfer is None:
            answer: HttpResponse = super().change_view(request, object_id, form_url, extra_context)
            return answer
        return HttpResponseRedirect(_page_of(transfer))

    def has_steer_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("telephony.change_transfer")

    @action(description="Cancel the hand-over", permissions=["steer"])  # type: ignore[untyped-decorator]
    def cancel(self, request: HttpRequest, queryset: QuerySet[Transfer]) -> None:
        self._command(request, queryset, CallCommand.CANCEL_TRANSFER)

    @action(description="Take the caller back to the agent", permissions=["steer"])  # type: ignore[untyped-decorator]
    def take_back(self, request: HttpRequest, queryset: QuerySet[Transfer]) -> None:
        self._command(request, queryset, CallCommand.TAKE_BACK)

    def _command(
        self, request: HttpRequest, queryset: QuerySet[Transfer], command: CallCommand
    ) -> None:
        for transfer in queryset.select_related("call"):
            try:
                command_transfer(transfer=transfer, command=command)
            except CommandRefusedError as error:
                self.message_user(request, f"{transfer}: {error}", messages.WARNING)
            except LiveKitError:
                self.message_user(
                    request, f"{transfer}: LiveKit did not answer; try again.", messages.ERROR
                )
            else:
                self.message_user(request, f"{transfer}: the agent was asked.")

    @display(description="Call")  # type: ignore[untyped-decorator]
    def call_page(self, transfer: Transfer) -> str:
        caller = transfer.call.caller_number or "unknown caller"
        return format_html(
            '<a class="text-primary-600 underline" href="{}">{}</a>', _page_of(transfer), caller
        )

    @display(description="State", label=STATE_COLOURS, ordering="state")  # type: ignore[untyped-decorator]
    def progress(self, transfer: Transfer) -> tuple[str, str]:
        return (_colour(transfer), transfer.get_state_display())

    @display(description="Took")  # type: ignore[untyped-decorator]
    def lasted(self, transfer: Transfer) -> str:
        until = transfer.ended_at or timezone.now()
        seconds = max(0.0, (until - transfer.started_at).total_seconds())
        return clock(round(seconds * 1000)).split(".")[0]

    @display(description="SIP")  # type: ignore[untyped-decorator]
    def sip(self, transfer: Transfer) -> str:
        return str(transfer.sip_status or "-")


def _page_of(transfer: Transfer) -> str:
    return reverse("admin:telephony_call_change", args=[transfer.call_id])


def _colour(transfer: Transfer) -> str:
    if transfer.ended_at is None:
        return transfer.state if transfer.state in ("waiting", "merged") else "open"
    if transfer.state in _SUCCESS:
        return "success"
    return "failed" if transfer.state == TransferState.FAILED.value else "over"
