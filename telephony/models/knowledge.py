"""Documents that an agent may look things up in, cut into passages and indexed by their words."""

from __future__ import annotations

from django.db import models

from telephony.models.persona import Persona


class KnowledgeDocument(models.Model):
    title = models.CharField(
        max_length=200, unique=True, help_text="Named as the source in the call's record."
    )
    text = models.TextField(help_text="Plain text or Markdown. Headings part it into passages.")
    active = models.BooleanField(default=True, help_text="Off: nothing is found in it.")
    personas = models.ManyToManyField(
        Persona,
        blank=True,
        related_name="documents",
        help_text="Who may look things up in it; nobody else can.",
    )
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["title"]

    def __str__(self) -> str:
        return self.title


class KnowledgePassage(models.Model):
    """A few sentences. ``length`` counts the words that are in the index."""

    document = models.ForeignKey(
        KnowledgeDocument, on_delete=models.CASCADE, related_name="passages"
    )
    position = models.PositiveIntegerField()
    heading = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    length = models.PositiveIntegerField()

    class Meta:
        ordering = ["document", "position"]
        constraints = [
            models.UniqueConstraint(name="passage_once", fields=["document", "position"])
        ]

    def __str__(self) -> str:
        return f"{self.heading or self.document_id} ({self.position})"


class KnowledgeTerm(models.Model):
    """One word of one passage, and how often it is there."""

    passage = models.ForeignKey(KnowledgePassage, on_delete=models.CASCADE, related_name="terms")
    term = models.CharField(max_length=64)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            # Also what a search reads: the passages that hold a word.
            models.UniqueConstraint(name="term_once", fields=["term", "passage"])
        ]

    def __str__(self) -> str:
        return self.term
