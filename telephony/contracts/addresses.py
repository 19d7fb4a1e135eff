"""Where what somebody typed may lead: the public internet, and nothing on our side of the wall.

Asked before a tool, an MCP server or a team's webhook is called, by whichever side calls it.

Networks are listed, not left to ``ipaddress.is_global``, whose answer differs between versions of
Python. Sources: IANA's special-purpose registries for IPv4 and IPv6.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_BLOCKED_V4 = tuple(
    ipaddress.IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; a cloud keeps its metadata at 100.100.100.200
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's metadata at a public address
        "169.254.0.0/16",  # link-local; clouds keep their metadata here
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; a cloud's metadata at 192.0.0.192
        "192.0.2.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)
# Whatever is not global unicast is blocked: loopback, mapped and compatible v4, unique local
# (a cloud's metadata at fd00:ec2::254), link-local, multicast.
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_BLOCKED_V6 = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them: it hides a v4 address
        "2001:db8::/32",  # documentation
        "3fff::/20",  # documentation
    )
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_SIX_TO_FOUR = ipaddress.IPv6Network("2002::/16")


class BlockedAddressError(Exception):
    """The URL is none that may be called, or its name leads to an address inside."""


def is_public(text: str) -> bool:
    """Tell whether this IP address is on the public internet; a v6 that carries a v4 is as it."""
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv4Address):
        return not any(address in network for network in _BLOCKED_V4)
    if (inner := _carried_v4(address)) is not None:
        return is_public(str(inner))
    return address in _GLOBAL_V6 and not any(address in network for network in _BLOCKED_V6)


def check(addresses: Iterable[str]) -> None:
    """Raise BlockedAddressError unless every one is public: one bad one may be the one used."""
    for address in addresses:
        if not is_public(address):
            raise BlockedAddressError("the name leads to an address inside")


def check_resolved(host: str, port: int, found: Iterable[str], trusted: frozenset[str]) -> None:
    """As ``check``, unless the operator vouches for the name: ``trusted`` are ``host:port``, lower
    case."""
    if f"{host}:{port}".lower() not in trusted:
        check(found)


def check_url(url: str, trusted: frozenset[str]) -> None:
    """Raise BlockedAddressError unless the URL is https, or http to a trusted host and port."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        raise BlockedAddressError("not a URL") from error
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise BlockedAddressError("no plain host in the URL")
    if parts.scheme == "https":
        return
    if parts.scheme != "http" or parts.netloc.lower() not in trusted:
        raise BlockedAddressError("not https")


def _carried_v4(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    number = int(address)
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address in _NAT64:
        return ipaddress.IPv4Address(number & 0xFFFFFFFF)
    if address in _SIX_TO_FOUR:
        return ipaddress.IPv4Address(number >> 80 & 0xFFFFFFFF)
    return None
