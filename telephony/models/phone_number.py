"""A phone number that callers dial, and what answers it."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models

from telephony.models.human_endpoint import HumanEndpoint
from telephony.models.opening_hours import OpeningHours
from telephony.models.persona import Persona
from telephony.models.trunk import SipTrunk
from telephony.numbers import canonical_digits, comparable
from telephony.validators import check_fields, validate_e164


class PhoneNumberQuerySet(models.QuerySet["PhoneNumber"]):
    def on_trunk(self, livekit_trunk_id: str) -> PhoneNumberQuerySet:
        return self.filter(trunk__livekit_trunk_id=livekit_trunk_id)

    def dialled(self, called: str) -> PhoneNumber | None:
        """The number that ``called`` (as a trunk sent it) means, or None.

        A form with the country code wins. A national form (no plus, perhaps a trunk prefix 0)
        counts only when it is the tail of exactly one of these numbers.
        """
        candidates = {n.number: n for n in self.select_related("trunk", "persona", "opening_hours")}
        digits = canonical_digits(called)
        if not digits:
            return None
        if exact := candidates.get(f"+{digits}"):
            return exact
        national = digits.lstrip("0")
        if called.strip().startswith("+") or len(national) < 4:
            return None
        matches = [n for number, n in candidates.items() if number.endswith(national)]
        return matches[0] if len(matches) == 1 else None


class PhoneNumber(models.Model):
    number = models.CharField(
        max_length=16,
        unique=True,
        help_text="E.164, such as +4930123456.",
    )
    label = models.CharField(max_length=100, blank=True, help_text="For you, not for callers.")
    trunk = models.ForeignKey(
        SipTrunk,
        on_delete=models.PROTECT,
        related_name="phone_numbers",
        limit_choices_to={"direction": "inbound"},
    )
    persona = models.ForeignKey(
        Persona,
        on_delete=models.PROTECT,
        related_name="phone_numbers",
        null=True,
        blank=True,
        help_text="Who answers. Only a published persona does.",
    )
    opening_hours = models.ForeignKey(
        OpeningHours, on_delete=models.PROTECT, null=True, blank=True, related_name="phone_numbers"
    )
    active = models.BooleanField(default=True, help_text="Off: calls are refused and recorded.")

    recording = models.BooleanField(
        default=False,
        help_text="Off: no audio of a call is ever kept. On: it may be. Know your law, and say so "
        "in the greeting.",
    )
    fallback_human = models.ForeignKey(
        HumanEndpoint,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who is dialled when no agent can take a call. None: the caller hears busy.",
    )
    max_calls = models.PositiveIntegerField(
        "most calls at once",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="One more is refused as busy. Empty: no limit but the trunk's.",
    )
    minutes_per_day = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Once this many minutes were talked since midnight UTC, new calls are refused.",
    )
    cost_per_day = models.DecimalField(
        max_digits=10,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text="The same in money, at the price per minute of Limits.",
    )

    objects = PhoneNumberQuerySet.as_manager()

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number} ({self.label})" if self.label else self.number

    def clean(self) -> None:
        super().clean()
        check_fields(self, {"number": self._check_number})

    def _check_number(self, number: str) -> None:
        """LiveKit refuses a number on two inbound trunks, but later, when nobody looks."""
        validate_e164(number)
        trunk = SipTrunk.objects.filter(pk=self.trunk_id).first()
        if trunk is None:
            return
        forms = {comparable(form) for form in trunk.forms_of(number)}
        for other in SipTrunk.inbound().exclude(pk=trunk.pk):
            if forms & {comparable(entry) for entry in other.carrier_number_list}:
                raise ValidationError(f"It is among the carrier numbers of the trunk {other}.")
