"""Each thing that must be true before a call can be answered, looked at now."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from urllib.error import URLError
from urllib.request import urlopen

from celery import current_app
from django.conf import settings
from django.db.models import Count, Q
from django.utils import timezone

from telephony import livekit_client, queries
from telephony.enums import BuiltinTool, ToolKind
from telephony.livekit_client import LiveKitError
from telephony.models import (
    Call,
    CallPolicy,
    LiveKitCheck,
    Persona,
    PersonaVersion,
    PhoneNumber,
    SipTrunk,
    Team,
    Tool,
)

WORKER_TIMEOUT_S = 2.0
CELERY_TIMEOUT_S = 2
# Beat looks every two minutes; older than this, it does not run.
CHECK_IS_OLD = timedelta(minutes=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """``ok`` None: cannot be told from here."""

    label: str
    ok: bool | None
    answer: str
    advice: str = ""


def run_checks() -> list[Check]:
    """All of them, those over the network side by side; takes as long as the slowest."""
    outside = (_livekit, _sip, _queue, _worker)
    with ThreadPoolExecutor(max_workers=len(outside)) as pool:
        reachable = list(pool.map(lambda check: check(), outside))
    return [_settings(), *reachable, _worker_took_calls(), *_configuration()]


def _settings() -> Check:
    # The process would not have started without the settings that have no default.
    return Check(
        label="Settings",
        ok=None if settings.DEBUG else True,
        answer="DEBUG is on." if settings.DEBUG else "All that is needed is set.",
        advice="For development only: unset DEBUG where callers are real."
        if settings.DEBUG
        else "",
    )


def _livekit() -> Check:
    return _asked("LiveKit", livekit_client.rooms, "Is livekit-server running at LIVEKIT_URL?")


def _sip() -> Check:
    return _asked(
        "SIP",
        livekit_client.list_dispatch_rules,
        "LIVEKIT_SIP_API_URL must be served; livekit-server does so only with Redis.",
    )


def _asked(label: str, question: Callable[[], object], advice: str) -> Check:
    try:
        question()
    except LiveKitError as error:
        return Check(label=label, ok=False, answer=str(error), advice=advice)
    return Check(label=label, ok=True, answer="Answers.")


def _queue() -> Check:
    label, advice = "Celery", "Start `celery -A contactcenter worker` and `beat`, and Redis."
    try:
        with current_app.connection_for_write() as connection:
            connection.ensure_connection(max_retries=1, interval_start=0, timeout=CELERY_TIMEOUT_S)
            workers = current_app.control.ping(timeout=CELERY_TIMEOUT_S, connection=connection)
    except Exception as error:  # kombu and the broker's client raise their own kinds
        return Check(
            label=label, ok=False, answer=f"No broker: {type(error).__name__}.", advice=advice
        )
    if not workers:
        return Check(label=label, ok=False, answer="No worker answers.", advice=advice)
    return Check(label=label, ok=True, answer=f"{len(workers)} answers.")


def _worker() -> Check:
    """LiveKit's API does not list workers, so the worker on this machine is asked itself."""
    label = "Agent worker"
    url = f"http://127.0.0.1:{settings.WORKER_HTTP_PORT}"
    try:
        with urlopen(url, timeout=WORKER_TIMEOUT_S) as answer:
            ok = answer.status == 200
        with urlopen(f"{url}/worker", timeout=WORKER_TIMEOUT_S) as answer:  # noqa: S310 -- ours
            name = str(json.loads(answer.read(10_000)).get("agent_name", ""))
    except (URLError, OSError, ValueError, AttributeError):
        return Check(
            label=label,
            ok=None,
            answer="None answers on this machine.",
            advice="Start `python -m agents.worker`. One on another machine cannot be seen from "
            "here: look at when a call was last taken.",
        )
    if name != settings.AGENT_NAME:
        return Check(
            label=label,
            ok=False,
            answer=f"It goes by {name!r}, and the rules call {settings.AGENT_NAME!r}.",
            advice="Give both the same AGENT_NAME.",
        )
    return Check(label=label, ok=ok, answer="Runs on this machine, and is registered.")


def _worker_took_calls() -> Check:
    last = Call.objects.exclude(claimed_at=None).order_by("-started_at").first()
    if last is None or last.claimed_at is None:
        return Check(label="Last call taken", ok=None, answer="None yet.", advice="Call a number.")
    return Check(
        label="Last call taken", ok=True, answer=f"{last.claimed_at:%Y-%m-%d %H:%M:%S} UTC."
    )


def _configuration() -> list[Check]:
    policy = CallPolicy.current()
    checks = [
        Check(
            label="Kill switch",
            ok=not policy.take_no_calls,
            answer=f"On: {policy.take_no_calls_reason}" if policy.take_no_calls else "Off.",
        )
    ]
    trunks = list(SipTrunk.objects.filter(direction="inbound", active=True))
    if not trunks:
        checks.append(
            Check(label="Inbound trunk", ok=False, answer="None.", advice="Add a SIP trunk.")
        )
    checks += [
        Check(
            label=f"Trunk {trunk.name}",
            ok=trunk.sync_state == "synced",
            answer=f"{trunk.get_sync_state_display()}. {trunk.sync_error}".strip(),
            advice="" if trunk.sync_state == "synced" else "Run `manage.py sync_livekit`.",
        )
        for trunk in trunks
    ]
    return [
        *checks,
        _look_at_livekit(),
        _spool(),
        *_numbers(),
        *handing_over(),
        *unsigned_webhooks(),
        *cut_by_restarts(),
    ]


def _spool() -> Check:
    count = queries.files_set_aside()
    return Check(
        label="Records of calls",
        ok=not count,
        answer=f"{count} files hold records that could not be stored." if count else "All stored.",
        advice="Look at SPOOL_DIR/*.rejected; `manage.py store_spool --rejected` tries once more."
        if count
        else "",
    )


def handing_over() -> list[Check]:
    """What is amiss with handing over: no team, no default one of several, nobody in a team."""
    checks = []
    used: set[str] = set()
    for version in _published():
        handoff = version.handoff
        teams = handoff.get("teams", [])
        used |= set(teams)
        named = any(
            tool["builtin"] == BuiltinTool.TRANSFER_TO_HUMAN.value for tool in version.tools
        )
        if named and not teams:
            checks.append(
                Check(
                    label=f"Hand-over of {version}",
                    ok=False,
                    answer="It has the tool transfer_to_human and no team.",
                    advice="Give it a team and publish it, or take the tool away.",
                )
            )
        there = list(Team.objects.filter(key__in=teams).order_by("name"))  # as plan_teams
        if len(there) > 1 and handoff.get("default_team") not in {team.key for team in there}:
            checks.append(
                Check(
                    label=f"Hand-over of {version}",
                    ok=None,
                    answer=f"No default team: a caller who names none goes to {there[0]}.",
                    advice="Choose a default team and publish it.",
                )
            )
    at_work = Q(memberships__endpoint__active=True, memberships__endpoint__available=True)
    teams_used = Team.objects.filter(key__in=used)
    checks += [
        Check(
            label=f"Team {team}",
            ok=False,
            answer="Nobody is there: no member's phone can be rung.",
            advice="Add members, or set somebody available.",
        )
        for team in teams_used.annotate(humans=Count("memberships", filter=at_work))
        if not team.humans
    ]
    return checks


def unsigned_webhooks() -> list[Check]:
    """Published tools whose receiver cannot tell our requests from anybody's."""
    used = {tool["id"] for version in _published() for tool in version.tools}
    unsigned = Tool.objects.filter(pk__in=used, kind=ToolKind.WEBHOOK.value, secret="")
    return [
        Check(
            label=f"Webhook {tool}",
            ok=None,
            answer="It has no secret: its requests are not signed.",
            advice="Give it one, unless its receiver knows them otherwise.",
        )
        for tool in unsigned
    ]


def cut_by_restarts() -> list[Check]:
    """Personas whose calls may be longer than a worker that is told to stop waits for."""
    waits_s = settings.WORKER_DRAIN_TIMEOUT_S
    return [
        Check(
            label=f"Longest call of {version}",
            ok=None,
            answer=f"{version.max_duration_s} s; a worker that is told to stop waits {waits_s} s.",
            advice="Set WORKER_DRAIN_TIMEOUT_S longer, and what starts and stops the worker too, "
            "or a restart ends such calls.",
        )
        for version in _published()
        if version.max_duration_s >= waits_s
    ]


def _published() -> list[PersonaVersion]:
    personas = Persona.objects.select_related("published_version")
    return [p.published_version for p in personas if p.published_version is not None]


def _numbers() -> list[Check]:
    numbers = list(
        PhoneNumber.objects.filter(active=True).select_related("persona__published_version")
    )
    if not numbers:
        return [Check(label="Phone number", ok=False, answer="None.", advice="Add one.")]
    found = []
    for number in numbers:
        version = number.persona.published_version if number.persona else None
        answer = str(version) if version else "No published persona: its calls are refused."
        advice = "" if version else "Choose a persona, and publish it."
        found.append(Check(label=str(number), ok=version is not None, answer=answer, advice=advice))
    return found


def _look_at_livekit() -> Check:
    label = "Nobody else's rules"
    look = LiveKitCheck.objects.filter(pk=1).first()
    if look is None or look.checked_at < timezone.now() - CHECK_IS_OLD:
        return Check(
            label=label,
            ok=False,
            answer="LiveKit was not looked at in the last minutes.",
            advice="Start `celery -A contactcenter beat`, or run `manage.py sync_livekit`.",
        )
    if look.foreign:
        return Check(label=label, ok=False, answer=" ".join(look.foreign))
    return Check(label=label, ok=True, answer=f"Looked at {look.checked_at:%H:%M:%S} UTC.")
