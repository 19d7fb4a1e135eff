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


def test_a_name_without_its_closing_quote_is_no_failure() -> None:
    assert read_address('"never closed <sip:b@h>;tag=t').uri.host == "h"
    assert read_address('"' + "\\" * 60_000).tag is None
