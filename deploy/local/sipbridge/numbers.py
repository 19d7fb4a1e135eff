"""Phone numbers and addresses as LiveKit compares them."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable

_NUMBER = re.compile(r"\+?[0-9\- ()]+")


def normalize(number: str) -> str:
    """``+15550100`` for every way to write it; what is not a phone number stays as it is."""
    if not _NUMBER.fullmatch(number):
        return number
    digits = re.sub(r"[ \-()]", "", number)
    return digits if digits.startswith("+") else "+" + digits


def matches(number: str, allowed: Iterable[str]) -> bool:
    """Whether ``number`` is one of ``allowed``, however either is written."""
    wanted = normalize(number)
    return any(number == one or wanted == normalize(one) for one in allowed)


def address_matches(source_ip: str, allowed: Iterable[str]) -> bool:
    """Whether ``source_ip`` is one of the addresses or inside one of the networks.

    An entry that is neither an address nor a network (a host name, a typing error) matches
    nothing: livekit-sip compares host names with what the From header claims and skips what it
    cannot read, so that a list of only unreadable entries lets everyone in. Not here.
    """
    try:
        source = ipaddress.ip_address(source_ip)
    except ValueError:
        return False
    for entry in allowed:
        try:
            network = ipaddress.ip_network(entry.strip(), strict=False)
        except ValueError:
            continue
        if source.version == network.version and source in network:
            return True
    return False
