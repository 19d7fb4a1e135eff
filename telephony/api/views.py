"""GET /api/calls/ and /api/calls/{id}/."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, viewsets

from telephony import queries
from telephony.api.permissions import StaffWithViewPermission
from telephony.api.serializers import CallSerializer, CallSummarySerializer
from telephony.enums import CallState
from telephony.models import Call
from telephony.permissions import may_see_personal_data
from telephony.personal_data import calls_for


class CallFilter(serializers.Serializer[Any]):
    """The list's query parameters; a wrong value is a 400, not an empty list."""

    sip_call_id = serializers.CharField(required=False, help_text="The SIP Call-ID header.")
    number = serializers.CharField(
        required=False, help_text="The called or the calling number, E.164."
    )
    state = serializers.ChoiceField(choices=[s.value for s in CallState], required=False)


class PageFilter(serializers.Serializer[Any]):
    """Which part of the list."""

    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=1_000, help_text="Page size, 50 unless told."
    )
    offset = serializers.IntegerField(
        required=False, min_value=0, max_value=2**31 - 1, help_text="How many to leave out."
    )


class CallViewSet(viewsets.ReadOnlyModelViewSet[Call]):
    """Calls, newest first.

    Without the permission to see what was said (group Viewer), callers' numbers are cut to two
    digits and every text, argument and detail is withheld.
    """

    queryset = Call.objects.all()
    permission_classes = (StaffWithViewPermission,)

    def get_queryset(self) -> QuerySet[Call]:
        if self.action == "retrieve":
            return queries.call_details()
        asked = CallFilter(data=self.request.query_params)
        asked.is_valid(raise_exception=True)
        return queries.call_summaries(
            **asked.validated_data, by_caller=may_see_personal_data(self.request.user)
        )

    def paginate_queryset(self, queryset: Any) -> Any:
        page = super().paginate_queryset(queryset)
        return None if page is None else calls_for(self.request.user, page)

    def get_object(self) -> Call:
        return calls_for(self.request.user, [super().get_object()])[0]

    def get_serializer_class(self) -> type[CallSummarySerializer]:
        return CallSerializer if self.action == "retrieve" else CallSummarySerializer

    @extend_schema(parameters=[CallFilter, PageFilter])
    def list(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        PageFilter(data=request.query_params).is_valid(raise_exception=True)
        return super().list(request, *args, **kwargs)
