from __future__ import annotations

from django.contrib import admin

from telephony.admin.base import BaseAdmin
from telephony.models import TurnTakingProfile


@admin.register(TurnTakingProfile)
class TurnTakingProfileAdmin(BaseAdmin):
    list_display = (
        "name",
        "turn_detection",
        "min_endpointing_ms",
        "max_endpointing_ms",
        "min_interruption_ms",
    )
    search_fields = ("name",)
    fieldsets = (
        (
            None,
            {
                "fields": ("name", "turn_detection"),
                "description": "Published with a persona: publish it again after a change.",
            },
        ),
        (
            "When the caller pauses",
            {
                "fields": (
                    ("min_endpointing_ms", "max_endpointing_ms"),
                    ("digit_endpointing_ms", "speculation"),
                )
            },
        ),
        (
            "When both speak",
            {
                "fields": (
                    ("vad_activation", "min_interruption_ms"),
                    ("overlap_ears", "interruptible_greeting"),
                )
            },
        ),
        (
            "When nobody speaks",
            {"fields": ("filler_after_ms", ("nudge_after_s", "max_nudges"))},
        ),
    )
