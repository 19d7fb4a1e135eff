"""How fast each persona version answers: the page that supervisors compare versions by."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from telephony.admin.base import BaseAdmin
from telephony.latencies import PERCENTILES, PERIODS_DAYS, version_latencies

DEFAULT_DAYS = 7


class ShowsLatency(BaseAdmin):
    """For the admin of Call: no caller and no word is on the page."""

    def get_urls(self) -> list[URLPattern]:
        page = path(
            "latency/", self.admin_site.admin_view(self.latency_page), name="telephony_call_latency"
        )
        return [page, *super().get_urls()]

    def latency_page(self, request: HttpRequest) -> HttpResponse:
        """``?days=`` is one of PERIODS_DAYS."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        asked = request.GET.get("days", "")
        days = next((d for d in PERIODS_DAYS if str(d) == asked), DEFAULT_DAYS)
        context = self.admin_site.each_context(request) | {
            "title": "Latency of replies",
            "opts": self.opts,
            "days": days,
            "periods": PERIODS_DAYS,
            "percentiles": PERCENTILES,
            "versions": version_latencies(days=days),
            "may_see_personas": request.user.has_perm("telephony.view_personaversion"),
        }
        return TemplateResponse(request, "admin/telephony/call/latency.html", context)
