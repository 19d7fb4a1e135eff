"""Phone numbers as SIP carries them. Plain Python."""

from __future__ import annotations

import re

import phonenumbers

from telephony.enums import NumberFormat

_SEPARATORS = re.compile(r"[\s().\-/]")


def canonical_digits(number: str) -> str:
    """The digits of a dialled number without +, leading 00, sip: URI parts and separators.

    ``sip:+4930123456@host;user=phone`` and ``004930123456`` both give ``4930123456``. The empty
    string when there is no number in it.
    """
    text = _SEPARATORS.sub("", _bare(number))
    if text.startswith("+"):
        text = text[1:]
    elif text.startswith("00"):
        text = text[2:]
    return text if text.isascii() and text.isdigit() else ""


def comparable(number: str) -> str:
    """Equal for two ways to write a number or a SIP user, as far as they can be told to be one."""
    return canonical_digits(number) or number.strip().lower()


def e164(number: str) -> str:
    """``+`` and the digits where there is a number that carries its country code, else as given."""
    digits = canonical_digits(number)
    text = number.strip()
    if digits and (text.startswith(("+", "00", "sip:+", "sips:+", "tel:+")) or len(digits) >= 11):
        return f"+{digits}"
    return text


def is_anonymous(number: str) -> bool:
    """Whether the From user of a call has no digit: it is a word for none (RFC 3323).

    Carriers write many: anonymous, unavailable, restricted, anonyme, "no caller id".
    """
    return not any(sign.isdigit() for sign in _bare(number))


def with_country_code(number: str, number_format: NumberFormat, country: str) -> str:
    """``+`` and digits, read as the carrier writes; as given where that makes no number.

    ``country`` is the region (ISO 3166) of national numbers; ``0301234567`` is ``+49301234567``
    in DE, and ``0044...`` is ``+44...``.
    """
    text = _SEPARATORS.sub("", _bare(number))
    if text.startswith("+") or number_format is NumberFormat.AUTO:
        return e164(number)
    digits = canonical_digits(text)
    if number_format is NumberFormat.E164:
        return f"+{digits}" if len(digits) >= 7 and not digits.startswith("0") else number.strip()
    if not digits:
        return number.strip()
    try:
        parsed = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return number.strip()
    if not phonenumbers.is_possible_number(parsed):
        return number.strip()  # an extension, an emergency or a service number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def national_forms(number: str, country: str) -> set[str]:
    """How a carrier of that country may write an E.164 number: with and without trunk prefix."""
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return set()
    if phonenumbers.country_code_for_region(country) != parsed.country_code:
        return set()
    significant = phonenumbers.national_significant_number(parsed)
    prefix = phonenumbers.ndd_prefix_for_region(country, strip_non_digits=True) or ""
    return {significant, f"{prefix}{significant}"}


def _bare(number: str) -> str:
    text = number.strip()
    for scheme in ("sips:", "sip:", "tel:"):
        if text.lower().startswith(scheme):
            text = text[len(scheme) :]
    return text.split("@")[0].split(";")[0]
