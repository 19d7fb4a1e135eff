"""Who may write where a secret is sent must not get it by that."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from telephony.models import McpServer, SipTrunk

pytestmark = pytest.mark.django_db
HERE = "https://mcp.example/mcp"


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://mcp.example.evil.example/mcp",
        "https://mcp.example:8443/mcp",
        "http://127.0.0.1:9/mcp",
    ],
)
def test_the_token_of_an_mcp_server_does_not_move_to_another_host(
    admin_client: Client, elsewhere: str, settings: object
) -> None:
    settings.WEBHOOK_ALLOWED_HTTP_HOSTS = ["127.0.0.1:9"]  # type: ignore[attr-defined]
    server = McpServer.objects.create(name="Booking", url=HERE, secret="t0ken")
    page = reverse("admin:telephony_mcpserver_change", args=[server.pk])
    form = {"name": "Booking", "url": elsewhere, "active": "on"}

    refused = admin_client.post(page, form)

    assert "Give it again" in refused.content.decode()
    assert (McpServer.objects.get().url, McpServer.objects.get().secret) == (HERE, "t0ken")

    assert admin_client.post(page, form | {"url": f"{HERE}/v2"}).status_code == 302
    assert McpServer.objects.get().secret == "t0ken", "another path of the same host"
    assert admin_client.post(page, form | {"new_secret": "0ther"}).status_code == 302
    assert (McpServer.objects.get().url, McpServer.objects.get().secret) == (elsewhere, "0ther")
    assert admin_client.post(page, form | {"remove_secret": "on", "url": HERE}).status_code == 302
    assert (McpServer.objects.get().url, McpServer.objects.get().secret) == (HERE, "")


def test_the_password_of_a_trunk_does_not_move_to_another_host(admin_client: Client) -> None:
    trunk = SipTrunk.objects.create(
        name="Out",
        direction="outbound",
        outbound_host="sip.carrier.example",
        carrier_numbers="+15550100",
        auth_username="me",
        auth_password="pw",
    )
    page = reverse("admin:telephony_siptrunk_change", args=[trunk.pk])
    form = {
        "name": "Out",
        "direction": "outbound",
        "number_format": "auto",
        "transport": "auto",
        "carrier_numbers": "+15550100",
        "auth_username": "me",
        "outbound_host": "evil.example",
    }
    assert "Give it again" in admin_client.post(page, form).content.decode()
    assert admin_client.post(page, form | {"new_secret": "pw2"}).status_code == 302
    assert SipTrunk.objects.get().outbound_host == "evil.example"
