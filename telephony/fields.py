"""Model fields of our own. Migrations import this module: nothing here may move."""

from __future__ import annotations

from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


class EncryptedTextField(models.TextField):  # type: ignore[type-arg]
    """Text stored as a Fernet token under FIELD_ENCRYPTION_KEYS; the empty string stays empty.

    The first key encrypts, every key decrypts, so keys rotate by putting a new one in front. Equal
    texts have unequal tokens: the column can only be compared with the empty string.
    """

    def from_db_value(
        self, value: str | None, _expression: Any, _connection: BaseDatabaseWrapper
    ) -> str | None:
        if not value:
            return value
        try:
            return _fernet().decrypt(value.encode("ascii")).decode("utf-8")
        except InvalidToken:
            raise ImproperlyConfigured(
                f"{self.model.__name__}.{self.name} cannot be decrypted: the key that encrypted it "
                "is not in FIELD_ENCRYPTION_KEYS. Add it back behind the new one."
            ) from None

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        if not text:
            return text
        return _fernet().encrypt(str(text).encode("utf-8")).decode("ascii")


def empty_parameters() -> dict[str, Any]:
    """The JSON Schema of a tool that takes no arguments."""
    return {"type": "object", "properties": {}, "additionalProperties": False}


def no_handoff() -> dict[str, Any]:
    """A persona that names no team: what versions from before there were teams have."""
    return {
        "teams": [],
        "default_team": "",
        "operator_key": "0",
        "frustration": "offer",
        "threshold": 0.37,
        "weights": {},
    }


def _fernet() -> MultiFernet:
    return MultiFernet([Fernet(key) for key in settings.FIELD_ENCRYPTION_KEYS])
