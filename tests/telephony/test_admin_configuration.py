"""What an operator configures in the admin: secrets, guards, publishing, synchronisation."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from telephony.models import Persona, PhoneNumber, SipTrunk, Tool

pytestmark = pytest.mark.django_db


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def trunk_form(**changes: str) -> dict[str, str]:
    return {
        "name": "Carrier",
        "direction": "inbound",
        "number_format": "auto",
        "active": "on",
        "carrier_numbers": "",
        "allowed_addresses": "",
        "auth_username": "me",
        "transport": "auto",
        "outbound_host": "",
    } | changes


def test_a_password_is_set_kept_replaced_and_removed_but_never_shown(admin_client: Client) -> None:
    add = reverse("admin:telephony_siptrunk_add")
    assert admin_client.post(add, trunk_form(new_secret="fir5t")).status_code == 302
    trunk = SipTrunk.objects.get()
    assert trunk.auth_password == "fir5t"
    change = reverse("admin:telephony_siptrunk_change", args=[trunk.pk])
    assert "fir5t" not in page(admin_client, change)
    assert "fir5t" not in page(admin_client, reverse("admin:telephony_siptrunk_changelist"))

    admin_client.post(change, trunk_form())
    assert SipTrunk.objects.get().auth_password == "fir5t"
    admin_client.post(change, trunk_form(new_secret="sec0nd"))
    assert SipTrunk.objects.get().auth_password == "sec0nd"

    refused = admin_client.post(change, trunk_form(remove_secret="on"))
    assert refused.status_code == 200, "a trunk must not lose its only guard"
    assert "user name" in refused.content.decode()
    assert SipTrunk.objects.get().auth_password == "sec0nd"

    guarded = trunk_form(remove_secret="on", auth_username="", allowed_addresses="203.0.113.7")
    assert admin_client.post(change, guarded).status_code == 302
    assert SipTrunk.objects.get().auth_password == ""


def test_an_open_trunk_is_refused_with_words(admin_client: Client) -> None:
    add = reverse("admin:telephony_siptrunk_add")
    for form in (
        trunk_form(auth_username=""),
        trunk_form(auth_username="me"),
        trunk_form(auth_username="", allowed_addresses="0.0.0.0/0"),
    ):
        response = admin_client.post(add, form)
        assert response.status_code == 200
        assert response.context["errors"]
    assert not SipTrunk.objects.exists()


def test_a_saved_trunk_is_pending_until_livekit_has_it(
    admin_client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        admin_client.post(reverse("admin:telephony_siptrunk_add"), trunk_form(new_secret="fir5t"))

    assert SipTrunk.objects.get().sync_state == "pending"
    assert len(callbacks) == 1


def test_a_number_that_moves_marks_both_trunks(
    admin_client: Client, number: PhoneNumber, django_capture_on_commit_callbacks: Any
) -> None:
    other = SipTrunk.objects.create(name="Other", allowed_addresses="10.0.0.1")
    SipTrunk.objects.update(sync_state="synced")

    with django_capture_on_commit_callbacks() as callbacks:
        response = admin_client.post(
            reverse("admin:telephony_phonenumber_change", args=[number.pk]),
            {"number": number.number, "trunk": other.pk, "active": "on", "label": ""},
        )

    assert response.status_code == 302
    assert set(SipTrunk.objects.values_list("sync_state", flat=True)) == {"pending"}
    assert len(callbacks) == 1


def test_save_and_publish_publishes_what_the_form_says_tools_included(
    admin_client: Client, persona: Persona
) -> None:
    tool = Tool.objects.create(name="order", description="d", url="https://shop.example/")
    form = {
        field: getattr(persona, field)
        for field in (
            "name",
            "instructions",
            "language",
            "realtime_provider",
            "realtime_model",
            "voice_provider",
            "voice_model",
            "voice_id",
            "max_duration_s",
            "frustration",
            "frustration_threshold",
        )
    }
    form |= {"greeting": "Good evening?", "tools": [tool.pk], "turn_taking": ""}
    form |= {"versions-TOTAL_FORMS": 0, "versions-INITIAL_FORMS": 0}
    url = reverse("admin:telephony_persona_change", args=[persona.pk])

    assert admin_client.post(url, form).status_code == 302
    persona.refresh_from_db()
    assert persona.published_version is not None
    assert persona.published_version.version == 1, "saving alone publishes nothing"
    admin_client.post(url, form | {"telephony_persona_save_and_publish": "1"})

    persona.refresh_from_db()
    version = persona.published_version
    assert (version.version, version.greeting) == (2, "Good evening?")
    assert [t["name"] for t in version.tools] == ["order"]
    assert version.published_by is not None
