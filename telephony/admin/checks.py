"""Pages beside the list of numbers: which rule takes a call, and what the set-up still lacks."""

from __future__ import annotations

import ipaddress
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from telephony.admin.base import BaseAdmin
from telephony.livekit_client import LiveKitError
from telephony.services.route_check import find_route
from telephony.services.setup_check import run_checks


class RouteForm(forms.Form):
    caller = forms.CharField(label="From", max_length=64, initial="+4917012345678")
    called = forms.CharField(label="To", max_length=64)
    source = forms.CharField(label="Source address", max_length=45)

    def clean_source(self) -> str:
        try:
            return str(ipaddress.ip_address(self.cleaned_data["source"].strip()))
        except ValueError as error:
            raise ValidationError(
                "Write the IP address that the carrier's INVITE comes from, such as 203.0.113.7."
            ) from error


class ChecksCalls(BaseAdmin):
    """For the admin of PhoneNumber: two pages that read and change nothing."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("which-rule/", view(self.which_rule), name="telephony_phonenumber_which_rule"),
            path("setup-check/", view(self.setup_check), name="telephony_phonenumber_setup_check"),
            *super().get_urls(),
        ]

    def which_rule(self, request: HttpRequest) -> HttpResponse:
        form = RouteForm(request.GET or None)
        found: dict[str, Any] = {"form": form}
        if form.is_bound and form.is_valid():
            try:
                found["route"] = find_route(**form.cleaned_data)
            except LiveKitError as error:
                found["error"] = f"LiveKit cannot say: {error}"
        return self._page(request, "which_rule.html", "Which rule takes this call?", found)

    def setup_check(self, request: HttpRequest) -> HttpResponse:
        checks = run_checks()
        missing = sum(check.ok is False for check in checks)
        context = {"checks": checks, "missing": missing}
        return self._page(request, "setup_check.html", "Set-up check", context)

    def _page(
        self, request: HttpRequest, template: str, title: str, context: dict[str, Any]
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        context |= self.admin_site.each_context(request) | {"title": title, "opts": self.opts}
        return TemplateResponse(request, f"admin/telephony/phonenumber/{template}", context)
