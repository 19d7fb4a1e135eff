from __future__ import annotations

from django.contrib import admin

from telephony.admin.base import BaseAdmin
from telephony.models import HumanEndpoint


@admin.register(HumanEndpoint)
class HumanEndpointAdmin(BaseAdmin):
    list_display = ("name", "address", "trunk", "trusted_for_headers", "active")
    list_filter = ("active", "trusted_for_headers", "trunk")
    list_select_related = ("trunk",)
    search_fields = ("name", "address")
    fieldsets = (
        (None, {"fields": ("name", "active")}),
        ("Where the phone is", {"fields": ("address", "trunk", "trusted_for_headers")}),
    )
