"""Which addresses a tool, an MCP server or a team's webhook may have."""

from __future__ import annotations

import pytest

from telephony.contracts.addresses import (
    BlockedAddressError,
    check,
    check_resolved,
    check_url,
    is_public,
)


@pytest.mark.parametrize(
    "address",
    [
        *("0.0.0.0", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.8.8.8"),  # noqa: S104
        *("169.254.169.254", "168.63.129.16", "172.16.0.1", "172.31.255.255", "192.0.0.192"),
        *("192.168.1.1", "198.18.0.1", "203.0.113.9", "224.0.0.1", "239.1.1.1", "240.0.0.1"),
        *("255.255.255.255", "::", "::1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fc00::1"),
        *("fd00:ec2::254", "ff02::1", "2001:db8::1", "2001:0:4136:e378::1", "fec0::1"),
        *("::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:7f00:1"),
        *("2002:7f00:1::", "2002:a00:1::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe"),
        *("64:ff9b:1::808:808", "not an address", ""),
    ],
)
def test_an_address_on_our_side_is_blocked(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "93.184.216.34",
        "8.8.8.8",
        "172.32.0.1",
        "2606:4700::1111",
        "::ffff:8.8.8.8",
        "2002:808:808::1",
    ],
)
def test_a_public_address_is_not(address: str) -> None:
    assert is_public(address)


def test_one_bad_address_of_several_blocks_the_name() -> None:
    with pytest.raises(BlockedAddressError):
        check(["93.184.216.34", "127.0.0.1"])


def test_a_name_that_the_operator_vouches_for_may_lead_inside_at_its_own_port_alone() -> None:
    trusted = frozenset({"shop.test:8080"})
    check_resolved("Shop.test", 8080, ["10.0.0.5"], trusted)
    for host, port in (("shop.test", 8081), ("other.test", 8080)):
        with pytest.raises(BlockedAddressError):
            check_resolved(host, port, ["10.0.0.5"], trusted)
    check_url("http://SHOP.test:8080/", trusted)


@pytest.mark.parametrize(
    "url",
    [
        *("http://shop.test/x", "ftp://shop.test/x", "https://", "https://user:pw@shop.test/x"),
        *("file:///etc/passwd", "https://shop.test:99999/x", "//shop.test/x", ""),
    ],
)
def test_an_address_that_is_not_plain_https_is_refused(url: str) -> None:
    with pytest.raises(BlockedAddressError):
        check_url(url, frozenset({"shop.test:80"}))
