"""Hostile text made storable: what a caller says or a SIP header carries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def clean_text(text: str, limit: int | None = None) -> str:
    """Without what a database cannot hold (NUL, lone surrogates), cut to its column."""
    cleaned = text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
    return cleaned if limit is None else cleaned[:limit]


def clean_json(value: Any) -> Any:
    """JSON that PostgreSQL's jsonb takes: text cleaned, keys strings, nothing but JSON types."""
    if isinstance(value, str):
        return clean_text(value)
    if isinstance(value, Mapping):
        return {clean_text(str(key)): clean_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [clean_json(item) for item in value]
    if isinstance(value, float) and value in (float("inf"), float("-inf")):
        return None
    if isinstance(value, float) and value != value:  # NaN
        return None
    if value is None or isinstance(value, bool | int | float):
        return value
    return clean_text(str(value))
