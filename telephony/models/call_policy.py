"""What holds for all calls of the site: limits, the price of a minute, and the kill switch."""

from __future__ import annotations

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q


class CallPolicy(models.Model):
    """One row. Absent means its defaults: no limit, calls are taken."""

    take_no_calls = models.BooleanField(
        default=False,
        help_text="The kill switch: every new call is refused at once. Calls that run go on.",
    )
    take_no_calls_reason = models.CharField(
        "reason", max_length=200, blank=True, help_text="For your colleagues: why, until when, who."
    )
    calls_per_minute_per_caller = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="One caller's number gets this many calls in any 60 s; hidden numbers are not "
        "counted (a trunk may refuse them). Empty: no limit.",
    )
    minutes_per_day = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Of all numbers together since midnight UTC; then new calls are refused.",
    )
    cost_per_day = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="The same in money, at the price below.",
    )
    price_per_minute = models.DecimalField(
        max_digits=8,
        decimal_places=4,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
        help_text="What a minute of a call costs you, carrier, model and voice together.",
    )
    currency = models.CharField(max_length=3, default="EUR")

    class Meta:
        verbose_name = "limits and kill switch"
        verbose_name_plural = "limits and kill switch"
        constraints = [
            models.CheckConstraint(name="call_policy_one_row", condition=Q(pk=1)),
            models.CheckConstraint(
                name="call_policy_kill_has_reason",
                condition=Q(take_no_calls=False) | ~Q(take_no_calls_reason=""),
                violation_error_message="Say why no calls are taken: others will wonder.",
            ),
            models.CheckConstraint(
                name="call_policy_cost_has_price",
                condition=Q(cost_per_day__isnull=True) | Q(price_per_minute__gt=0),
                violation_error_message="A limit in money needs the price per minute.",
            ),
        ]

    def __str__(self) -> str:
        return "Limits and kill switch"

    @classmethod
    def current(cls) -> CallPolicy:
        return cls.objects.filter(pk=1).first() or cls(pk=1)

    @classmethod
    def locked(cls) -> CallPolicy:
        """The row, held until the transaction ends: admissions are counted one after the other."""
        if row := cls.objects.select_for_update().filter(pk=1).first():
            return row
        CallPolicy.objects.bulk_create([CallPolicy(pk=1)], ignore_conflicts=True)
        return cls.objects.select_for_update().get(pk=1)
