"""A human who can be dialled: at a SIP address, or at a number over an outbound trunk."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models

from telephony.models.trunk import SipTrunk
from telephony.validators import check_fields, validate_endpoint_address


class HumanEndpoint(models.Model):
    name = models.CharField(max_length=100, unique=True, help_text="Who answers there.")
    address = models.CharField(
        "SIP URI or number",
        max_length=255,
        help_text="Such as sip:desk@10.0.0.5 or +4930123456. A number needs an outbound trunk.",
    )
    trunk = models.ForeignKey(
        SipTrunk,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="human_endpoints",
        limit_choices_to={"direction": "outbound"},
        verbose_name="outbound trunk",
        help_text="Numbers are dialled over it. A SIP URI may do without.",
    )
    trusted_for_headers = models.BooleanField(
        "trusted with headers",
        default=False,
        help_text="On: the INVITE carries headers that lead to the transcript. Only for phones of "
        "your own house, never for a number in the public network.",
    )
    active = models.BooleanField(default=True, help_text="Off: is not dialled.")

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_number(self) -> bool:
        return self.address.startswith("+")

    def clean(self) -> None:
        super().clean()
        check_fields(self, {"address": validate_endpoint_address, "trunk": self._check_trunk})

    def _check_trunk(self, trunk: SipTrunk | None) -> None:
        if trunk is None and self.is_number:
            raise ValidationError("A number is dialled over an outbound trunk: choose one.")
        if trunk is not None and trunk.direction != "outbound":
            raise ValidationError("This trunk takes calls in. Choose an outbound one.")
