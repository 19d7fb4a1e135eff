from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from telephony.admin.base import BaseAdmin, BaseInline
from telephony.models import ClosedDate, OpeningHours, OpeningPeriod


class OpeningPeriodInline(BaseInline):
    model = OpeningPeriod


class ClosedDateInline(BaseInline):
    model = ClosedDate
    verbose_name = "holiday"


@admin.register(OpeningHours)
class OpeningHoursAdmin(BaseAdmin):
    list_display = ("name", "timezone", "week")
    search_fields = ("name",)
    inlines = (OpeningPeriodInline, ClosedDateInline)
    fieldsets = ((None, {"fields": ("name", "timezone")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[OpeningHours]:
        return OpeningHours.objects.prefetch_related("periods")

    @display(description="Week")  # type: ignore[untyped-decorator]
    def week(self, hours: OpeningHours) -> str:
        return ", ".join(
            f"{period.get_weekday_display()[:3]} {period.opens:%H:%M}-{period.closes:%H:%M}"
            for period in hours.periods.all()
        )
