"""What configuration may look like, as functions that raise ValidationError with what to do.

They run in the models' clean(), not as the fields' validators: those would be written into
migrations, which must not import this module.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import available_timezones

import jsonschema
import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db.models import Model

# A wider range is the whole internet to a scanner that sends INVITEs.
WIDEST_PREFIX = {4: 8, 6: 16}

validate_tool_name = RegexValidator(
    r"^[a-z][a-z0-9_]{0,63}\Z",
    "Use lower-case letters, digits and underscores, starting with a letter.",
)


def check_fields(instance: Model, checks: Mapping[str, Callable[[Any], object]]) -> None:
    """Runs each field's check and raises one ValidationError that names every wrong field."""
    errors = {}
    for name, check in checks.items():
        try:
            check(getattr(instance, name))
        except ValidationError as error:
            errors[name] = error.messages
    if errors:
        raise ValidationError(errors)


def validate_e164(value: str) -> None:
    """E.164 with a leading plus. Possible, not assigned: test ranges (+1555...) are welcome."""
    message = "Write the number as +, country code and number, such as +4930123456."
    if not value.startswith("+") or not value[1:].isascii() or not value[1:].isdigit():
        raise ValidationError(message)
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException as error:
        raise ValidationError(message) from error
    # +1555 0100 is what documentation and tests use: a digit group short of a full number.
    possible = phonenumbers.is_possible_number_with_reason(number)
    if possible not in (
        phonenumbers.ValidationResult.IS_POSSIBLE,
        phonenumbers.ValidationResult.IS_POSSIBLE_LOCAL_ONLY,
    ):
        raise ValidationError(message)


def split_lines(value: str) -> list[str]:
    """The entries of a one-per-line field; commas separate too."""
    return [part.strip() for line in value.splitlines() for part in line.split(",") if part.strip()]


def normalise_addresses(value: str) -> str:
    """One network a line in canonical form; raises ValidationError for what must not be let in."""
    networks = []
    for entry in split_lines(value):
        try:
            network = ipaddress.ip_network(entry)
        except ValueError as error:
            raise ValidationError(
                f"{entry} is not an IP address or a network such as 203.0.113.0/24."
            ) from error
        if network.prefixlen < WIDEST_PREFIX[network.version]:
            raise ValidationError(
                f"{entry} is open to (nearly) everybody. List your carrier's signalling addresses."
            )
        networks.append(str(network))
    return "\n".join(dict.fromkeys(networks))


def validate_parameters(value: Any) -> None:
    """A JSON Schema of type object, as a model needs it to call a tool."""
    if not isinstance(value, dict) or value.get("type") != "object":
        raise ValidationError('Must be a JSON Schema with "type": "object".')
    try:
        jsonschema.Draft202012Validator.check_schema(value)
    except jsonschema.SchemaError as error:
        raise ValidationError(f"Not a valid JSON Schema: {error.message}") from error


def validate_webhook_url(value: str) -> None:
    """https, or http to one of WEBHOOK_ALLOWED_HTTP_HOSTS; no credentials inside the URL."""
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        raise ValidationError("Not a URL.") from error
    if not parts.hostname or parts.scheme not in ("http", "https"):
        raise ValidationError("Must be an https:// URL.")
    if parts.username or parts.password:
        raise ValidationError("Put credentials in the secret, not in the URL.")
    if parts.scheme == "http" and parts.netloc not in settings.WEBHOOK_ALLOWED_HTTP_HOSTS:
        raise ValidationError(
            "Must be https. Plain http is only for hosts listed in WEBHOOK_ALLOWED_HTTP_HOSTS."
        )


def validate_timezone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError("Use an IANA name such as Europe/Berlin.")
