"""How the demo's rows are written."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def put(model: type[Row], key: dict[str, Any], **values: Any) -> Row:
    """update_or_create with the model's own validation, which holds URLs and addresses to rules."""
    row = model._default_manager.filter(**key).first() or model(**key)
    for name, value in values.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    return row
