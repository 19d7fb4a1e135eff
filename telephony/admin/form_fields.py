"""Fields of a form that take whatever is posted to them as something that may be wrong."""

from __future__ import annotations

import json
import unicodedata
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.db.models import Model
from django.forms.fields import InvalidJSONInput

from telephony.contracts.json_schema import storable

LONGEST_TEXT = 20_000  # characters


class BoundedJSONField(forms.JSONField):
    """JSON that is parsed only when it is short enough to be."""

    longest = 100_000

    def to_python(self, value: Any) -> Any:
        if isinstance(value, str) and len(value) > self.longest:
            raise ValidationError(f"Keep it below {self.longest:,} characters.")
        try:
            return super().to_python(value)
        except RecursionError as error:
            raise ValidationError("Too deeply nested: flatten it.") from error
        except ValueError as error:  # of thousands of digits
            raise ValidationError("A number in it is too long.") from error

    def bound_data(self, data: Any, initial: Any) -> Any:
        try:
            value = super().bound_data(data, initial)
        except (RecursionError, ValueError):
            return InvalidJSONInput(data)
        # Half a character can be parsed and not be sent: show what was typed.
        return value if storable(json.dumps(value, ensure_ascii=False)) else InvalidJSONInput(data)


def refuse_control_characters(value: str) -> None:
    """One line of text: it becomes part of SIP messages, headers, log lines and JSON."""
    if any(unicodedata.category(character) == "Cc" for character in value):
        raise ValidationError("Leave out line breaks and control characters.")


def check_text(field: forms.Field, *, longest: int = LONGEST_TEXT) -> None:
    """Has a form's text field refuse what nobody types.

    ``longest`` in characters, of a field that has no bound of its own.
    """
    if not isinstance(field, forms.CharField) or isinstance(field, forms.JSONField):
        return
    # Of several lines it may come from a document, whose odd characters harm nobody.
    if not isinstance(field.widget, forms.Textarea):
        field.validators.append(refuse_control_characters)
    if field.max_length is None:
        field.validators.append(MaxLengthValidator(longest))


class RowsField(forms.ModelMultipleChoiceField):  # type: ignore[type-arg]
    """Rows of another table. An id that none could have is nobody's, not an error of the query.

    Django asks the database for all of them at once, when it checks them and when it shows the
    page again: there a word fails in the query, and a number that is too long in the driver.
    """

    @property
    def _model(self) -> type[Model]:
        rows: Any = self.queryset
        return cast("type[Model]", rows.model)

    def clean(self, value: Any) -> Any:
        for pk in value or ():
            if not may_be_id(self._model, pk):
                raise ValidationError(
                    self.error_messages["invalid_choice"],
                    code="invalid_choice",
                    params={"value": str(pk)[:40]},
                )
        return super().clean(value)

    def bound_data(self, data: Any, initial: Any) -> Any:
        shown = super().bound_data(data, initial)
        return [pk for pk in shown or () if may_be_id(self._model, pk)]


def may_be_id(model: type[Model], value: Any) -> bool:
    """Whether a row of the model could have this primary key: its kind and range."""
    try:
        model._meta.pk.clean(value, None)
    except ValidationError:
        return False
    return True
