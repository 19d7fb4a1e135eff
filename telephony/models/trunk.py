"""A SIP trunk: the way calls come in from, or go out to, a carrier."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from telephony.enums import NumberFormat, SipTransport, SyncState, TrunkDirection
from telephony.fields import EncryptedTextField
from telephony.numbers import comparable, national_forms, with_country_code
from telephony.validators import (
    check_fields,
    normalise_addresses,
    split_lines,
    validate_carrier_number,
    validate_country,
    validate_host,
)


class SipTrunk(models.Model):
    name = models.CharField(max_length=100, unique=True)
    direction = models.CharField(
        max_length=16,
        choices=[(d.value, d.value.capitalize()) for d in TrunkDirection],
        default=TrunkDirection.INBOUND.value,
    )
    active = models.BooleanField(
        default=True, help_text="Off: the trunk is taken out of LiveKit; its calls are refused."
    )
    carrier_numbers = models.TextField(
        blank=True,
        help_text="One a line, as the carrier sends them. Inbound: numbers taken beside the phone "
        "numbers of this trunk, such as national forms. Outbound: the caller numbers you may show.",
    )
    allowed_addresses = models.TextField(
        blank=True,
        help_text="One IP address or network a line: where your carrier's INVITEs come from. An "
        "inbound trunk needs addresses, or a user name and password, or both.",
    )
    auth_username = models.CharField("user name", max_length=128, blank=True)
    auth_password = EncryptedTextField("password", blank=True, default="")
    number_format = models.CharField(
        max_length=16,
        choices=[
            (NumberFormat.AUTO.value, "Either: work it out for each call"),
            (NumberFormat.E164.value, "With country code (+4930..., 4930..., 004930...)"),
            (NumberFormat.NATIONAL.value, "National (030..., and 00... or 011... for abroad)"),
        ],
        default=NumberFormat.AUTO.value,
        help_text="How this carrier writes callers' and called numbers. Calls are stored as +49...",
    )
    country = models.CharField(
        max_length=2,
        blank=True,
        help_text="Two letters, such as DE: the country that national numbers belong to.",
    )
    anonymous_allowed = models.BooleanField(
        "anonymous callers",
        default=True,
        help_text="Off: callers who hide their number are refused.",
    )
    refer_allowed = models.BooleanField(
        "SIP REFER",
        default=False,
        help_text="On: a call may be handed to another number by REFER. Your carrier must take it.",
    )
    max_calls = models.PositiveIntegerField(
        "most calls at once",
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="What the carrier sold you, or less. Inbound: one more is refused as busy. "
        "Outbound: no further human is rung over it. Empty: any.",
    )
    transport = models.CharField(
        max_length=8,
        choices=[(t.value, t.value.upper()) for t in SipTransport],
        default=SipTransport.AUTO.value,
        help_text="Outbound only.",
    )
    outbound_host = models.CharField(
        max_length=255, blank=True, help_text="Outbound only: host or host:port of the carrier."
    )
    livekit_trunk_id = models.CharField("LiveKit trunk", max_length=64, blank=True, editable=False)
    livekit_rule_id = models.CharField(
        "LiveKit dispatch rule", max_length=64, blank=True, editable=False
    )
    sync_state = models.CharField(
        max_length=16,
        choices=[(s.value, s.value.capitalize()) for s in SyncState],
        default=SyncState.PENDING.value,
        editable=False,
    )
    sync_error = models.TextField(blank=True, editable=False)
    synced_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = "SIP trunk"
        ordering = ["name"]
        constraints = [
            # An inbound trunk that checks neither address nor password is an open door: anybody
            # on the internet may call, and pay nothing for it.
            models.CheckConstraint(
                name="sip_trunk_inbound_is_guarded",
                condition=~Q(direction="inbound")
                | ~Q(allowed_addresses="")
                | (~Q(auth_username="") & ~Q(auth_password="")),
                violation_error_message="An inbound trunk needs allowed addresses, or a user name "
                "and a password.",
            ),
            models.CheckConstraint(
                name="sip_trunk_addresses_not_open",
                condition=~Q(allowed_addresses__contains="/0\n")
                & ~Q(allowed_addresses__endswith="/0"),
                violation_error_message="An address range of /0 lets everybody in.",
            ),
            models.CheckConstraint(
                name="sip_trunk_credentials_together",
                condition=(Q(auth_username="") & Q(auth_password=""))
                | (~Q(auth_username="") & ~Q(auth_password="")),
                violation_error_message="Give a user name and a password, or neither.",
            ),
            models.CheckConstraint(
                name="sip_trunk_outbound_has_host",
                condition=~Q(direction="outbound") | ~Q(outbound_host=""),
                violation_error_message="An outbound trunk needs the carrier's host.",
            ),
            models.CheckConstraint(
                name="sip_trunk_national_has_country",
                condition=~Q(number_format="national") | ~Q(country=""),
                violation_error_message="National numbers need a country, such as DE.",
            ),
            # Also serves the look-up of every arriving call by the trunk LiveKit names.
            models.UniqueConstraint(
                name="sip_trunk_livekit_id_once",
                fields=["livekit_trunk_id"],
                condition=~Q(livekit_trunk_id=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        self.country = self.country.upper()
        check_fields(
            self,
            {
                "direction": lambda _: self._check_direction(),
                "carrier_numbers": lambda _: self._check_carrier_numbers(),
                "allowed_addresses": normalise_addresses,
                "country": validate_country,
                "outbound_host": validate_host,
            },
        )
        self.allowed_addresses = normalise_addresses(self.allowed_addresses)
        if self.direction == TrunkDirection.OUTBOUND.value and not self.carrier_number_list:
            raise ValidationError(
                {
                    "carrier_numbers": "An outbound trunk needs a number that it may show: LiveKit "
                    "takes none without."
                }
            )

    def _check_direction(self) -> None:
        if self.pk is None:
            return
        inbound = self.direction == TrunkDirection.INBOUND.value
        if not inbound and self.phone_numbers.exists():
            raise ValidationError("Phone numbers are called over it: move them to another trunk.")
        if inbound and self.human_endpoints.exists():
            raise ValidationError("Humans are dialled over it: give them another trunk.")

    def _check_carrier_numbers(self) -> None:
        """LiveKit refuses a number on two inbound trunks, but later, when nobody looks."""
        for entry in self.carrier_number_list:
            validate_carrier_number(entry)
        if self.direction != TrunkDirection.INBOUND.value or not self.active:
            return
        mine = {comparable(entry): entry for entry in self.carrier_number_list}
        for other in self.inbound().exclude(pk=self.pk):
            taken = mine.keys() & {comparable(number) for number in other.listed_numbers}
            if taken:
                raise ValidationError(f"{mine[min(taken)]} is taken by the trunk {other} already.")

    @classmethod
    def inbound(cls) -> models.QuerySet[SipTrunk]:
        """Those that LiveKit is to hold."""
        return cls.objects.filter(direction=TrunkDirection.INBOUND.value, active=True)

    @property
    def listed_numbers(self) -> set[str]:
        """What LiveKit is told that this inbound trunk takes."""
        numbers = self.phone_numbers.all() if self.pk is not None else ()
        forms = (self.forms_of(number.number) for number in numbers)
        return set(self.carrier_number_list).union(*forms)

    def forms_of(self, number: str) -> set[str]:
        """An E.164 number as this carrier may write it: LiveKit compares what was dialled."""
        if self.number_format != NumberFormat.NATIONAL.value:
            return {number}
        return {number, *national_forms(number, self.country)}

    @property
    def address_list(self) -> list[str]:
        return split_lines(self.allowed_addresses)

    @property
    def carrier_number_list(self) -> list[str]:
        return split_lines(self.carrier_numbers)

    def normalise(self, number: str) -> str:
        """A number as this carrier wrote it, in E.164 where it is one, else as given."""
        return with_country_code(number, NumberFormat(self.number_format), self.country)

    def record_sync(self, **values: Any) -> None:
        """Writes what a synchronisation learned, and nothing that the admin may be editing."""
        for name, value in values.items():
            setattr(self, name, value)
        type(self).objects.filter(pk=self.pk).update(**values)
