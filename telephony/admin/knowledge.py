from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.decorators import display
from unfold.widgets import UnfoldAdminFileFieldWidget

from telephony.admin.base import BaseAdmin
from telephony.models import KnowledgeDocument
from telephony.services.knowledge import index_document

MAX_FILE_BYTES = 1_000_000
ENDINGS = (".txt", ".md", ".markdown")


class KnowledgeDocumentForm(forms.ModelForm):  # type: ignore[type-arg]
    file = forms.FileField(
        required=False,
        widget=UnfoldAdminFileFieldWidget,
        help_text="A .txt or .md file in UTF-8, at most 1 MB. It replaces the text below.",
    )

    class Meta:
        model = KnowledgeDocument
        fields = ("title", "text", "active", "personas")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "text" in self.fields:
            self.fields["text"].required = False  # a file may hold it

    def clean_file(self) -> str | None:
        file: Any = self.cleaned_data["file"]
        if file is None:
            return None
        if not str(file.name).lower().endswith(ENDINGS):
            raise ValidationError("Only .txt and .md files can be read. Save it as plain text.")
        if file.size is None or file.size > MAX_FILE_BYTES:
            raise ValidationError("The file is larger than 1 MB. Split it into several documents.")
        try:
            text = str(file.read(), "utf-8-sig")
        except UnicodeDecodeError as error:
            raise ValidationError("The file is not UTF-8 text. Save it as UTF-8.") from error
        if "\x00" in text:  # UTF-16 without its mark is valid UTF-8 too
            raise ValidationError("The file is not plain text. Save it as UTF-8 text.")
        return text

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("file"):
            cleaned["text"] = cleaned["file"]
        text = cleaned.get("text", "").replace("\x00", "")
        if not text.strip() and "file" not in self.errors:
            self.add_error("text", "Upload a file or write the text here.")
        if len(text.encode()) > MAX_FILE_BYTES:
            self.add_error("text", "This is more than 1 MB. Split it into several documents.")
        cleaned["text"] = text
        return cleaned


@admin.register(KnowledgeDocument)
class KnowledgeDocumentAdmin(BaseAdmin):
    form = KnowledgeDocumentForm
    longest: ClassVar = {"text": MAX_FILE_BYTES}
    list_display = ("title", "active", "used_by", "passage_count", "updated_at")
    list_filter = ("active", "personas")
    search_fields = ("title", "text")
    autocomplete_fields = ("personas",)
    fieldsets = (
        (
            None,
            {
                "fields": ("title", "personas", "active"),
                "description": "Agents with the tool knowledge lookup find passages here, and say "
                "only what they found. A change counts at once, in running calls too.",
            },
        ),
        ("Text", {"fields": ("file", "text")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[KnowledgeDocument]:
        documents: QuerySet[KnowledgeDocument] = super().get_queryset(request)
        return documents.prefetch_related("personas").annotate(pieces=Count("passages"))

    def save_model(
        self, request: HttpRequest, obj: KnowledgeDocument, form: Any, change: bool
    ) -> None:
        super().save_model(request, obj, form, change)
        index_document(document=obj)

    @display(description="Personas")  # type: ignore[untyped-decorator]
    def used_by(self, document: KnowledgeDocument) -> str:
        return ", ".join(persona.name for persona in document.personas.all()) or "nobody"

    @display(description="Passages", ordering="pieces")  # type: ignore[untyped-decorator]
    def passage_count(self, document: KnowledgeDocument) -> int:
        return int(getattr(document, "pieces", 0))
