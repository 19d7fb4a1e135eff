"""From, To and Route values whose display name may hold anything (RFC 3261 section 25.1)."""

from __future__ import annotations

import re

from aiosipua.headers import Address, parse_address

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)


def read_address(value: str) -> Address:
    """A name-addr or addr-spec; nonsense gives an address with an empty host.

    aiosipua looks for ``<`` from the left, quoted or not: a caller called "<Bob>" lost their tag.
    """
    text = value.strip()
    quoted = _QUOTED.match(text)
    if quoted is None:
        # A quote that never ends: what follows is a name, whatever it looks like.
        return Address() if text.startswith('"') else parse_address(text)
    address = parse_address(text[quoted.end() :])
    address.display_name = re.sub(r"\\(.)", r"\1", quoted[1], flags=re.DOTALL) or None
    return address
