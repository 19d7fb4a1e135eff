"""What several admin classes share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Generic, TypeVar
from urllib.parse import urlsplit

import structlog
from django import forms
from django.contrib import messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import IntegrityError
from django.db.models import JSONField, ManyToManyField, Model, QuerySet
from django.http import HttpRequest, HttpResponseRedirect
from unfold.admin import ModelAdmin, TabularInline
from unfold.widgets import UnfoldAdminPasswordWidget, UnfoldBooleanSwitchWidget

from telephony.admin.form_fields import (
    LONGEST_TEXT,
    BoundedJSONField,
    RowsField,
    check_text,
    may_be_id,
    refuse_control_characters,
)
from telephony.personal_data import personal_fields
from telephony.queue import QueueUnavailableError
from telephony.services.provisioning import request_sync

log = structlog.get_logger(__name__)

Row = TypeVar("Row", bound=Model)
LONGEST_SEARCH = 200  # characters


class ChecksInput:
    """What is typed into a page, or into its rows of another table, may be anything."""

    short_texts: tuple[str, ...] = ()  # text areas of a few lines
    # Where a text that the database does not bound may have fewer or more than LONGEST_TEXT.
    longest: ClassVar[Mapping[str, int]] = {}
    # What to write in a field that the model says nothing of.
    help_texts: ClassVar[Mapping[str, str]] = {}

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if isinstance(db_field, JSONField):
            kwargs.setdefault("form_class", BoundedJSONField)
        if isinstance(db_field, ManyToManyField):
            kwargs.setdefault("form_class", RowsField)
        field = super().formfield_for_dbfield(db_field, request, **kwargs)  # type: ignore[misc]
        if field is not None:
            check_text(field, longest=self.longest.get(db_field.name, LONGEST_TEXT))
            field.help_text = self.help_texts.get(db_field.name, field.help_text)
            if db_field.name in self.short_texts:
                field.widget.attrs["rows"] = 3
        return field


class BaseInline(ChecksInput, TabularInline):  # type: ignore[misc]
    """Rows of another table on a page."""

    extra = 0


class BaseAdmin(ChecksInput, ModelAdmin):  # type: ignore[misc]
    """Unfold's admin with this project's habits."""

    list_fullwidth = True
    warn_unsaved_form = True
    show_full_result_count = False  # two counts of a long history are one too many
    list_per_page = 50

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> Any:
        # A database refuses a pattern that is too long.
        return super().get_search_results(request, queryset, search_term[:LONGEST_SEARCH])

    def changelist_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        # As Django answers every other filter that makes no sense: the list, and a word.
        try:
            return super().changelist_view(request, *args, **kwargs)
        except OverflowError:
            return HttpResponseRedirect(f"{request.path}?e=1")

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        # Two who save the same at once, or a page of yesterday: what no form could see beforehand.
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError:
            # Not the error itself: a database quotes the values in it.
            log.warning("not_saved", model=self.model.__name__)
            text = "Not saved: the database has the same already, or somebody else saved it "
            text += "meanwhile. This is how it is now."
            self.message_user(request, text, messages.ERROR)
            return HttpResponseRedirect(request.get_full_path())

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        # A selection that is no id would be an error of ours, deep in the query.
        selected = request.POST.getlist(ACTION_CHECKBOX_NAME)
        if not all(may_be_id(self.model, pk) for pk in selected):
            self.message_user(request, "Select rows of this list.", messages.WARNING)
            return HttpResponseRedirect(request.get_full_path())
        return super().response_action(request, queryset)

    def _filter_actions_by_permissions(self, request: HttpRequest, actions: Any) -> Any:
        # Django offers an action that states no permission to everybody who may look.
        stated = [item for item in actions if hasattr(item[0], "allowed_permissions")]
        allowed = super()._filter_actions_by_permissions(request, stated)
        may_change = self.has_change_permission(request)
        return [item for item in actions if item in allowed or (item not in stated and may_change)]


class SecretAdmin(BaseAdmin):
    """For models with a WriteOnlySecretForm: offers to remove a secret only where one is."""

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if obj is not None and getattr(obj, self.form.secret_field):
            return fieldsets
        return [
            (title, options | {"fields": [f for f in options["fields"] if f != "remove_secret"]})
            for title, options in fieldsets
        ]


class WithholdsPersonalLookups(BaseAdmin):
    """For rows whose personal columns are withheld: none is asked for in the query either.

    ?caller_number__startswith= would confirm what the list does not show.
    """

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        allowed: bool = super().lookup_allowed(lookup, value, request)
        return allowed and lookup.split("__")[0] not in personal_fields(self.model)


class ReadOnlyMixin:
    """History: to be read, never added to, changed or deleted by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class WriteOnlySecretForm(forms.ModelForm):  # type: ignore[type-arg]
    """A form whose secret can be set, kept or removed, and never read.

    ``secret_field`` names the model's encrypted field, which must not be among the form's own.
    ``sent_to_field`` names the URL or host that the secret is sent to: with another host it must be
    given anew, else whoever may write the host could have it sent to a server of their own.
    """

    secret_field: ClassVar[str]
    sent_to_field: ClassVar[str] = ""

    new_secret = forms.CharField(
        required=False,
        strip=True,
        max_length=500,
        # It becomes part of a header or of a SIP message: a line break would begin another.
        validators=[refuse_control_characters],
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )
    remove_secret = forms.BooleanField(
        required=False, label="Remove the stored one", widget=UnfoldBooleanSwitchWidget
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored = bool(getattr(self.instance, self.secret_field))
        field = self.fields["new_secret"]
        field.label = str(self._meta.model._meta.get_field(self.secret_field).verbose_name)
        field.label = field.label.capitalize()
        field.help_text = (
            "One is stored, encrypted. Leave empty to keep it; it is never shown."
            if stored
            else "None is stored. It is kept encrypted and never shown again."
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        new = cleaned.get("new_secret")
        if new and cleaned.get("remove_secret"):
            self.add_error("remove_secret", "Either set a new one or remove it.")
        elif new or cleaned.get("remove_secret"):
            # Before the model's own validation, which judges the trunk with its new password.
            setattr(self.instance, self.secret_field, new or "")
        elif self._goes_elsewhere(cleaned):
            self.add_error("new_secret", "Give it again: the stored one is for the former host.")
        return cleaned

    def _goes_elsewhere(self, cleaned: dict[str, Any]) -> bool:
        # Here the instance is still as it was stored.
        if not self.sent_to_field or not getattr(self.instance, self.secret_field):
            return False
        before = getattr(self.instance, self.sent_to_field)
        return _host(before) != _host(cleaned.get(self.sent_to_field) or "")

    def _get_validation_exclusions(self) -> set[str]:
        # A constraint over a field that is not in the form would only be found by the database.
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        return excluded - {self.secret_field}


def _host(place: str) -> str:
    """Scheme, host and port of a URL; a bare host as it is."""
    if "://" not in place:
        return place.lower()
    try:
        parts = urlsplit(place.lower())
    except ValueError:
        return place
    return f"{parts.scheme}://{parts.netloc}"


class SyncsLiveKit(BaseAdmin, Generic[Row]):
    """What is saved or deleted here changes what LiveKit must hold."""

    def trunk_ids(self, rows: Iterable[Row]) -> set[int]:
        raise NotImplementedError

    def save_model(self, request: HttpRequest, obj: Row, form: Any, change: bool) -> None:
        before = type(obj)._default_manager.filter(pk=obj.pk)  # a number may leave its trunk
        trunk_ids = self.trunk_ids(before)
        super().save_model(request, obj, form, change)
        self._request_sync(request, trunk_ids | self.trunk_ids([obj]))

    def delete_model(self, request: HttpRequest, obj: Row) -> None:
        trunk_ids = self.trunk_ids([obj])
        super().delete_model(request, obj)
        self._request_sync(request, trunk_ids)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Row]) -> None:
        trunk_ids = self.trunk_ids(queryset)
        super().delete_queryset(request, queryset)
        self._request_sync(request, trunk_ids)

    def _request_sync(self, request: HttpRequest, trunk_ids: Iterable[int]) -> None:
        try:
            request_sync(trunk_ids=trunk_ids)
        except QueueUnavailableError:
            self.message_user(
                request,
                "Saved, but the task queue does not answer: run `manage.py sync_livekit`.",
                messages.WARNING,
            )
