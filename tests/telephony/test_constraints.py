"""What the database itself refuses, whoever writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured, ValidationError
from django.db import IntegrityError, connection, transaction

from telephony.contracts import CallArrival
from telephony.facade import open_call
from telephony.models import Call, OpeningHours, Persona, PhoneNumber, SipTrunk, Tool
from telephony.services.personas import publish_persona

pytestmark = pytest.mark.django_db


def refused_by(constraint: str, write: Callable[[], Any]) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        write()
    # SQLite names a unique index's columns instead of a unique constraint over plain columns.
    assert constraint in str(refused.value) or "UNIQUE" in str(refused.value)


@pytest.mark.parametrize(
    ("constraint", "fields"),
    [
        ("sip_trunk_inbound_is_guarded", {}),
        ("sip_trunk_addresses_not_open", {"allowed_addresses": "0.0.0.0/0"}),
        ("sip_trunk_addresses_not_open", {"allowed_addresses": "::/0\n10.0.0.1/32"}),
        (
            "sip_trunk_credentials_together",
            {"allowed_addresses": "10.0.0.1", "auth_username": "me"},
        ),
        ("sip_trunk_outbound_has_host", {"direction": "outbound"}),
    ],
)
def test_an_open_or_useless_trunk_cannot_be_stored(constraint: str, fields: dict[str, str]) -> None:
    refused_by(constraint, lambda: SipTrunk.objects.create(name="Bad", **fields))
    with pytest.raises(ValidationError):
        SipTrunk(name="Bad", **fields).full_clean()


@pytest.mark.parametrize(
    "addresses", ["0.0.0.0/0", "::/0", "0.0.0.0/1\n128.0.0.0/1", "host.example", "10.0.0.1/8", "/0"]
)
def test_addresses_that_let_everybody_in_are_refused(addresses: str) -> None:
    with pytest.raises(ValidationError):
        SipTrunk(name="Bad", allowed_addresses=addresses).full_clean()


def test_addresses_are_kept_in_one_form() -> None:
    trunk = SipTrunk(name="Good", allowed_addresses="203.0.113.7, 10.1.0.0/16\n\n203.0.113.7")
    trunk.full_clean()

    assert trunk.address_list == ["203.0.113.7/32", "10.1.0.0/16"]


def test_two_trunks_cannot_be_the_same_in_livekit(trunk: SipTrunk) -> None:
    refused_by(
        "sip_trunk_livekit_id_once",
        lambda: SipTrunk.objects.create(
            name="Copy", allowed_addresses="10.0.0.1", livekit_trunk_id=trunk.livekit_trunk_id
        ),
    )


@pytest.mark.parametrize("number", ["+15550100", "+4930123456", "+442071838750"])
def test_numbers_in_e164_are_taken(number: str, trunk: SipTrunk) -> None:
    PhoneNumber(number=number, trunk=trunk).full_clean()


@pytest.mark.parametrize(
    "number", ["15550100", "+0123", "030123456", "+49 30 123", "+\u0661\u0665"]
)
def test_other_forms_are_not(number: str, trunk: SipTrunk) -> None:
    with pytest.raises(ValidationError):
        PhoneNumber(number=number, trunk=trunk).full_clean()


@pytest.mark.parametrize(
    "fields",
    [
        {"parameters": {"type": "string"}},
        {"parameters": {"type": "object", "properties": {"x": {"type": "nonsense"}}}},
        {"parameters": []},
        {"name": "Order Status"},
        {"url": "http://shop.example/orders"},
        {"url": "ftp://shop.example"},
        {"url": "https://user:pw@shop.example/"},
        {"url": "https://shop.example:99999/"},
        {"url": ""},
        {"kind": "builtin"},
        {"timeout_ms": 90_000},
    ],
)
def test_a_tool_that_could_not_work_is_refused(fields: dict[str, Any]) -> None:
    good = {"name": "order", "description": "d", "url": "https://shop.example/orders"}
    Tool(**good).full_clean()

    with pytest.raises(ValidationError):
        Tool(**good | fields).full_clean()


def test_plain_http_is_only_for_listed_hosts(settings: Any) -> None:
    settings.WEBHOOK_ALLOWED_HTTP_HOSTS = ["127.0.0.1:9000", "shop.test:80"]
    Tool(name="t", description="d", url="http://127.0.0.1:9000/x").full_clean()
    Tool(name="t", description="d", url="http://Shop.test:80/x").full_clean()

    with pytest.raises(ValidationError):
        Tool(name="t", description="d", url="http://127.0.0.1:9001/x").full_clean()


def test_opening_periods_end_after_they_begin() -> None:
    hours = OpeningHours.objects.create(name="Shop", timezone="Europe/Berlin")
    refused_by(
        "opening_period_closes_after_opens",
        lambda: hours.periods.create(weekday=1, opens="17:00", closes="09:00"),
    )
    refused_by(
        "opening_period_weekday_exists",
        lambda: hours.periods.create(weekday=7, opens="09:00", closes="17:00"),
    )
    with pytest.raises(ValidationError):
        OpeningHours(name="Nowhere", timezone="Mars/Olympus").full_clean()


def test_a_call_without_an_ending_cannot_be_ended(
    number: PhoneNumber, arrival: Callable[..., CallArrival]
) -> None:
    open_call(arrival())
    refused_by("call_ended_has_an_ending", lambda: Call.objects.update(state="ended"))
    refused_by("call_ended_has_an_ending", lambda: Call.objects.update(ending_reason="unknown"))
    refused_by("call_active_was_answered", lambda: Call.objects.update(state="active"))


def test_a_version_that_a_call_pinned_cannot_be_deleted(
    number: PhoneNumber, arrival: Callable[..., CallArrival]
) -> None:
    open_call(arrival())
    PhoneNumber.objects.all().delete()
    Persona.objects.update(published_version=None)

    with pytest.raises(IntegrityError, match="protected"):
        Call.objects.get().persona_version.delete()  # type: ignore[union-attr]


def test_publishing_an_unchanged_draft_makes_no_version(persona: Persona) -> None:
    version, new = publish_persona(persona=Persona.objects.get())

    assert (version.version, new) == (1, False)


def test_secrets_are_stored_encrypted_and_old_keys_still_read_them(settings: Any) -> None:
    SipTrunk.objects.create(name="T", auth_username="me", auth_password="pässword")
    with connection.cursor() as cursor:
        cursor.execute("SELECT auth_password FROM telephony_siptrunk")
        (stored,) = cursor.fetchone()
    assert "pässword" not in stored
    assert stored.startswith("gAAAA")

    new_key = "bmV3LWtleS1mb3Itcm90YXRpb24tdGVzdHMtb25seSE="
    settings.FIELD_ENCRYPTION_KEYS = [new_key, *settings.FIELD_ENCRYPTION_KEYS]
    assert SipTrunk.objects.get().auth_password == "pässword"

    settings.FIELD_ENCRYPTION_KEYS = [new_key]
    with pytest.raises(ImproperlyConfigured, match="FIELD_ENCRYPTION_KEYS"):
        SipTrunk.objects.get()
