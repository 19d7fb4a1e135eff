"""Addresses as strangers write them."""

from __future__ import annotations

import pytest

from deploy.local.sipkit.address import read_address


@pytest.mark.parametrize(
    ("value", "display_name"),
    [
        ('"<Bob>" <sip:b@h>;tag=t', "<Bob>"),
        ('"a;tag=no" <sip:b@h>;tag=t', "a;tag=no"),
        (r'"say \"hi\" \\" <sip:b@h>;tag=t', 'say "hi" \\'),
        ('""<sip:b@h>;tag=t', None),
        ("Bob <sip:b@h>;tag=t", "Bob"),
        ("<sip:b@h>;tag=t", None),
        ("sip:b@h;tag=t", None),
    ],
)
def test_a_quoted_name_may_hold_anything_and_hides_nothing(
    value: str, display_name: str | None
) -> None:
    address = read_address(value)
    assert address.display_name == display_name
    assert (address.uri.user, address.uri.host, address.tag) == ("b", "h", "t")


@pytest.mark.parametrize("value", ['"never closed <sip:b@h>;tag=t', '"' + "\\" * 60_000])
def test_a_quote_that_never_ends_hides_the_address(value: str) -> None:
    assert read_address(value).uri.host == ""
