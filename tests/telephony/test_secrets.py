"""A secret planted in every setting and every encrypted column turns up nowhere it must not."""

from __future__ import annotations

import contextlib
import io
import logging
from collections.abc import Callable, Iterator
from dataclasses import asdict, is_dataclass
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.urls import path, reverse
from rest_framework.throttling import UserRateThrottle

from contactcenter.logging import logging_config
from contactcenter.urls import urlpatterns as real_urls
from telephony import livekit_client
from telephony.audit import secret_fields
from telephony.contracts import CallArrival
from telephony.facade import open_call
from telephony.fields import EncryptedTextField
from telephony.models import McpServer, PhoneNumber, SipTrunk, Team, Tool
from telephony.services.access import issue_api_token
from telephony.services.demo import seed_demo
from tests.telephony.whole_site import ROUTES, is_page_of_a_model, label, url_of

pytestmark = pytest.mark.django_db
ENCRYPTED = [
    (model, field.name)
    for model in apps.get_models()
    for field in model._meta.fields
    if isinstance(field, EncryptedTextField)
]
CANARY = "c4nary"
SETTINGS = {
    "SECRET_KEY": f"{CANARY}-secret-key-0123456789-0123456789",
    "LIVEKIT_API_KEY": f"{CANARY}-key",
    "LIVEKIT_API_SECRET": f"{CANARY}-livekit-0123456789-0123456789",
    "METRICS_TOKEN": f"{CANARY}-metrics-token",
    "LIVEKIT_URL": "http://127.0.0.1:9",
    "LIVEKIT_SIP_API_URL": "http://127.0.0.1:9",
    "REDIS_URL": f"redis://user:{CANARY}@127.0.0.1:9/0",
}


def broken(_request: HttpRequest) -> HttpResponse:
    local_secret = SipTrunk.objects.exclude(auth_password="").get().auth_password
    raise RuntimeError(f"broke with {len(local_secret)} characters")


urlpatterns = [path("broken", broken), *real_urls]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """All that the product logs, as it is written in production."""
    config = logging_config(level="DEBUG", log_format="json")
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    structured = config["formatters"]["structured"]
    handler.setFormatter(structured["()"](**{k: v for k, v in structured.items() if k != "()"}))
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def planted(settings: Any) -> None:
    for name, value in SETTINGS.items():
        setattr(settings, name, value)
    settings.WEBHOOK_ALLOWED_HTTP_HOSTS = ["127.0.0.1:9"]
    seed_demo(
        order_webhook="http://127.0.0.1:9/x", order_secret=f"{CANARY}-tool", digest=("u", CANARY)
    )
    SipTrunk.objects.filter(name="Local phones").update(livekit_trunk_id="ST_carrier")
    Team.objects.update(webhook_url="https://x.example", webhook_secret=f"{CANARY}-team")
    McpServer.objects.create(name="Dead", url="https://x.example", secret=f"{CANARY}-mcp")
    for model, column in ENCRYPTED:
        values = model._default_manager.values_list(column, flat=True)
        assert any(CANARY in value for value in values), f"{model.__name__}.{column}: plant it"


def test_every_encrypted_column_counts_as_a_secret_and_is_no_readable_field_of_its_page() -> None:
    for model in apps.get_models():
        encrypted = {name for owner, name in ENCRYPTED if owner is model}
        assert encrypted <= set(secret_fields(model))
        if encrypted and model in admin.site._registry:
            page = admin.site._registry[model]
            shown = set(page.list_display) | set(page.readonly_fields) | set(page.search_fields)
            form = getattr(page.form, "base_fields", {})
            assert not encrypted & (shown | set(form)), model


def test_no_page_and_no_answer_shows_a_secret(
    planted: None, admin_client: Client, arrival: Callable[..., CallArrival], log: io.StringIO
) -> None:
    open_call(arrival())
    admin_client.raise_request_exception = False
    rows = {label(model): model._default_manager.first() for model in admin.site._registry}
    there = {name: row for name, row in rows.items() if row is not None}
    urls = ["/nowhere"]
    for name in ROUTES.keys() - {"admin:logout", "admin:app_list", "admin:view_on_site"}:
        if not is_page_of_a_model(name):
            with contextlib.suppress(KeyError):  # it needs a row of a table that is empty
                urls.append(url_of(name, there))
    for model in admin.site._registry:
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        urls += [reverse(f"{name}_changelist"), reverse(f"{name}_add")]
        for row in model._default_manager.all()[:5]:
            urls += [reverse(f"{name}_{v}", args=[row.pk]) for v in ("change", "delete", "history")]
    for url in urls:
        response = admin_client.get(url)
        assert response.status_code != 500, url
        assert CANARY not in response.content.decode(), url
        assert CANARY not in str(response.headers), url
    assert CANARY not in log.getvalue()


@override_settings(ROOT_URLCONF="tests.telephony.test_secrets", DEBUG=False)
def test_the_page_of_an_error_and_its_log_hold_no_secret(
    planted: None, admin_client: Client, log: io.StringIO
) -> None:
    admin_client.raise_request_exception = False
    response = admin_client.get("/broken", headers={"Authorization": f"Token {CANARY}"})

    assert response.status_code == 500
    assert CANARY not in response.content.decode()
    assert "RuntimeError" in log.getvalue(), "the error itself is logged"
    assert CANARY not in log.getvalue()


def test_an_error_of_livekit_tells_no_key(planted: None, log: io.StringIO) -> None:
    with pytest.raises(livekit_client.LiveKitError) as caught:
        livekit_client.list_dispatch_rules()
    error: BaseException | None = caught.value
    while error is not None:
        assert CANARY not in f"{error!r} {error}"
        error = error.__cause__
    assert CANARY not in log.getvalue()


def test_what_a_call_is_given_shows_its_secret_to_nobody_but_the_request(
    planted: None, number_free: None, arrival: Callable[..., CallArrival]
) -> None:
    plan = open_call(arrival())

    assert CANARY not in repr(plan)
    webhook = next(tool.webhook for tool in plan.persona.tools if tool.webhook)
    assert webhook.secret == f"{CANARY}-tool", "the request itself needs it"
    for_the_model = [plan.persona.instructions, plan.persona.greeting] + [
        f"{tool.name} {tool.description} {tool.parameters}" for tool in plan.persona.tools
    ]
    assert CANARY not in " ".join(for_the_model)
    assert is_dataclass(plan)
    assert str(asdict(plan)).count(CANARY) == 1, "one secret, in one place"


@pytest.fixture
def number_free() -> None:
    assert PhoneNumber.objects.filter(number="+15550100").exists()
    assert Tool.objects.exclude(secret="").count() == 1


def test_every_answer_carries_the_security_headers(
    planted: None, client: Client, admin_client: Client
) -> None:
    for url in ("/healthz", "/admin/login/", "/api/calls/", "/nowhere", "/?x=%00"):
        headers = client.get(url).headers
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], url
        assert headers["X-Frame-Options"] == "DENY", url
        assert headers["Referrer-Policy"] == "same-origin", url
        assert headers["X-Content-Type-Options"] == "nosniff", url
        assert headers["X-Robots-Tag"] == "noindex, nofollow", url
        assert "no-" in headers["Cache-Control"], url
    assert client.get("/?x=%00").status_code == 400
    answer = client.post("/admin/login/", {"username": "admin", "password": "password"})
    cookie = answer.cookies["sessionid"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"


def test_a_token_that_asks_too_often_is_told_to_wait(
    client: Client, admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(UserRateThrottle, "THROTTLE_RATES", {"user": "2/min"})
    cache.clear()
    headers = {"Authorization": f"Token {issue_api_token(user=admin_user)}"}
    answers = [client.get("/api/calls/", headers=headers) for _ in range(3)]
    cache.clear()
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
