"""Call history: a list to find a call in, and a page to understand it by."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.contrib.filters.admin import (
    ChoicesDropdownFilter,
    RangeDateFilter,
    RelatedDropdownFilter,
)
from unfold.decorators import display

from telephony import queries
from telephony.admin.base import ReadOnlyMixin, WithholdsPersonalLookups
from telephony.admin.hand_over import HandsOver, teams_to_choose
from telephony.admin.latency import ShowsLatency
from telephony.admin.recordings import PlaysRecordings
from telephony.enums import EndingResult
from telephony.handoff_sheet import frustration_of, transfer_lines
from telephony.models import Call
from telephony.permissions import may_hear_recordings, may_see_personal_data
from telephony.personal_data import calls_for
from telephony.timeline import call_tapes, call_timeline, clock

RESULT_COLOURS = {
    EndingResult.SUCCESS.value: "success",
    EndingResult.CALLER.value: "info",
    EndingResult.OUR_FAULT.value: "danger",
    EndingResult.PROVIDER.value: "danger",
    EndingResult.NETWORK.value: "warning",
    EndingResult.REFUSED.value: "warning",
    "open": "primary",
}


def _length(call: Call) -> str:
    """Minutes and seconds from the answer to the end."""
    if call.duration is None:
        return "-"
    return clock(round(call.duration.total_seconds() * 1000)).split(".")[0]


@admin.register(Call)
class CallAdmin(ReadOnlyMixin, WithholdsPersonalLookups, PlaysRecordings, ShowsLatency, HandsOver):
    list_display = (
        "started_at",
        "called_number",
        "caller",
        "persona",
        "length",
        "ending",
        "turns",
        "latency",
    )
    list_filter = (
        ("started_at", RangeDateFilter),
        ("phone_number", RelatedDropdownFilter),
        ("persona_version__persona", RelatedDropdownFilter),
        ("ending_result", ChoicesDropdownFilter),
        ("ending_reason", ChoicesDropdownFilter),
        ("state", ChoicesDropdownFilter),
    )
    list_filter_submit = True
    search_fields = ("called_number", "caller_number", "sip_call_id", "id")
    search_help_text = "A number, a call id or a SIP Call-ID"
    ordering = ("-started_at", "id")
    fields = ()
    change_form_template = "admin/telephony/call/page.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Call]:
        return queries.call_history()

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Call], search_term: str
    ) -> tuple[QuerySet[Call], bool]:
        by_caller = may_see_personal_data(request.user)
        return queries.search_calls(queryset, search_term, by_caller=by_caller), False

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        changelist = super().get_changelist_instance(request)
        changelist.result_list = calls_for(request.user, changelist.result_list)
        return changelist

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        context = dict(extra_context or {})
        call = queries.call_page(object_id)
        if call is not None:
            (call,) = calls_for(request.user, [call])
            may_read = may_see_personal_data(request.user)
            transfers = transfer_lines(call)
            open_ones = [line.transfer for line in transfers if line.transfer.ended_at is None]
            running = open_ones[0] if open_ones else None
            may_steer = self.has_steer_permission(request)
            context |= {
                "title": str(call),
                "call": call,
                "duration": _length(call),
                "timeline": call_timeline(call),
                "latency": queries.call_latency(call),
                "may_hear": may_hear_recordings(request.user),
                "recordings": call_tapes(call),
                "state": (running or call).get_state_display(),
                "running": running,
                "may_steer": may_steer,
                "transfers": transfers,
                "teams": teams_to_choose(call) if may_steer else (),
                # Withheld, each score would be read as none at all: 0%.
                "frustration": frustration_of(call) if may_read else None,
                "may_read": may_read,
                "result_colour": RESULT_COLOURS.get(call.ending_result, "primary"),
            }
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    @display(description="Caller")  # type: ignore[untyped-decorator]
    def caller(self, call: Call) -> str:
        # No column of the database: the order of masked numbers would tell them.
        return call.caller_number or "-"

    @display(description="Persona", ordering="persona_version__name")  # type: ignore[untyped-decorator]
    def persona(self, call: Call) -> str:
        return str(call.persona_version or "-")

    @display(description="Duration")  # type: ignore[untyped-decorator]
    def length(self, call: Call) -> str:
        return _length(call)

    @display(description="Ending", label=RESULT_COLOURS, ordering="ending_reason")  # type: ignore[untyped-decorator]
    def ending(self, call: Call) -> tuple[str, str]:
        if not call.ending_reason:
            return ("open", call.get_state_display())
        return (call.ending_result, call.get_ending_reason_display())

    @display(description="Turns", ordering="turn_count")  # type: ignore[untyped-decorator]
    def turns(self, call: Call) -> int:
        return int(getattr(call, "turn_count", 0) or 0)

    @display(description="Latency p50 (worker's clock)")  # type: ignore[untyped-decorator]
    def latency(self, call: Call) -> str:
        p50 = queries.call_latency(call).speech_edges_ms
        return "-" if p50 is None else f"{p50} ms"
