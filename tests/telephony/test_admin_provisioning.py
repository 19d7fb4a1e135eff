"""What a supervisor sets up beside trunks and numbers, and what a form says to what cannot be."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from telephony.models import CallPolicy, HumanEndpoint, PhoneNumber, SipTrunk
from telephony.services.provisioning import QUEUE_IS_AWAY
from tests.telephony.test_webhooks import celery_app, use_broker

pytestmark = pytest.mark.django_db


def trunk_form(**changes: str) -> dict[str, str]:
    return {
        "name": "Carrier",
        "direction": "inbound",
        "active": "on",
        "allowed_addresses": "203.0.113.7",
        "number_format": "auto",
        "country": "",
        "anonymous_allowed": "on",
        "transport": "auto",
    } | changes


def complaints(client: Client, model: str, form: dict[str, Any]) -> str:
    response = client.post(reverse(f"admin:telephony_{model}_add"), form)
    assert response.status_code == 200, "the form was taken"
    return " ".join(str(error) for error in response.context["errors"])


EVERYBODY = [
    "",
    "0.0.0.0/0",
    "::/0",
    "0.0.0.0/1\n128.0.0.0/1",
    "10.0.0.0/7",
    "2000::/3",
    "::ffff:0:0/96",
    "::ffff:0.0.0.0/97",
    "0.0.0.0",  # noqa: S104 -- as an allowed address
    "203.0.113.7\n0.0.0.0/0",
    "\n".join(f"{first}.0.0.0/8" for first in range(1, 224)),
]


@pytest.mark.parametrize("addresses", EVERYBODY)
def test_no_form_takes_an_inbound_trunk_that_is_open_to_the_world(
    admin_client: Client, addresses: str
) -> None:
    for password in ({}, {"auth_username": "me", "new_secret": "a long secret"}):
        if password and not addresses:
            continue  # a password alone is a guard
        said = complaints(
            admin_client, "siptrunk", trunk_form(allowed_addresses=addresses, **password)
        )
        assert "address" in said
    assert not SipTrunk.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "hint"),
    [
        ("allowed_addresses", "carrier.example", "203.0.113.0/24"),
        ("allowed_addresses", "203.0.113.7/24", "write 203.0.113.0/24"),
        ("country", "XX", "two letters"),
        ("number_format", "national", "need a country"),
        ("outbound_host", "sip:carrier.example", "host:port"),
        ("outbound_host", "carrier.example:99999", "host:port"),
        ("max_calls", "0", "greater than or equal to 1"),
    ],
)
def test_a_wrong_trunk_field_is_told_what_to_write(
    admin_client: Client, field: str, value: str, hint: str
) -> None:
    assert hint in complaints(admin_client, "siptrunk", trunk_form(**{field: value}))


def test_an_outbound_trunk_without_a_number_is_refused_here_and_not_by_livekit(
    admin_client: Client,
) -> None:
    form = trunk_form(direction="outbound", outbound_host="sip.carrier.example")
    assert "a number that it may show" in complaints(admin_client, "siptrunk", form)


@pytest.mark.parametrize("written", ["+49 30 123456", "030123456", "reception"])
def test_a_number_is_on_one_inbound_trunk_however_it_is_written(
    admin_client: Client, written: str
) -> None:
    first = SipTrunk.objects.create(
        name="First",
        allowed_addresses="203.0.113.7",
        number_format="national",
        country="DE",
        carrier_numbers="Reception",
    )
    PhoneNumber.objects.create(number="+4930123456", trunk=first)

    said = complaints(admin_client, "siptrunk", trunk_form(carrier_numbers=written))
    assert "taken by the trunk First" in said

    second = SipTrunk.objects.create(name="Second", allowed_addresses="203.0.113.8")
    SipTrunk.objects.filter(pk=second.pk).update(carrier_numbers="+49 30 999999")
    form = {"number": "+4930999999", "trunk": first.pk, "active": "on"}
    assert "carrier numbers of the trunk Second" in complaints(admin_client, "phonenumber", form)


def test_a_carrier_number_is_a_number_or_a_user(admin_client: Client) -> None:
    form = trunk_form(carrier_numbers="030 123456\n<script>")
    assert "write a number" in complaints(admin_client, "siptrunk", form)
    assert admin_client.post(
        reverse("admin:telephony_siptrunk_add"), trunk_form(carrier_numbers="030 123456, desk")
    ).has_header("Location")


def test_a_trunk_that_is_used_keeps_its_direction(admin_client: Client) -> None:
    inbound = SipTrunk.objects.create(name="In", allowed_addresses="203.0.113.7")
    PhoneNumber.objects.create(number="+15550100", trunk=inbound)
    out = SipTrunk.objects.create(
        name="Out", direction="outbound", outbound_host="a.example", carrier_numbers="+15550101"
    )
    HumanEndpoint.objects.create(name="Desk", address="+4917012345678", trunk=out)

    outward = trunk_form(
        name="In", direction="outbound", outbound_host="a.example", carrier_numbers="+15550109"
    )
    page = reverse("admin:telephony_siptrunk_change", args=[inbound.pk])
    assert "move them to another trunk" in admin_client.post(page, outward).content.decode()
    page = reverse("admin:telephony_siptrunk_change", args=[out.pk])
    inward = admin_client.post(page, trunk_form(name="Out"))
    assert "give them another trunk" in inward.content.decode()


@pytest.mark.django_db(transaction=True)
def test_a_queue_that_does_not_answer_is_said_on_the_trunk(admin_client: Client) -> None:
    before = celery_app.conf.broker_url
    use_broker("redis://127.0.0.1:1/0")
    try:
        admin_client.post(reverse("admin:telephony_siptrunk_add"), trunk_form())
    finally:
        use_broker(before)

    trunk = SipTrunk.objects.get()
    assert (trunk.sync_state, trunk.sync_error) == ("failed", QUEUE_IS_AWAY)
    assert "task queue does not answer" in admin_client.get("/admin/").content.decode()


def test_a_trunk_keeps_what_the_form_says(admin_client: Client) -> None:
    form = trunk_form(number_format="national", country="de", max_calls="10", refer_allowed="on")
    form.pop("anonymous_allowed")

    assert admin_client.post(reverse("admin:telephony_siptrunk_add"), form).status_code == 302

    trunk = SipTrunk.objects.get()
    assert (trunk.number_format, trunk.country, trunk.max_calls) == ("national", "DE", 10)
    assert (trunk.anonymous_allowed, trunk.refer_allowed) == (False, True)


@pytest.mark.parametrize(
    ("address", "hint"),
    [
        ("desk@10.0.0.5", "sip:user@host"),
        ("sip:10.0.0.5", "sip:user@host"),
        ("sip:desk@", "no host"),
        ("sip:desk@10.0.0.5;lr\r\nX: y", "line breaks"),
        ("sip:desk@host?Replaces=x", "host:port"),
        ("+49abc", "country code"),
        ("+4930123456", "outbound trunk"),
    ],
)
def test_a_human_who_cannot_be_dialled_is_told_how_to_be(
    admin_client: Client, address: str, hint: str
) -> None:
    form = {"name": "Desk", "active": "on", "address": address, "trunk": ""}

    assert hint in complaints(admin_client, "humanendpoint", form)


def test_a_human_is_at_a_sip_address_or_behind_an_outbound_trunk(admin_client: Client) -> None:
    out = SipTrunk.objects.create(
        name="Out", direction="outbound", outbound_host="sip.carrier.example"
    )
    inbound = SipTrunk.objects.create(name="In", allowed_addresses="203.0.113.7")
    url = reverse("admin:telephony_humanendpoint_add")
    desk = {"name": "Desk", "active": "on", "address": "sip:desk@10.0.0.5:5070", "trunk": ""}
    mobile = {"name": "Mobile", "active": "on", "address": "+4917012345678", "trunk": out.pk}

    assert admin_client.post(url, desk).status_code == 302
    assert admin_client.post(url, mobile).status_code == 302
    over_inbound = mobile | {"name": "Wrong", "trunk": inbound.pk}
    assert complaints(admin_client, "humanendpoint", over_inbound)
    assert set(HumanEndpoint.objects.values_list("name", flat=True)) == {"Desk", "Mobile"}


def test_the_limits_are_one_form_and_the_kill_switch_wants_a_reason(admin_client: Client) -> None:
    url = reverse("admin:telephony_callpolicy_changelist")
    assert admin_client.get(url).status_code == 200
    form = {"price_per_minute": "0.05", "currency": "EUR", "take_no_calls": "on"}

    refused = admin_client.post(url, form)
    assert "Say why" in refused.content.decode()
    assert not CallPolicy.current().take_no_calls

    saved = admin_client.post(url, form | {"take_no_calls_reason": "Fire drill"})
    assert saved.status_code == 302
    assert CallPolicy.current().take_no_calls
    assert CallPolicy.objects.count() == 1


def test_a_limit_in_money_wants_a_price(admin_client: Client) -> None:
    admin_client.get(reverse("admin:telephony_callpolicy_changelist"))
    url = reverse("admin:telephony_callpolicy_change", args=[1])

    answer = admin_client.post(
        url, {"price_per_minute": "0", "currency": "EUR", "cost_per_day": "5"}
    )

    assert "price per minute" in answer.content.decode()
    assert CallPolicy.current().cost_per_day is None
