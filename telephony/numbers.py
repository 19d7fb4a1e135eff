"""Phone numbers as SIP carries them. Plain Python."""

from __future__ import annotations

import re

_SEPARATORS = re.compile(r"[\s().\-/]")


def canonical_digits(number: str) -> str:
    """The digits of a dialled number without +, leading 00, sip: URI parts and separators.

    ``sip:+4930123456@host;user=phone`` and ``004930123456`` both give ``4930123456``. The empty
    string when there is no number in it.
    """
    text = number.strip()
    for scheme in ("sips:", "sip:", "tel:"):
        if text.lower().startswith(scheme):
            text = text[len(scheme) :]
    text = _SEPARATORS.sub("", text.split("@")[0].split(";")[0])
    if text.startswith("+"):
        text = text[1:]
    elif text.startswith("00"):
        text = text[2:]
    return text if text.isascii() and text.isdigit() else ""


def e164(number: str) -> str:
    """``+`` and the digits where there is a number that carries its country code, else as given."""
    digits = canonical_digits(number)
    text = number.strip()
    if digits and (text.startswith(("+", "00", "sip:+", "sips:+", "tel:+")) or len(digits) >= 11):
        return f"+{digits}"
    return text
