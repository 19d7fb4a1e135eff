"""A human who can be dialled: at a SIP address, or at a number over an outbound trunk."""

from __future__ import annotations

import uuid
from datetime import datetime
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower

from telephony.models.trunk import SipTrunk
from telephony.validators import check_fields, split_lines, validate_endpoint_address


class HumanEndpointQuerySet(models.QuerySet["HumanEndpoint"]):
    def at_work(self) -> HumanEndpointQuerySet:
        return self.filter(active=True, available=True)

    def release(self, *, call_id: uuid.UUID, key: str | None = None) -> int:
        """Ends reservations of a call, or of one transfer of it; how many there were."""
        held = self.filter(reserved_call_id=call_id)
        if key is not None:
            held = held.filter(reserved_key=key)
        return held.set_free()

    def set_free(self) -> int:
        return self.update(reserved_call=None, reserved_key="", reserved_at=None)


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
    takes_refer = models.BooleanField(
        "takes cold transfers",
        default=False,
        help_text="On: a caller may be sent there by SIP REFER, where team and trunk allow it.",
    )
    active = models.BooleanField(default=True, help_text="Off: is not dialled.")
    available = models.BooleanField(
        default=True, help_text="Off: away from the phone for now; no caller is handed over."
    )
    languages = models.CharField(
        max_length=100,
        blank=True,
        help_text="Such as en, de. Callers of another language reach this human last. Empty: all.",
    )
    skills = models.CharField(
        max_length=255, blank=True, help_text="Such as billing, returns. A team may ask for some."
    )
    # One call at a time: set and taken back by conditional UPDATEs, never by a form.
    reserved_call = models.ForeignKey(
        "telephony.Call",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        editable=False,
        related_name="reserved_humans",
    )
    reserved_key = models.CharField(max_length=128, blank=True, editable=False)
    reserved_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = HumanEndpointQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            # Two rows with one telephone would be rung for two callers at once.
            models.UniqueConstraint(
                Lower("address"),
                name="human_endpoint_address_once",
                condition=Q(active=True),
                violation_error_message="Another human is dialled at this address.",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_number(self) -> bool:
        return self.address.startswith("+")

    @property
    def user_and_host(self) -> tuple[str, str]:
        """As LiveKit dials it; the host of a number, which goes over the trunk, is empty."""
        if self.is_number:
            return self.address, ""
        scheme, _, rest = self.address.partition(":")
        parts = urlsplit(f"{scheme}://{rest}")
        return parts.username or "", parts.netloc.rpartition("@")[2].split(";")[0]

    @property
    def telephone(self) -> tuple[str, str]:
        """The same for every way to write the address; 5060 is SIP's own port (RFC 3261)."""
        user, host = self.user_and_host
        return user.lower(), host.lower().removesuffix(":5060")

    @property
    def language_list(self) -> list[str]:
        return [language.lower() for language in split_lines(self.languages)]

    @property
    def skill_list(self) -> list[str]:
        return [skill.lower() for skill in split_lines(self.skills)]

    def speaks(self, language: str) -> bool:
        """``de-AT`` is spoken by who speaks ``de``; who names no language speaks all."""
        spoken = self.language_list
        return not spoken or not language or language.lower().split("-")[0] in spoken

    def clean(self) -> None:
        super().clean()
        check_fields(self, {"address": self._check_address, "trunk": self._check_trunk})

    def _check_address(self, address: str) -> None:
        """Other ways to write an address that is dialled already; the same one is a constraint."""
        validate_endpoint_address(address)
        others = type(self).objects.filter(active=True).exclude(pk=self.pk) if self.active else ()
        for other in others:
            if other.telephone == self.telephone:
                raise ValidationError(
                    f"{other} is dialled there: one telephone is one human, who may be in many "
                    "teams."
                )

    def _check_trunk(self, trunk: SipTrunk | None) -> None:
        if trunk is None and self.is_number:
            raise ValidationError("A number is dialled over an outbound trunk: choose one.")
        if trunk is not None and trunk.direction != "outbound":
            raise ValidationError("This trunk takes calls in. Choose an outbound one.")

    # Moves. Each is one conditional UPDATE; False means another got there first.

    def reserve(self, *, call_id: uuid.UUID, key: str, at: datetime) -> bool:
        """Takes this human for one transfer; the same transfer may ask again.

        False too while the trunk has as many humans in calls as it may have.
        """
        mine = Q(reserved_call_id=call_id, reserved_key=key)
        free = type(self).objects.at_work().filter(Q(reserved_call__isnull=True) | mine, pk=self.pk)
        with transaction.atomic():
            if not self._trunk_has_a_line():
                return False
            return bool(free.update(reserved_call_id=call_id, reserved_key=key, reserved_at=at))

    def _trunk_has_a_line(self) -> bool:
        if self.trunk is None or self.trunk.max_calls is None:
            return True
        # Held until the reservation is made: of two for the last line one gets it.
        trunk = SipTrunk.objects.select_for_update(no_key=True).get(pk=self.trunk.pk)
        others = trunk.human_endpoints.filter(reserved_call__isnull=False).exclude(pk=self.pk)
        return trunk.max_calls is None or others.count() < trunk.max_calls
