"""The first page and the sidebar."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy

from telephony import queries
from telephony.personal_data import calls_for

_PAGES: list[tuple[str, list[tuple[str, str, str]]]] = [
    (
        "Calls",
        [
            ("Call history", "call", "call_log"),
            ("Hand-overs", "transfer", "phone_forwarded"),
            ("Messages", "message", "mail"),
        ],
    ),
    (
        "Who answers",
        [
            ("Phone numbers", "phonenumber", "dialpad"),
            ("Personas", "persona", "support_agent"),
            ("Tools", "tool", "build"),
            ("MCP servers", "mcpserver", "hub"),
            ("Knowledge", "knowledgedocument", "menu_book"),
            ("Opening hours", "openinghours", "schedule"),
            ("Turn-taking", "turntakingprofile", "record_voice_over"),
        ],
    ),
    (
        "People",
        [("Teams", "team", "groups"), ("Human endpoints", "humanendpoint", "headset_mic")],
    ),
    (
        "Lines",
        [
            ("SIP trunks", "siptrunk", "settings_phone"),
            ("Limits and kill switch", "callpolicy", "block"),
        ],
    ),
]


def navigation(_request: HttpRequest) -> list[dict[str, Any]]:
    groups: list[dict[str, Any]] = [
        {
            "title": title,
            "separator": True,
            "items": [_item(label, "telephony", model, icon) for label, model, icon in pages],
        }
        for title, pages in _PAGES
    ]
    # Below the history's address: the sidebar would mark both.
    history, latency = groups[0]["items"][0], reverse_lazy("admin:telephony_call_latency")
    history["active"] = lambda request: (
        request.path.startswith(str(history["link"])) and request.path != str(latency)
    )
    groups[0]["items"].append(_item("Latency", "telephony", "call", "speed") | {"link": latency})
    groups[-1]["items"] += [
        _page("Set-up check", "setup_check", "checklist"),
        _page("Which rule takes a call?", "which_rule", "alt_route"),
    ]
    people = [
        _item("Users", "auth", "user", "person"),
        _item("Groups", "auth", "group", "group"),
        _item("Audit log", "auditlog", "logentry", "history"),
        _item("Failed log-ins", "axes", "accessfailurelog", "lock"),
    ]
    return [*groups, {"title": "Access", "separator": True, "items": people}]


def _item(title: str, app: str, model: str, icon: str) -> dict[str, Any]:
    permission = f"{app}.view_{model}"
    return {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{app}_{model}_changelist"),
        "permission": lambda request: request.user.has_perm(permission),
    }


def _page(title: str, name: str, icon: str) -> dict[str, Any]:
    link = reverse_lazy(f"admin:telephony_phonenumber_{name}")
    return _item(title, "telephony", "phonenumber", icon) | {"link": link}


def dashboard(request: HttpRequest, context: dict[str, Any]) -> dict[str, Any]:
    may_see_calls = request.user.has_perm("telephony.view_call")
    context["alarms"] = queries.alarms() if request.user.has_perm("telephony.view_siptrunk") else []
    # Who may not see what is wrong is told that something is.
    context["setup_warnings"] = queries.setup_warnings(with_alarms=not context["alarms"])
    context["today"] = queries.calls_today() if may_see_calls else None
    recent = queries.call_history()[:10] if may_see_calls else []
    context["recent_calls"] = calls_for(request.user, recent)
    return context
