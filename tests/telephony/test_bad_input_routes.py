"""Every address of the site that takes something, found by asking Django, against nonsense.

What each route reads is stated in ENTRANCES: a new route that is not there fails here. The forms of
models are in test_bad_input_forms.py.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.telephony.whole_site import (
    ROUTES,
    everything_stored,
    is_page_of_a_model,
    label,
    url_of,
)

pytestmark = pytest.mark.django_db

HUGE = "x" * 2_000_000
NONSENSE = {
    "a NUL": "a\x00b",
    "control characters": "a\x1b[2J\x07\r\nSet-Cookie: x=y\u202e",
    "half a character": b"\xed\xa0\x80",
    "markup": "<script>alert(1)</script>",
    "a long number": "9" * 20,
    "a longer number": "9" * 5_000,
    "a negative number": "-1",
    "no number": "NaN",
    "half an object": "{",
    "brackets without end": "[" * 90_000,
    "a list": "[1]",
    "no telephone number": "+49 30 abc",
    "somebody else's id": "00000000-0000-4000-8000-000000000000",
    "nothing": "",
}
# What each route reads, beside what its path holds: by GET, or by POST. Who adds a page states it.
GET: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("home", "healthz", "readyz", "metrics"), ()),
    "admin:index": (),
    "admin:search": ("s", "extended", "page"),
    "admin:jsi18n": (),
    "admin:app_list": (),
    "admin:view_on_site": (),
    "admin:autocomplete": ("term", "app_label", "model_name", "field_name", "page"),
    "admin:password_change_done": (),
    "admin:telephony_phonenumber_setup_check": (),
    "admin:telephony_phonenumber_which_rule": ("caller", "called", "source"),
    "admin:telephony_persona_compare": ("old", "new"),
    "admin:telephony_call_latency": ("days",),
    "admin:telephony_call_recording": ("n", "download"),
    "admin:telephony_message_recording": ("download",),
    "call-list": ("sip_call_id", "number", "state", "limit", "offset", "format"),
    "call-detail": ("format",),
    "api-schema": ("format", "lang"),
    "api-docs": ("format", "lang"),
    "handoff-news": ("version",),
}
POST: dict[str, tuple[str, ...]] = {
    "admin:login": ("username", "password", "next"),
    "admin:logout": ("next",),
    "admin:password_change": ("old_password", "new_password1", "new_password2"),
    "admin:auth_user_password_change": ("password1", "password2", "usable_password"),
    "admin:telephony_tool_try_tool": ("arguments",),
    "admin:telephony_persona_restore": ("version",),
    "admin:telephony_call_hand_over": ("team",),
    "handoff-page": ("code",),
    "livekit-webhook": (),  # signed bodies and garbled ones: test_bad_input.py, test_webhooks.py
}
ENTRANCES = GET | POST
# What a fine request asks for of the others, so that one nonsense gets as far as it can.
FINE = {
    "admin:autocomplete": {
        "app_label": "telephony",
        "model_name": "persona",
        "field_name": "tools",
    },
    "admin:telephony_phonenumber_which_rule": {
        "caller": "+15550199",
        "called": "+15550100",
        "source": "127.0.0.1",
    },
}
# Log-ins and opened transcripts are written down, also those that come to nothing.
NOTED = {"axes.accessattempt", "axes.accessfailurelog", "axes.accesslog", "auditlog.logentry"}
NOTED |= {"auth.user"}  # the time of the last log-in
BODIES = (
    (b"{", "application/json"),
    (b"[" * 90_000, "application/json"),
    (b"a=%ED%A0%80&b=%00", "application/x-www-form-urlencoded"),
    (b"a=1&" * 5_000, "application/x-www-form-urlencoded"),  # more fields than Django reads
    (b"--x\r\nContent-Disposition: form-data", "multipart/form-data; boundary=x"),
    (b"a=b", "multipart/form-data"),
    (b"\xff\xfe\x00", "application/octet-stream"),
)
# A word of a path, as Django's two kinds of routes write it, and what else a pattern is made of.
PATH_WORD = re.compile(r"\(\?P<\w+>[^)]*\)|<[^>]+>")
ANCHORS = str.maketrans("", "", "^$")


@pytest.fixture
def browser(admin_client: Client) -> Client:
    """A superuser, who sees the page that a person would see when something breaks."""
    admin_client.raise_request_exception = False
    return admin_client


def stored() -> dict[str, Any]:
    return {name: rows for name, rows in everything_stored().items() if name not in NOTED}


def url(route: str, site: dict[str, Any]) -> str:
    try:
        return url_of(route, site)
    except (NoReverseMatch, KeyError):  # its path holds something else than one row of ours
        return reverse(route, args=["telephony"] if route == "admin:app_list" else [1, 1])


def test_every_route_states_what_it_reads() -> None:
    unstated = {name for name in ROUTES if not is_page_of_a_model(name)} - ENTRANCES.keys()
    assert unstated == set(), "say in ENTRANCES of this file what these read"
    assert ENTRANCES.keys() - ROUTES.keys() == set()


@pytest.mark.parametrize("route", ENTRANCES)
def test_nonsense_is_answered_with_a_page_and_changes_nothing(
    browser: Client, site: dict[str, Any], route: str
) -> None:
    address, before = url(route, site), stored()
    for name in ENTRANCES[route]:
        for what, nonsense in NONSENSE.items():
            send = browser.post if route in POST else browser.get
            answer = send(address, FINE.get(route, {}) | {name: nonsense})
            assert answer.status_code < 500, (address, name, what)
            if "html" in answer.headers.get("Content-Type", ""):
                assert b"<script>alert(1)" not in answer.content, (address, name)
            assert "x" not in answer.cookies, (address, name)
    assert stored() == before


@pytest.mark.parametrize("route", POST)
def test_a_body_that_is_huge_or_no_form_is_answered_with_a_page_and_changes_nothing(
    browser: Client, site: dict[str, Any], route: str
) -> None:
    address, before = url(route, site), stored()
    for name in POST[route]:
        assert browser.post(address, {name: HUGE}).status_code < 500, name
        # Over what Django reads of a form; some pages read none of it.
        assert browser.post(address, {name: HUGE + HUGE}).status_code < 500, name
    for body, kind in BODIES:
        assert browser.post(address, body, content_type=kind).status_code < 500, (body[:9], kind)
    assert stored() == before


def test_nonsense_in_a_path_is_nobodys(browser: Client, site: dict[str, Any]) -> None:
    before = stored()
    texts = [text for text in NONSENSE.values() if text and len(text) < 100]
    for route, pattern in ROUTES.items():
        if is_page_of_a_model(route) or not PATH_WORD.search(pattern):
            continue  # those of models: test_permissions.py
        for text in texts:
            path = "/" + PATH_WORD.sub(quote(text, safe=""), pattern).translate(ANCHORS)
            for send in (browser.get, browser.post):
                assert send(path).status_code < 500, (route, text, send.__name__)
    assert stored() == before


@pytest.mark.full
@pytest.mark.parametrize("model", admin.site._registry, ids=label)
def test_a_list_asked_for_nonsense_is_still_a_list(
    browser: Client, site: dict[str, Any], model: Any
) -> None:
    page = admin.site._registry[model]
    filters = [each[0] if isinstance(each, tuple) else each for each in page.list_filter]
    names = ["o", "p", "e", "all", *(f"{name}__exact" for name in map(str, filters))]
    address = reverse(f"admin:{label(model).replace('.', '_')}_changelist")
    for what, nonsense in NONSENSE.items():
        asked = [{"q": nonsense}]
        if len(nonsense) < 100:
            asked.append(dict.fromkeys(names, nonsense))
        for query in asked:
            assert browser.get(address, query).status_code in (200, 302, 400), (what, query.keys())


@pytest.mark.parametrize("method", ["put", "patch", "delete", "head", "options", "trace"])
def test_a_method_that_a_route_does_not_have_changes_nothing(
    browser: Client, site: dict[str, Any], method: str
) -> None:
    before = stored()
    for route in ENTRANCES:
        answer = getattr(browser, method)(url(route, site))
        assert answer.status_code < 500 or route == "readyz", (method, route)
    assert stored() == before
