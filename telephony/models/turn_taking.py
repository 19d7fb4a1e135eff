"""How long the agent waits, and what it takes for speech."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from telephony.enums import OverlapEars, TurnDetection


class TurnTakingProfile(models.Model):
    name = models.CharField(max_length=100, unique=True)
    turn_detection = models.CharField(
        max_length=32,
        default=TurnDetection.CLIENT.value,
        choices=[
            (TurnDetection.CLIENT.value, "The worker (recommended)"),
            (TurnDetection.REALTIME_LLM.value, "The model's server"),
        ],
        help_text="Who decides that the caller has finished.",
    )
    min_endpointing_ms = models.PositiveIntegerField(
        "shortest wait (ms)", default=300, help_text="Silence after which a finished turn is taken."
    )
    max_endpointing_ms = models.PositiveIntegerField(
        "longest wait (ms)", default=1500, help_text="Silence after which any turn is taken."
    )
    digit_endpointing_ms = models.PositiveIntegerField(
        "wait between dictated digits (ms)",
        default=1200,
        help_text="Silence that ends a turn in which digits are dictated.",
    )
    speculation = models.BooleanField(
        "speculative replies",
        default=True,
        help_text="Ask the model at the first plausible end of a turn and throw the reply away if "
        "the caller goes on. Faster, for some more tokens.",
    )
    vad_activation = models.FloatField(
        "speech threshold",
        default=0.5,
        validators=[MinValueValidator(0.05), MaxValueValidator(0.95)],
        help_text="0.05 to 0.95: how sure the voice detector must be. Higher on noisy lines.",
    )
    min_interruption_ms = models.PositiveIntegerField(
        "shortest interruption (ms)",
        default=500,
        help_text="Shorter speech of the caller does not stop the agent, unless it says so.",
    )
    overlap_ears = models.CharField(
        "words of an overlap",
        max_length=32,
        default=OverlapEars.COMMITTED.value,
        choices=[
            (OverlapEars.COMMITTED.value, "The model's own transcription (recommended)"),
            (OverlapEars.STREAMING.value, "A streaming transcription beside it: decides sooner"),
            (OverlapEars.NONE.value, "Nothing: only how long it lasts counts"),
        ],
        help_text='How "mm-hmm" is told from "stop" while the agent speaks. Streaming hears the '
        "words while they are said, in a second session at the persona's transcription provider; "
        "where that fails, the model's own decides. It is paid by the minute of audio, and gets "
        "only what is said over the agent: seconds of a call.",
    )
    interruptible_greeting = models.BooleanField(
        default=True,
        help_text="Off: the greeting and notices are said to their end. What the caller says "
        "meanwhile is kept.",
    )
    filler_after_ms = models.PositiveIntegerField(
        "say something while a tool runs after (ms)",
        default=1500,
        help_text='0: none of its own; after 4 s the caller hears "one moment" all the same.',
    )
    nudge_after_s = models.PositiveIntegerField(
        "ask a silent caller after (s)", default=10, help_text="0: never."
    )
    max_nudges = models.PositiveSmallIntegerField(
        "most such questions",
        default=2,
        validators=[MaxValueValidator(10)],
        help_text="After these the agent says goodbye.",
    )

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                name="turn_taking_endpointing_ordered",
                condition=Q(max_endpointing_ms__gte=F("min_endpointing_ms")),
                violation_error_message="The longest wait must not be below the shortest.",
            ),
            models.CheckConstraint(
                name="turn_taking_threshold_is_probability",
                condition=Q(vad_activation__gt=0) & Q(vad_activation__lt=1),
            ),
        ]

    def __str__(self) -> str:
        return self.name
