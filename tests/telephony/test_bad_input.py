"""What people and machines send that makes no sense: told so in words, never an error of ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from telephony.models import PhoneNumber, SipTrunk, Tool
from telephony.services.demo import seed_demo
from telephony.validators import validate_parameters

pytestmark = pytest.mark.django_db

LONG = "x" * 5_000
JUNK = [
    "\x00",
    "\ud800".encode("utf-8", "surrogatepass"),
    "9" * 20,
    "9" * 40,
    "-1",
    "'",
    "<script>",
    "[]",
    "",
]


@pytest.fixture
def browser(admin_client: Client, settings: Any) -> Client:
    """A superuser, who sees the page that a person would see when something breaks."""
    settings.WEBHOOK_ALLOWED_HTTP_HOSTS = ["127.0.0.1:9"]
    seed_demo(order_webhook="http://127.0.0.1:9/x", digest=("u", "p"))
    admin_client.raise_request_exception = False
    return admin_client


def number_form(**changes: Any) -> dict[str, Any]:
    trunk = SipTrunk.objects.get(name="Local phones")
    return {"number": "+15550177", "trunk": trunk.pk, "label": "", "active": "on"} | changes


def tool_form(**changes: Any) -> dict[str, Any]:
    return {
        "name": "look_up",
        "description": "d",
        "parameters": "{}",
        "kind": "webhook",
        "builtin": "",
        "url": "https://example.com/x",
        "timeout_ms": "5000",
        "most_calls": "",
    } | changes


def refused(browser: Client, url: str, form: dict[str, Any], field: str) -> str:
    """What the form, which came back with what was typed, says of the field."""
    response = browser.post(url, form)
    assert response.status_code == 200, response.status_code
    errors = response.context["adminform"].form.errors
    assert field in errors, f"{field} was accepted; {errors}"
    return " ".join(errors[field])


@pytest.mark.parametrize(
    "number",
    [
        "0301234",
        "+49",
        "+4930abc",
        "+49 30 123456",
        "+" + "1" * 30,
        "+" + "\u0661" * 8,
        "\x00",
        "",
        LONG,
    ],
)
def test_a_malformed_number_is_refused(browser: Client, number: str) -> None:
    before = PhoneNumber.objects.count()
    refused(
        browser, reverse("admin:telephony_phonenumber_add"), number_form(number=number), "number"
    )
    assert PhoneNumber.objects.count() == before


def test_the_same_number_on_two_trunks_is_refused_by_name(browser: Client) -> None:
    other = SipTrunk.objects.get(name="Digest phones")
    form = number_form(number="+15550100", trunk=other.pk)
    told = refused(browser, reverse("admin:telephony_phonenumber_add"), form, "number")
    assert "already exists" in told
    assert PhoneNumber.objects.get(number="+15550100").trunk.name == "Local phones"


def nested(depth: int) -> str:
    return '{"type":"object","properties":{"a":' * depth + "{}" + "}}" * depth


SCHEMAS = {
    "no JSON": "{",
    "a list": "[]",
    "no object": '{"type": "string"}',
    "an unknown type": '{"type": "object", "properties": {"a": {"type": "nonsense"}}}',
    "a wrong keyword": '{"type": "object", "required": "a"}',
    "brackets without end": "[" * 100_000,
    "objects without end": '{"a":' * 100_000,
    "too deep": nested(60),
    "too large": json.dumps({"type": "object", "description": "x" * 100_000}),
    "a reference to elsewhere": '{"type": "object", "$ref": "https://example.com/x"}',
    "a reference to a file": '{"type": "object", "properties": {"a": {"$ref": "file:///etc"}}}',
    "a reference to itself": '{"type": "object", "$ref": "#"}',
    "a circle": '{"type": "object", "$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, '
    '"b": {"$ref": "#/$defs/a"}}}',
    "a reference to nothing": '{"type": "object", "$ref": "#/$defs/a"}',
    "a dynamic reference": '{"type": "object", "$dynamicRef": "#a"}',
    "a pattern without end": '{"type": "object", "properties": {"a": {"pattern": "^(a+)+$"}}}',
    "branches without end": '{"type": "object", "properties": {"a": {"pattern": "(a|aa)*b"}}}',
    "a pattern as key": '{"type": "object", "patternProperties": {"(.*)*x": {}}}',
    "a pattern that is none": '{"type": "object", "properties": {"a": {"pattern": "("}}}',
    "a NUL": '{"type": "object", "description": "\\u0000"}',
    "half a character": '{"type": "object", "description": "\\ud800"}',
    "no number": '{"type": "object", "maxProperties": NaN}',
}


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS.keys())
def test_a_tools_schema_that_is_none_or_hostile_is_refused(browser: Client, schema: str) -> None:
    refused(
        browser, reverse("admin:telephony_tool_add"), tool_form(parameters=schema), "parameters"
    )
    assert not Tool.objects.filter(name="look_up").exists()


def test_schemas_that_people_write_are_taken() -> None:
    text = {"type": "string", "pattern": "^[A-Z]{2}-?[0-9]{3,10}$", "maxLength": 20}
    validate_parameters({"type": "object", "properties": {"order": text}, "required": ["order"]})
    validate_parameters(
        {
            "type": "object",
            "properties": {"address": {"$ref": "#/$defs/address"}},
            "$defs": {"address": {"type": "object", "properties": {"zip": {"type": "string"}}}},
        }
    )


@pytest.mark.parametrize("timeout_ms", ["-1", "0", "60001", "1e9", "9" * 40, "five", "\x00"])
def test_a_number_out_of_range_is_refused(browser: Client, timeout_ms: str) -> None:
    refused(
        browser, reverse("admin:telephony_tool_add"), tool_form(timeout_ms=timeout_ms), "timeout_ms"
    )


@pytest.mark.parametrize("model", ["siptrunk", "persona", "openinghours", "turntakingprofile"])
@pytest.mark.parametrize("name", [LONG, "\x00", "a\x00b", ""])
def test_a_name_that_is_too_long_or_cannot_be_stored_is_refused(
    browser: Client, model: str, name: str
) -> None:
    form = {"name": name} | {
        f"{prefix}-{part}_FORMS": "0"
        for prefix in ("versions", "periods")
        for part in ("TOTAL", "INITIAL")
    }
    refused(browser, reverse(f"admin:telephony_{model}_add"), form, "name")


def test_html_in_a_field_is_shown_as_text_everywhere(browser: Client) -> None:
    hostile = "<img src=x onerror=alert(1)>"
    form = number_form(label=hostile)
    assert browser.post(reverse("admin:telephony_phonenumber_add"), form).status_code == 302
    number = PhoneNumber.objects.get(number="+15550177")
    for url in (
        reverse("admin:telephony_phonenumber_changelist"),
        reverse("admin:telephony_phonenumber_change", args=[number.pk]),
        reverse("admin:telephony_phonenumber_delete", args=[number.pk]),
        reverse("admin:auditlog_logentry_changelist"),
    ):
        text = browser.get(url).content.decode()
        assert hostile not in text, url
        assert "&lt;img" in text, url


@pytest.mark.parametrize("value", JUNK, ids=range(len(JUNK)))
def test_an_action_on_nonsense_does_nothing(browser: Client, value: Any) -> None:
    for model in ("siptrunk", "persona", "tool"):
        url = reverse(f"admin:telephony_{model}_changelist")
        for action in ("delete_selected", "publish", value):
            answer = browser.post(url, {"action": action, "_selected_action": value, "post": "yes"})
            assert answer.status_code in (200, 302), (model, action)
    assert Tool.objects.count() == 3


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"", "application/webhook+json"),
        (b"{", "application/webhook+json"),
        (b"[" * 100_000, "application/webhook+json"),
        (b"\xff\xfe", "application/webhook+json"),
        (b"\x00" * 100, "text/plain"),
        (b"x" * 5_000_000, "application/webhook+json"),
        (b"a=b", "multipart/form-data; boundary=x"),
    ],
    ids=["empty", "no JSON", "deep", "no UTF-8", "NUL", "huge", "wrong type"],
)
@pytest.mark.parametrize("token", ["", "x", "Bearer " + "y" * 9_000, "a.b.c", "\xff"])
def test_a_garbled_webhook_is_refused(client: Client, body: bytes, kind: str, token: str) -> None:
    client.raise_request_exception = False
    answer = client.post(
        "/webhooks/livekit", data=body, content_type=kind, headers={"Authorization": token}
    )
    assert answer.status_code in (400, 401, 413)


def test_a_huge_form_is_refused_and_nothing_is_saved(browser: Client) -> None:
    form = tool_form(description="x" * 3_000_000)
    answer = browser.post(
        reverse("admin:telephony_tool_add"), "&".join(f"{k}={v}" for k, v in form.items()),
        content_type="application/x-www-form-urlencoded",
    )  # fmt: skip
    assert answer.status_code in (400, 413)
    assert not Tool.objects.filter(name="look_up").exists()
