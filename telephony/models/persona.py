"""Who answers: the draft that people edit, and the published versions that calls pin."""

from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone

from telephony.enums import RealtimeProvider, VoiceProvider
from telephony.models.tool import Tool
from telephony.models.turn_taking import TurnTakingProfile


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
        choices=[(RealtimeProvider.OPENAI_REALTIME.value, "OpenAI Realtime")],
        default=RealtimeProvider.OPENAI_REALTIME.value,
    )
    realtime_model = models.CharField("model", max_length=100, default="gpt-realtime")
    voice_provider = models.CharField(
        max_length=32,
        choices=[(VoiceProvider.CARTESIA.value, "Cartesia")],
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


class PersonaVersion(PersonaContent):
    """What was published, whole and never changed: a call that pins it can be explained years on.

    ``turn_taking`` holds the values of TurnTakingSpec, ``tools`` a list of
    ``{id, name, description, parameters, kind, builtin, url, timeout_ms}``. A tool's secret is not
    copied: it is read from the tool, so that rotating it or deleting the tool works at once.
    """

    persona = models.ForeignKey(Persona, on_delete=models.PROTECT, related_name="versions")
    version = models.PositiveIntegerField()
    name = models.CharField(max_length=100)
    turn_taking = models.JSONField(default=dict)
    tools = models.JSONField(default=list)
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
