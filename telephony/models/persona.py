"""Who answers: the draft that people edit, and the published versions that calls pin."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from telephony.enums import FrustrationAction, RealtimeProvider, VoiceProvider
from telephony.fields import no_handoff
from telephony.models.team import Team
from telephony.models.tool import Tool
from telephony.models.turn_taking import TurnTakingProfile
from telephony.validators import check_fields, validate_operator_key, validate_weights


class PersonaContent(models.Model):
    """What a persona says and with which voice: the same columns for a draft and a version."""

    instructions = models.TextField(
        help_text="For the model: who it is, what it knows, what it must not do."
    )
    greeting = models.TextField(help_text="Spoken word for word when the call is answered.")
    language = models.CharField(max_length=16, default="en", help_text="Such as en or de.")
    realtime_provider = models.CharField(
        "model provider",
        max_length=32,
        choices=[
            (RealtimeProvider.OPENAI_REALTIME.value, "OpenAI Realtime"),
            (RealtimeProvider.OPENAI_CASCADE.value, "OpenAI-compatible: transcription, then chat"),
        ],
        default=RealtimeProvider.OPENAI_REALTIME.value,
    )
    realtime_model = models.CharField(
        "model",
        max_length=100,
        default="gpt-realtime",
        help_text="The provider's name of it; of a cascade the chat model's.",
    )
    voice_provider = models.CharField(
        max_length=32,
        choices=[
            (VoiceProvider.CARTESIA.value, "Cartesia"),
            (VoiceProvider.OPENAI_TTS.value, "OpenAI-compatible speech"),
        ],
        default=VoiceProvider.CARTESIA.value,
    )
    voice_model = models.CharField(max_length=100, default="sonic-3")
    voice_id = models.CharField("voice", max_length=100, help_text="The provider's id of it.")
    max_duration_s = models.PositiveIntegerField(
        "longest call (s)",
        default=1_800,
        validators=[MinValueValidator(30), MaxValueValidator(14_400)],
        help_text="The call is ended politely after this many seconds.",
    )

    class Meta:
        abstract = True


CONTENT_FIELDS = tuple(field.name for field in PersonaContent._meta.local_fields)


class Persona(PersonaContent):
    name = models.CharField(max_length=100, unique=True)
    turn_taking = models.ForeignKey(
        TurnTakingProfile,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="personas",
        help_text="None: the defaults for telephone lines.",
    )
    tools = models.ManyToManyField(Tool, blank=True, related_name="personas")
    teams = models.ManyToManyField(
        Team,
        blank=True,
        related_name="personas",
        help_text="Whom this persona may hand a caller to. None: nobody.",
    )
    default_team = models.ForeignKey(
        Team,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Where a caller goes who names none. It counts as one of the teams.",
    )
    operator_key = models.CharField(
        max_length=1,
        blank=True,
        default="0",
        help_text="Pressing it asks for a person. Empty: no key does.",
    )
    frustration = models.CharField(
        "when the caller is frustrated",
        max_length=16,
        choices=[
            (FrustrationAction.NOTHING.value, "Nothing"),
            (FrustrationAction.OFFER.value, "The agent offers a person"),
            (FrustrationAction.TRANSFER.value, "The caller is handed over"),
        ],
        default=FrustrationAction.OFFER.value,
    )
    frustration_threshold = models.FloatField(
        default=0.37,
        validators=[MinValueValidator(0.05), MaxValueValidator(1)],
        help_text="0 to 1: the score that counts as frustrated.",
    )
    frustration_weights = models.JSONField(
        default=dict,
        blank=True,
        help_text='Reason to factor, such as {"swearing": 0.5}; what is not named counts 1. The '
        "reasons stand on the page of every call that had some.",
    )
    published_version = models.ForeignKey(
        "PersonaVersion",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        super().clean()
        check_fields(
            self,
            {"operator_key": validate_operator_key, "frustration_weights": validate_weights},
        )


class PersonaVersion(PersonaContent):
    """What was published, whole and never changed: a call that pins it can be explained years on.

    ``turn_taking`` holds the values of TurnTakingSpec, ``tools`` a list of
    ``{id, name, description, parameters, kind, builtin, url, timeout_ms}``. A tool's secret is not
    copied: it is read from the tool, so that rotating it or deleting the tool works at once.
    ``handoff`` is as fields.no_handoff; teams by key, and what a team is, is read for each call.
    """

    persona = models.ForeignKey(Persona, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    turn_taking = models.JSONField(default=dict)
    tools = models.JSONField(default=list)
    handoff = models.JSONField(default=no_handoff)
    published_at = models.DateTimeField(default=timezone.now, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["persona", "-version"]
        constraints = [
            models.UniqueConstraint(name="persona_version_once", fields=["persona", "version"])
        ]

    def __str__(self) -> str:
        return f"{self.name} v{self.version}"
