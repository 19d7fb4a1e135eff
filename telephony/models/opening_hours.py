"""When a number is served."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import F, Q

from telephony.validators import check_fields, validate_timezone

WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


class OpeningHours(models.Model):
    name = models.CharField(max_length=100, unique=True)
    timezone = models.CharField(
        max_length=64,
        default="UTC",
        help_text="IANA name, such as Europe/Berlin.",
    )

    class Meta:
        verbose_name_plural = "opening hours"
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        check_fields(self, {"timezone": validate_timezone})

    def is_open_at(self, at: datetime) -> bool:
        """By the clock and the calendar of ``timezone``; a closed date is closed all day."""
        local = at.astimezone(ZoneInfo(self.timezone))
        if self.closed_dates.filter(date=local.date()).exists():
            return False
        now = local.time()
        today = self.periods.filter(weekday=local.weekday())
        return any(period.opens <= now < period.closes for period in today)


class OpeningPeriod(models.Model):
    opening_hours = models.ForeignKey(
        OpeningHours, on_delete=models.CASCADE, related_name="periods"
    )
    weekday = models.PositiveSmallIntegerField(choices=list(enumerate(WEEKDAYS)))
    opens = models.TimeField()
    closes = models.TimeField(help_text="Later than it opens, on the same day.")

    class Meta:
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(
                name="opening_period_closes_after_opens",
                condition=Q(closes__gt=F("opens")),
                violation_error_message="Closes must be later than opens on the same day.",
            ),
            models.CheckConstraint(
                name="opening_period_weekday_exists", condition=Q(weekday__lte=6)
            ),
            models.UniqueConstraint(
                name="opening_period_once", fields=["opening_hours", "weekday", "opens"]
            ),
        ]

    def __str__(self) -> str:
        return f"{WEEKDAYS[self.weekday]} {str(self.opens)[:5]}-{str(self.closes)[:5]}"


class ClosedDate(models.Model):
    """A holiday: closed all day, by the calendar of the hours' time zone."""

    opening_hours = models.ForeignKey(
        OpeningHours, on_delete=models.CASCADE, related_name="closed_dates"
    )
    date = models.DateField()
    name = models.CharField(max_length=100, blank=True, help_text="For people: which holiday.")

    class Meta:
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(name="closed_date_once", fields=["opening_hours", "date"])
        ]

    def __str__(self) -> str:
        return f"{self.date} {self.name}".strip()
