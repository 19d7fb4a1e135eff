"""Every field that a supervisor fills in says what to write there; a new one too."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import RequestFactory

# Names and clock times say themselves what they want.
PLAIN = {"name", "title", "opening_hours", "weekday", "opens", "date", "endpoint"}
# What it does stands in the label, and above it what is stored.
PLAIN |= {"remove_secret"}


def our_pages() -> list[Any]:
    return [model for model in admin.site._registry if model._meta.app_label == "telephony"]


@pytest.mark.parametrize("model", our_pages(), ids=lambda model: model.__name__)
def test_every_field_of_a_page_says_what_to_write(model: Any) -> None:
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True)
    page = admin.site._registry[model]
    if not page.has_change_permission(request):
        return
    rows = [
        inline.get_formset(request).form
        for inline in page.get_inline_instances(request)
        if inline.has_change_permission(request)
    ]
    unhelped = {
        name
        for form in (page.get_form(request), *rows)
        for name, field in form().fields.items()
        if not field.help_text and name not in PLAIN
    }
    assert unhelped == set(), "give these a help text, or say in PLAIN why they need none"
