"""SIP headers to participant attributes and back, as a trunk's mappings say."""

from __future__ import annotations

from collections.abc import Mapping

from livekit.protocol import sip

# Attributes made from headers without a mapping of their own (include_headers).
_PREFIX = "sip.h."
# A hostile INVITE may carry a hundred headers; a participant's attributes are small.
_MOST = 32
_LONGEST = 512


def to_attributes(
    headers: Mapping[str, str],
    mapping: Mapping[str, str],
    include: sip.SIPHeaderOptions,
) -> dict[str, str]:
    """Attributes of ``headers`` (lower-case name to value): mapped ones, then included ones.

    No attribute of LiveKit's own (``sip.callID`` and so on) can be made this way.
    """
    attributes: dict[str, str] = {}
    if include != sip.SIPHeaderOptions.SIP_NO_HEADERS:
        for header, value in headers.items():
            if include == sip.SIPHeaderOptions.SIP_ALL_HEADERS or header.startswith("x-"):
                attributes[_PREFIX + header] = value
    for name, attribute in mapping.items():
        found = headers.get(name.lower())
        if found is not None and (
            not attribute.startswith("sip.") or attribute.startswith(_PREFIX)
        ):
            attributes[attribute] = found
    return {key: value[:_LONGEST] for key, value in list(attributes.items())[:_MOST]}


def from_attributes(attributes: Mapping[str, str], mapping: Mapping[str, str]) -> dict[str, str]:
    """Headers of an answer or a request made from attributes; line breaks are dropped."""
    return {
        name: " ".join(attributes[attribute].split())
        for attribute, name in mapping.items()
        if attributes.get(attribute)
    }
