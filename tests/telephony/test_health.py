"""/healthz tells that the process lives, /readyz what it lacks."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def nothing_runs(settings: Any) -> None:
    """Every outside part is at a port that refuses."""
    settings.REDIS_URL = "redis://user:redis-pass@127.0.0.1:1/0"
    settings.LIVEKIT_URL = settings.LIVEKIT_SIP_API_URL = "ws://127.0.0.1:1"
    settings.LIVEKIT_API_SECRET = "livekit-secret-0123456789-0123456789"
    cache.clear()


def test_a_living_process_is_healthy_whatever_else_is_down(client: Client) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"ok": True})
    assert "no-store" in response.headers["Cache-Control"]


def test_readiness_names_each_part_and_what_to_do(client: Client) -> None:
    response = client.get("/readyz")

    answer = response.json()
    assert response.status_code == 503
    assert {name: part["ok"] for name, part in answer["checks"].items()} == {
        "database": True,
        "redis": False,
        "livekit": False,
        "sip": False,
    }
    assert "REDIS_URL" in answer["checks"]["redis"]["advice"]
    assert any("phone number" in warning for warning in answer["warnings"])


def test_readiness_gives_no_secret_or_address_away(client: Client) -> None:
    text = client.get("/readyz").content.decode()

    for secret in ("redis-pass", "livekit-secret", "127.0.0.1"):
        assert secret not in text


def test_what_hinders_calls_is_for_this_machine_or_a_token(client: Client, settings: Any) -> None:
    elsewhere = client.get("/readyz", REMOTE_ADDR="203.0.113.7")
    assert set(elsewhere.json()) == {"ok", "checks"}
    through_a_proxy = client.get("/readyz", headers={"X-Forwarded-For": "127.0.0.1"})
    assert "warnings" not in through_a_proxy.json()
    settings.METRICS_TOKEN = "a-token-0123456789"
    assert "warnings" not in client.get("/readyz").json()
    bearer = {"Authorization": "Bearer a-token-0123456789"}
    assert client.get("/readyz", headers=bearer).json()["warnings"]


def test_who_asks_often_does_not_ask_the_parts_as_often(client: Client, settings: Any) -> None:
    first = client.get("/readyz").json()["checks"]
    settings.REDIS_URL = "memory://"
    assert client.get("/readyz").json()["checks"] == first
    cache.clear()  # as after two seconds
    assert client.get("/readyz").json()["checks"]["redis"]["ok"]


def test_neither_takes_a_post(client: Client) -> None:
    assert client.post("/healthz").status_code == 405
    assert client.post("/readyz").status_code == 405
