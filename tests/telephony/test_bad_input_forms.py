"""Every form of the admin against bad input, found by asking Django: a new form is tried here too.

Each field is asked itself what it thinks of each nonsense for its kind. What it refuses is sent in
one go, and every refusal must be on the page, with nothing stored; what it takes is sent alone, and
must be refused there or be stored and shown as text.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.test import Client, RequestFactory
from django.urls import reverse

from telephony.models import Team
from tests.telephony.page_form import PageForm
from tests.telephony.whole_site import everything_stored, label

pytestmark = pytest.mark.django_db

NUL = "a\x00b"
CONTROL = "a\x1b[2J\x07\r\nBcc: x\u202e\u200b"
SCRIPT = "<script>alert(1)</script>"
HUGE = "x" * 2_000_000
IDS = ("999999", "nonsense", "-1", "9" * 40, NUL, SCRIPT)
TIMES = ("nonsense", "99:99", "-1", "0000-00-00", "9" * 40, NUL, SCRIPT)
# What is nonsense for a field of this kind; the first kind that fits counts.
NONSENSE: dict[type[forms.Field], tuple[str, ...]] = {
    forms.ModelMultipleChoiceField: IDS,
    forms.ModelChoiceField: IDS,
    forms.ChoiceField: IDS,
    forms.JSONField: ("{", "nonsense", "[" * 90_000, '"\\ud800"', '{"a": "\\u0000"}', NUL, SCRIPT),
    forms.IntegerField: ("-1", "9" * 40, "1e9", "five", "NaN", NUL, SCRIPT),  # and its kinds
    forms.SplitDateTimeField: TIMES,
    forms.DateTimeField: TIMES,
    forms.DateField: TIMES,
    forms.TimeField: TIMES,
    forms.BooleanField: ("nonsense", SCRIPT),  # anything is a yes
    forms.FileField: ("nonsense", SCRIPT),  # no file; test_bad_input_uploads.py sends files
    forms.CharField: (
        *(NUL, CONTROL, SCRIPT, "x" * 70_000, "+49 30 abc", " "),
        "{{ 7 * 7 }} %s %(x)d ' OR 1=1 --",
    ),
}


def written_by_hand() -> list[Any]:
    """The models whose pages have a form, for somebody who may do everything."""
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True, is_staff=True)
    return [
        model
        for model, page in admin.site._registry.items()
        if page.has_add_permission(request) or page.has_change_permission(request)
    ]


@dataclass(frozen=True)
class Field:
    """A field of a page, and the names under which a browser sends it."""

    name: str
    names: tuple[str, ...]
    field: forms.Field
    form: str  # the prefix of its form in a formset, or ""

    def nonsense(self) -> tuple[str, ...]:
        for kind, values in NONSENSE.items():
            if isinstance(self.field, kind):
                return values
        raise AssertionError(f"say in NONSENSE what is bad input for a {type(self.field)}")

    def refuses(self, value: str) -> bool:
        data: Any = dict.fromkeys(self.names, value)
        if isinstance(self.field, forms.ModelMultipleChoiceField):
            data = {name: [value] for name in self.names}
        try:
            self.field.clean(self.field.widget.value_from_datadict(data, {}, self.names[0]))
        except ValidationError:
            return True
        return False


class Page:
    """A form of the admin as a superuser's browser has it."""

    def __init__(self, client: Client, url: str, model: Any) -> None:
        self._client, self.url = client, url
        page = client.get(url)
        assert page.status_code == 200, url
        html = page.content.decode()
        self.sent = PageForm(html, form_id=f"{model._meta.model_name}_form").fields
        assert "csrfmiddlewaretoken" in self.sent, "not the page's form"
        self.fields = list(self._fields(page.context))

    def _fields(self, context: Any) -> Iterator[Field]:
        for inline in context["inline_admin_formsets"]:
            rows = inline.formset.forms or not inline.has_change_permission
            assert rows or self.url.endswith("/add/"), "give the row of whole_site.py one of these"
        for form in _forms(context):
            for name, field in form.fields.items():
                if field.disabled or form[name].is_hidden:
                    continue
                sent_as = form.add_prefix(name)
                parts = getattr(field.widget, "widgets_names", None)
                names = tuple(sent_as + part for part in parts) if parts else (sent_as,)
                yield Field(name, names, field, form.prefix or "")

    def send(self, bad: dict[Field, str]) -> tuple[int, dict[tuple[str, str], list[str]]]:
        """The status, and on a refusal what is said, by form and field."""
        data: dict[str, Any] = dict(self.sent)
        for field, value in bad.items():
            data |= {name: [value] for name in field.names}
        answer = self._client.post(self.url, data)
        if answer.status_code != 200:
            return answer.status_code, {}
        told = {
            (form.prefix or "", name): list(errors)
            for form in _forms(answer.context)
            for name, errors in form.errors.items()
        }
        for formset in answer.context["inline_admin_formsets"]:
            if others := formset.formset.non_form_errors():
                told[formset.formset.prefix, "__all__"] = list(others)
        return 200, told


def _forms(context: Any) -> list[Any]:
    inlines = [inline.formset for inline in context["inline_admin_formsets"]]
    return [context["adminform"].form, *(form for each in inlines for form in each.forms)]


@pytest.fixture
def browser(admin_client: Client) -> Client:
    """A superuser, who sees the page that a person would see when something breaks."""
    admin_client.raise_request_exception = False
    return admin_client


def pages(browser: Client, model: Any, site: dict[str, Any]) -> Iterator[Page]:
    base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    row = site[label(model)]
    for url in (reverse(f"{base}_change", args=[row.pk]), reverse(f"{base}_add")):
        if browser.get(url).status_code != 403:  # there is one call policy, and nobody adds a call
            yield Page(browser, url, model)


def refused_in_words(page: Page, bad: dict[Field, str], before: Any) -> None:
    """The page came back: it says what is wrong, and nothing has changed."""
    status, told = page.send(bad)
    where = {field.names[0]: value[:40] for field, value in bad.items()}
    assert status in (200, 302), (page.url, where)
    wrong = [field for field, value in bad.items() if field.refuses(value)]
    silent = [field.names[0] for field in wrong if (field.form, field.name) not in told]
    assert silent == [], (page.url, where, told)
    if status == 200:
        assert told, (page.url, where)
        assert all(text for texts in told.values() for text in texts)
        assert everything_stored() == before, (page.url, where)


@pytest.mark.parametrize("model", written_by_hand(), ids=label)
def test_nonsense_in_every_field_of_a_form_is_refused_field_by_field(
    browser: Client, site: dict[str, Any], model: Any
) -> None:
    for page in pages(browser, model, site):
        before = everything_stored()
        rounds = max((len(field.nonsense()) for field in page.fields), default=0)
        for index in range(rounds):
            with transaction.atomic():
                bad = {
                    field: field.nonsense()[index]
                    for field in page.fields
                    if index < len(field.nonsense())
                }
                refused_in_words(page, bad, before)
                transaction.set_rollback(True)


@pytest.mark.full
@pytest.mark.parametrize("model", written_by_hand(), ids=label)
def test_what_a_field_takes_is_refused_by_the_form_or_stored_and_shown_as_text(
    browser: Client, site: dict[str, Any], model: Any
) -> None:
    base = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    page = next(pages(browser, model, site))
    assert page.send({})[0] == 302, "the row that is the test's must be one that the form takes"
    before = everything_stored()
    for field in page.fields:
        for value in (*field.nonsense(), ""):
            if field.refuses(value):
                continue
            with transaction.atomic():
                status, told = page.send({field: value})
                assert status in (200, 302), (page.url, field.names, value)
                if status == 200:
                    assert told, (page.url, field.names, value)
                    assert everything_stored() == before, (page.url, field.names, value)
                else:
                    for url in (page.url, reverse(f"{base}_changelist")):
                        shown = browser.get(url)
                        assert shown.status_code in (200, 302), (url, field.names, value)
                        assert SCRIPT not in shown.content.decode(), (url, field.names)
                transaction.set_rollback(True)


@pytest.mark.full
@pytest.mark.parametrize("model", written_by_hand(), ids=label)
def test_two_megabytes_in_a_field_and_a_count_that_is_none_change_nothing(
    browser: Client, site: dict[str, Any], model: Any
) -> None:
    page = next(pages(browser, model, site))
    before = everything_stored()
    for field in page.fields:
        if isinstance(field.field, forms.CharField):
            status, told = page.send({field: HUGE})
            assert (status, bool(told)) == (200, True), (page.url, field.names)
    counts = [name for name in page.sent if name.endswith(("TOTAL_FORMS", "INITIAL_FORMS"))]
    for name, count in itertools.product(counts, ("nonsense", "-1", "", "99")):
        fine, page.sent[name] = page.sent[name], [count]
        with transaction.atomic():
            status, told = page.send({})
            # A page whose rows are only shown does not read the count.
            assert status == 302 or (told and everything_stored() == before), (name, count)
            transaction.set_rollback(True)
        page.sent[name] = fine
    assert everything_stored() == before, page.url


def test_what_somebody_else_saved_meanwhile_is_said_and_nothing_is_changed(
    browser: Client, site: dict[str, Any]
) -> None:
    page = next(pages(browser, Team, site))
    # As if the page had been opened before its member was added by somebody else.
    page.sent |= {"memberships-INITIAL_FORMS": ["0"], "memberships-0-id": [""]}
    before = everything_stored()

    assert page.send({})[0] == 302
    assert everything_stored() == before
    assert "somebody else saved" in browser.get(page.url).content.decode()
