"""What each group may open and do, stated once; test_permissions.py holds the site to it."""

from __future__ import annotations

V, S, T, A = "Viewer", "Supervisor", "Telephony admin", "Auditor"
READ, WRITE = "read", "write"

# What each group may do with each model that has pages. Who adds a model states it here and in
# telephony/permissions.py.
MODELS: dict[str, dict[str, str]] = {
    "telephony.call": {V: READ, S: READ, T: READ, A: READ},
    "telephony.persona": {S: WRITE, T: READ, A: READ},
    "telephony.personaversion": {S: READ, T: READ, A: READ},
    "telephony.tool": {S: WRITE, T: READ, A: READ},
    "telephony.openinghours": {S: WRITE, T: READ, A: READ},
    "telephony.turntakingprofile": {S: WRITE, T: READ, A: READ},
    "telephony.knowledgedocument": {S: WRITE, T: READ, A: READ},
    "telephony.mcpserver": {S: WRITE, T: READ, A: READ},
    "telephony.message": {S: WRITE, A: READ},
    "telephony.phonenumber": {S: WRITE, T: WRITE, A: READ},
    "telephony.siptrunk": {T: WRITE, A: READ},
    "telephony.humanendpoint": {S: READ, T: WRITE, A: READ},
    "telephony.team": {S: WRITE, T: WRITE, A: READ},
    "telephony.transfer": {V: READ, S: READ, T: READ, A: READ},
    "telephony.callpolicy": {T: WRITE, A: READ},
    "auth.user": {A: READ},
    "auth.group": {A: READ},
    "auditlog.logentry": {A: READ},
    "axes.accessfailurelog": {A: READ},
}

EVERYBODY = {V, S, T, A}
# Everything that is no page of a model: who may open it. Who adds a page states it here.
PAGES: dict[str, set[str]] = {
    **dict.fromkeys(("home", "healthz", "readyz", "metrics"), EVERYBODY),
    **dict.fromkeys(("admin:index", "admin:search", "admin:login"), EVERYBODY),
    "admin:password_change": EVERYBODY,
    "admin:password_change_done": EVERYBODY,
    "admin:jsi18n": EVERYBODY,
    "admin:auth_user_password_change": set(),
    "admin:telephony_tool_try_tool": {S},
    "admin:telephony_phonenumber_setup_check": {S, T, A},
    "admin:telephony_phonenumber_which_rule": {S, T, A},
    "admin:telephony_persona_compare": {S, T, A},
    "admin:telephony_call_recording": {S, A},
    "admin:telephony_message_recording": {S, A},
    "admin:telephony_call_latency": EVERYBODY,
    "call-list": EVERYBODY,
    "call-detail": EVERYBODY,
    "api-schema": EVERYBODY,
    "api-docs": EVERYBODY,
}
# Not opened by the matrix: why.
ELSEWHERE = {
    "admin:logout": "ends the session; POST only",
    "admin:autocomplete": "asks for the permission of the model it completes, tested below",
    "admin:view_on_site": "no model has a page outside the admin",
    "admin:app_list": "shows what the user may see of the index",
    "admin:telephony_persona_restore": "POST only, tested in test_persona_versions.py",
    "admin:telephony_call_hand_over": "POST only, tested in test_hand_over.py",
    "handoff-page": "opened with a code too, tested in test_handoff_page.py",
    "handoff-news": "as handoff-page",
    "livekit-webhook": "signed by LiveKit, tested in test_webhooks.py",
}
OPEN_TO_ANYBODY = {"home", "healthz", "readyz", "admin:login", "admin:jsi18n", "livekit-webhook"}
OPEN_TO_ANYBODY |= {"handoff-page", "handoff-news"}  # the code is asked for
OPEN_TO_ANYBODY |= {"metrics"}  # on this machine, as tests are; the rest in test_metrics.py
# Of each model that has any: what an action needs. Who adds an action states it here.
ACTIONS = {
    "telephony.persona": {"publish": WRITE, "save_and_publish": WRITE, "compare": READ},
    "telephony.siptrunk": {"synchronise": WRITE},
    "telephony.tool": {"try_tool": WRITE},
    "telephony.message": {"mark_handled": WRITE},
    # By those who run the teams; tested in test_admin_handoff.py.
    "telephony.humanendpoint": {"set_available": "steer", "set_away": "steer"},
    "telephony.transfer": {"cancel": "steer", "take_back": "steer"},
}
