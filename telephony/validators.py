"""What configuration may look like, as functions that raise ValidationError with what to do.

They run in the models' clean(), not as the fields' validators: those would be written into
migrations, which must not import this module.
"""

from __future__ import annotations

import ipaddress
import re
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

from telephony.contracts.json_schema import HarmfulSchemaError, check_schema_is_harmless

# A wider range is the whole internet to a scanner that sends INVITEs.
WIDEST_PREFIX = {4: 8, 6: 16}
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")

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
    networks = [_network(entry) for entry in split_lines(value)]
    for version, widest in WIDEST_PREFIX.items():
        # Each alone may pass and all together be everybody: 0.0.0.0/8, 1.0.0.0/8, and so on.
        let_in = sum(n.num_addresses for n in set(networks) if n.version == version)
        if let_in > 2 ** (32 if version == 4 else 128) // 2**widest:
            raise ValidationError(
                "Together these networks are open to (nearly) everybody. List your carrier's "
                "signalling addresses only."
            )
    return "\n".join(dict.fromkeys(str(network) for network in networks))


def _network(entry: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    try:
        network = ipaddress.ip_network(entry)
    except ValueError as error:
        hint = "not an IP address or a network such as 203.0.113.0/24"
        if "host bits" in str(error):
            meant = ipaddress.ip_network(entry, strict=False)
            hint = f"no network: write {meant}, or the address alone"
        raise ValidationError(f"{entry} is {hint}.") from error
    if isinstance(network, ipaddress.IPv6Network) and network.subnet_of(_MAPPED):
        # All of IPv4 is one /96 there.
        raise ValidationError(f"{entry}: write IPv4 addresses as such, not mapped into IPv6.")
    if network.prefixlen < WIDEST_PREFIX[network.version]:
        raise ValidationError(
            f"{entry} is open to (nearly) everybody. List your carrier's signalling addresses."
        )
    if network.network_address.is_unspecified or network.is_multicast:
        raise ValidationError(f"{entry} is nobody's address.")
    return network


def validate_country(value: str) -> None:
    if value and value not in phonenumbers.SUPPORTED_REGIONS:
        raise ValidationError("Use the two letters of a country, such as DE, US or GB.")


_HOST = re.compile(r"^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:\d{1,5})?\Z")
_USER = re.compile(r"^[A-Za-z0-9._~!$&'()*+,=%-]{1,64}\Z")


def validate_carrier_number(value: str) -> None:
    """A number or SIP user as a carrier may send it."""
    if not _USER.match(re.sub(r"[ ()/]", "", value)):
        raise ValidationError(f"{value}: write a number, such as +4930123456 or 030123456.")


def validate_host(value: str) -> None:
    """host or host:port, nothing else: no scheme, no parameters, no line breaks."""
    match = _HOST.match(value)
    port = int(match[3][1:]) if match and match[3] else 5060
    if value and (match is None or not 0 < port < 65_536):
        raise ValidationError("Write a host or host:port, such as sip.carrier.example:5060.")


def validate_endpoint_address(value: str) -> None:
    """``sip:user@host[:port]``, ``sips:...`` or a number in E.164 form."""
    if value.startswith("+"):
        validate_e164(value)
        return
    scheme, _, rest = value.partition(":")
    user, _, host = rest.rpartition("@")
    if scheme not in ("sip", "sips") or not _USER.match(user):
        raise ValidationError("Write sip:user@host, such as sip:desk@10.0.0.5, or +4930123456.")
    validate_host(host)
    if not host:
        raise ValidationError("The SIP URI has no host: write sip:user@host.")


def validate_parameters(value: Any) -> None:
    """A JSON Schema of type object, as a model needs it to call a tool."""
    if not isinstance(value, dict) or value.get("type") != "object":
        raise ValidationError('Must be a JSON Schema with "type": "object".')
    try:
        check_schema_is_harmless(value)
        jsonschema.Draft202012Validator.check_schema(value)
    except HarmfulSchemaError as error:
        raise ValidationError(str(error)) from error
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
    if parts.scheme == "http" and parts.netloc.lower() not in settings.WEBHOOK_ALLOWED_HTTP_HOSTS:
        raise ValidationError(
            "Must be https. Plain http is only for hosts listed in WEBHOOK_ALLOWED_HTTP_HOSTS."
        )


def validate_operator_key(value: str) -> None:
    if not re.fullmatch(r"[0-9*#]?", value, flags=re.ASCII):
        raise ValidationError("One key of a telephone: 0 to 9, * or #.")


def validate_weights(value: Any) -> None:
    """Reason -> factor, 0 to 5."""
    if not isinstance(value, dict) or len(value) > 100:
        raise ValidationError('Write an object, such as {"swearing": 0.5}.')
    for reason, factor in value.items():
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,63}", reason, flags=re.ASCII):
            raise ValidationError(f"{reason}: not the name of a reason.")
        if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0 <= factor <= 5:
            raise ValidationError(f"{reason}: the factor must be a number from 0 to 5.")


def validate_timezone(value: str) -> None:
    if value not in available_timezones():
        raise ValidationError("Use an IANA name such as Europe/Berlin.")
