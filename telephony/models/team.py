"""Whom a caller may be handed to: a team, and in which order its members' phones ring."""

from __future__ import annotations

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from telephony.enums import AfterHuman, NobodyAction
from telephony.fields import EncryptedTextField
from telephony.models.human_endpoint import HumanEndpoint
from telephony.models.opening_hours import OpeningHours
from telephony.validators import (
    check_fields,
    split_lines,
    validate_tool_name,
    validate_webhook_url,
)


class Team(models.Model):
    name = models.CharField(max_length=100, unique=True)
    key = models.CharField(
        max_length=64,
        unique=True,
        validators=[validate_tool_name],
        help_text="What the model calls it, such as billing. It is fixed once saved.",
    )
    description = models.TextField(
        blank=True, help_text="For the model: what this team is for. It sees nothing else of it."
    )
    opening_hours = models.ForeignKey(
        OpeningHours,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="teams",
        help_text="Outside of them, and on their holidays, no phone rings. None: always open.",
    )
    required_skills = models.CharField(
        max_length=255,
        blank=True,
        help_text="Separated by commas: members without all of them are not rung.",
    )
    nobody = models.CharField(
        "when nobody takes the call",
        max_length=16,
        choices=[
            (NobodyAction.WAIT.value, "The caller waits on hold"),
            (NobodyAction.TAKE_MESSAGE.value, "The caller leaves a message"),
            (NobodyAction.RETURN.value, "Back to the agent"),
        ],
        default=NobodyAction.RETURN.value,
    )
    after_human = models.CharField(
        "when the human hangs up",
        max_length=16,
        choices=[
            (AfterHuman.END.value, "The call ends"),
            (AfterHuman.RATING.value, "The caller is asked for a rating"),
            (AfterHuman.RETURN.value, "Back to the agent"),
        ],
        default=AfterHuman.END.value,
    )
    max_wait_s = models.PositiveIntegerField(
        "longest wait (s)",
        default=600,
        validators=[MinValueValidator(10), MaxValueValidator(3_600)],
        help_text="On hold for a free human.",
    )
    ask_every_s = models.PositiveIntegerField(
        "asked every (s)",
        default=60,
        validators=[MinValueValidator(10), MaxValueValidator(600)],
        help_text="A waiting caller is told the position and asked whether to go on.",
    )
    speak_code = models.BooleanField(
        "code is spoken",
        default=False,
        help_text="On: the briefing ends with the code that opens the transcript without a login.",
    )
    cold_transfer = models.BooleanField(
        default=False,
        help_text="On: by SIP REFER where human and trunk take it; nobody is briefed then.",
    )
    webhook_url = models.CharField(
        "webhook URL",
        max_length=500,
        blank=True,
        help_text="https. Told by POST, signed, whose phone is about to ring for which call.",
    )
    webhook_secret = EncryptedTextField(blank=True, default="")
    members = models.ManyToManyField(HumanEndpoint, through="TeamMember", related_name="teams")

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="team_webhook_is_signed",
                condition=Q(webhook_url="") | ~Q(webhook_secret=""),
                violation_error_message="A webhook needs a secret: its requests are signed.",
            ),
            models.CheckConstraint(
                name="team_waits_are_bounded",
                condition=Q(max_wait_s__lte=3_600) & Q(ask_every_s__gte=10),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        if self.webhook_url:
            check_fields(self, {"webhook_url": validate_webhook_url})
        # Part of headers and of the model's tool: never another meaning for running versions.
        before = type(self).objects.filter(pk=self.pk).values_list("key", flat=True).first()
        if before is not None and before != self.key:
            raise ValidationError(
                {"key": "The key is fixed once saved: published personas use it."}
            )

    def is_open_at(self, at: datetime) -> bool:
        return self.opening_hours is None or self.opening_hours.is_open_at(at)

    @property
    def required_skill_list(self) -> list[str]:
        return [skill.lower() for skill in split_lines(self.required_skills)]


class TeamMember(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    endpoint = models.ForeignKey(
        HumanEndpoint, on_delete=models.CASCADE, related_name="memberships", verbose_name="human"
    )
    priority = models.PositiveSmallIntegerField(default=1, help_text="1 rings first.")
    ring_s = models.PositiveSmallIntegerField(
        "rings for (s)",
        default=25,
        validators=[MinValueValidator(5), MaxValueValidator(80)],
    )

    class Meta:
        ordering = ["priority", "id"]
        constraints = [
            models.UniqueConstraint(name="team_member_once", fields=["team", "endpoint"]),
            models.CheckConstraint(
                name="team_member_ring_is_bounded", condition=Q(ring_s__gte=5) & Q(ring_s__lte=80)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} in {self.team}"
