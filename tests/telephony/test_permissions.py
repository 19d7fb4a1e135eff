"""Who may open and do what: every page, action and API path, found by asking Django, by group."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from telephony.models import Persona, SipTrunk
from telephony.permissions import AREAS, GROUPS, INTERNAL, PARTS_OF_A_CALL
from telephony.services.access import sync_groups
from tests.telephony.permission_matrix import (
    ACTIONS,
    ELSEWHERE,
    MODELS,
    OPEN_TO_ANYBODY,
    PAGES,
    WRITE,
    A,
    S,
    T,
    V,
)
from tests.telephony.whole_site import ROUTES, is_page_of_a_model, label, url_of

pytestmark = pytest.mark.django_db


def member(group: str) -> Client:
    user = User.objects.create_user(f"a {group}", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    client = Client(raise_request_exception=False)
    client.force_login(user)
    return client


def test_every_page_of_the_site_states_who_may_open_it() -> None:
    stated = PAGES.keys() | ELSEWHERE.keys()
    unstated = [name for name in ROUTES if name not in stated and not is_page_of_a_model(name)]
    assert unstated == [], "say in PAGES (or MODELS) of this file who may open these"


def test_every_model_lies_in_one_area_and_every_action_states_its_permission() -> None:
    placed = [name for names in AREAS.values() for name in names]
    assert len(placed) == len(set(placed))
    ours = {
        label(model) for model in admin.site._registry if model._meta.app_label == "telephony"
    } | {label(m) for m in Persona._meta.apps.get_app_config("telephony").get_models()}
    assert ours - set(placed) - set(PARTS_OF_A_CALL) - set(INTERNAL) == set()
    unstated = {label(model) for model in admin.site._registry} - MODELS.keys()
    assert unstated == set(), "say in MODELS of this file what each group may do with these"

    for model, page in admin.site._registry.items():
        names = [name if isinstance(name, str) else name.__name__ for name in page.actions or ()]
        for more in ("actions_list", "actions_row", "actions_detail", "actions_submit_line"):
            names += page._extract_action_names(getattr(page, more))
        assert set(names) == ACTIONS.get(label(model), {}).keys(), label(model)
        for name in names:
            assert getattr(page, name).allowed_permissions, (label(model), name)


@pytest.mark.parametrize("group", [V, S, T, A])
def test_a_group_may_do_with_each_model_what_is_written_and_no_more(
    site: dict[str, Any], group: str, admin_client: Client
) -> None:
    client = member(group)
    wrong = []
    for name, row in site.items():
        base, pk = f"admin:{name.replace('.', '_')}", row.pk
        may = MODELS[name].get(group)
        for verb, method, wanted in (
            ("changelist", "get", may is not None),
            ("change", "get", may is not None),
            ("history", "get", may is not None),
            ("change", "post", may == WRITE),
            ("add", "get", may == WRITE),
            ("add", "post", may == WRITE),
            ("delete", "get", may == WRITE),
            ("delete", "post", False if may != WRITE else None),
        ):
            if wanted is None:
                continue  # would delete the row that the next line needs
            url = reverse(f"{base}_{verb}", args=[] if verb in ("changelist", "add") else [pk])
            # What not even a superuser may do here (history is sealed) nobody may.
            sealed = admin_client.get(url).status_code == 403
            status = getattr(client, method)(url).status_code
            expected = (200, 302) if wanted and not sealed else (403,)
            if status not in expected:
                wrong.append((group, method, url, status, expected))
    assert wrong == []


@pytest.mark.parametrize("group", [V, S, T, A])
def test_pages_that_are_no_models_open_to_the_groups_that_are_named(
    site: dict[str, Any], group: str
) -> None:
    client = member(group)
    wrong = []
    for name, groups in PAGES.items():
        status = client.get(url_of(name, site)).status_code
        fits = status == 403 if group not in groups else status in (200, 302, 503)
        if not fits or (status == 503 and name != "readyz"):
            wrong.append((name, status))
    assert wrong == []


def test_nothing_but_what_is_named_opens_without_logging_in(
    site: dict[str, Any], client: Client
) -> None:
    names = ROUTES.keys() - OPEN_TO_ANYBODY - {"admin:app_list", "admin:view_on_site"}
    for name in names:
        for method in ("get", "post"):
            response = getattr(client, method)(url_of(name, site))
            to_login = response.status_code == 302 and "/login/" in response["Location"]
            logged_out = name == "admin:logout"
            assert to_login or logged_out or response.status_code in (401, 403), (name, response)


@pytest.mark.parametrize("group", [V, S, T, A])
def test_an_action_is_done_for_those_alone_who_may_change(site: dict[str, Any], group: str) -> None:
    client = member(group)
    Persona.objects.update(greeting="Changed?")
    SipTrunk.objects.update(sync_state="synced")
    for name, row in site.items():
        app, _, model = name.partition(".")
        for action in (*ACTIONS.get(name, ()), "delete_selected"):
            client.post(
                reverse(f"admin:{app}_{model}_changelist"),
                {"action": action, "_selected_action": row.pk},
            )
        client.post(
            reverse(f"admin:{app}_{model}_change", args=[row.pk]),
            {f"{app}_{model}_{action}": "1" for action in ACTIONS.get(name, ())},
        )
    published = Persona.objects.filter(published_version__version=2).exists()
    assert published == (MODELS["telephony.persona"].get(group) == WRITE)
    pending = SipTrunk.objects.filter(sync_state="pending").exists()
    assert pending == (MODELS["telephony.siptrunk"].get(group) == WRITE)


@pytest.mark.parametrize("pk", ["nonsense", "999999", "-1", "9" * 40, "a/b", "_00", "é"])
def test_an_id_that_is_nobodys_is_never_an_error_of_ours(site: dict[str, Any], pk: str) -> None:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_superuser("root"))
    for name in site:
        for verb in ("change", "history", "delete"):
            url = reverse(f"admin:{name.replace('.', '_')}_{verb}", args=[pk])
            for method in ("get", "post"):
                assert getattr(client, method)(url).status_code in (302, 403, 404), url


def test_completing_a_name_asks_for_the_permission_of_its_model(site: dict[str, Any]) -> None:
    asked = {"app_label": "telephony", "model_name": "persona", "field_name": "tools"}
    url = reverse("admin:autocomplete")
    assert member(V).get(url, asked).status_code == 403
    assert member(S).get(url, asked).status_code == 200


def test_the_groups_come_back_to_what_is_written_and_keep_their_members(
    site: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    viewers = Group.objects.get(name=V)
    client = member(V)
    viewers.permissions.clear()
    others = Group.objects.create(name="Night shift")
    call_command("sync_groups")

    assert "Group Viewer: 2 permissions" in capsys.readouterr().out
    assert client.get(reverse("admin:telephony_call_changelist")).status_code == 200
    assert Group.objects.filter(pk=others.pk).exists()
    assert GROUPS.keys() <= set(Group.objects.values_list("name", flat=True))
    assert len(sync_groups()) == 4
