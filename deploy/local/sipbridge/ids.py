"""Identifiers shaped like LiveKit's own: a prefix and twelve characters."""

from __future__ import annotations

import secrets

# LiveKit's alphabet: digits and letters without those that look alike (0 O 1 I l).
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

TRUNK = "ST_"
DISPATCH_RULE = "SDR_"
CALL = "SCL_"


def new_id(prefix: str = "") -> str:
    """A fresh id: ``prefix`` and twelve random characters."""
    return prefix + "".join(secrets.choice(_ALPHABET) for _ in range(12))
