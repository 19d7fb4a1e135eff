"""Reads for pages, the API and the console."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from uuid import UUID

from django.conf import settings
from django.db.models import Count, OuterRef, Prefetch, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from telephony.enums import EventKind
from telephony.models import (
    Call,
    CallEvent,
    CallPolicy,
    LiveKitCheck,
    PhoneNumber,
    SipTrunk,
    TranscriptTurn,
    Transfer,
    TransferStep,
)
from telephony.numbers import canonical_digits, e164

# Of a spool file's lines that no database takes (services.spool).
REJECTED_SUFFIX = ".rejected"


def call_summaries(
    *, sip_call_id: str = "", number: str = "", state: str = "", by_caller: bool = True
) -> QuerySet[Call]:
    """``by_caller`` False: a number finds called numbers only, so that no caller's is confirmed."""
    calls = Call.objects.select_related("trunk", "persona_version")
    if sip_call_id:
        calls = calls.filter(sip_call_id=sip_call_id)
    if number:
        # A plus that was not escaped in a query string arrives as a space, and is stripped.
        forms = {number, e164(number), f"+{canonical_digits(number)}"}
        wanted = Q(called_number__in=forms, phone_number__isnull=False)
        if by_caller:
            wanted = Q(called_number__in=forms) | Q(caller_number__in=forms)
        calls = calls.filter(wanted)
    if state:
        calls = calls.filter(state=state)
    return calls


def call_details() -> QuerySet[Call]:
    """Calls with all that was stored of them, in some queries whatever the length of the call."""
    steps = TransferStep.objects.select_related("human")
    return Call.objects.select_related("trunk", "persona_version").prefetch_related(
        "turns",
        "tool_calls",
        "events",
        "metrics",
        "recordings",
        Prefetch("transfers", Transfer.objects.select_related("team", "human")),
        Prefetch("transfers__steps", steps),
    )


def handoff_details() -> QuerySet[Call]:
    """Calls with what the page of a hand-over shows of them: read every second while they last."""
    return Call.objects.select_related("persona_version").prefetch_related(
        "turns",
        "tool_calls",
        Prefetch("events", CallEvent.objects.filter(kind=EventKind.FRUSTRATION.value)),
        Prefetch("transfers", Transfer.objects.select_related("team", "human")),
    )


def call_page(call_id: str) -> Call | None:
    """One call for its page; None when the id is no id or no call's."""
    try:
        return call_details().filter(pk=UUID(call_id)).first()
    except ValueError:
        return None


def call_history() -> QuerySet[Call]:
    """Calls for a list: three queries a page (calls, their metrics, the paginator's count)."""
    turns = (
        TranscriptTurn.objects.filter(call=OuterRef("pk"))
        .order_by()
        .values("call")
        .annotate(count=Count("pk"))
        .values("count")
    )
    return (
        Call.objects.select_related("persona_version")
        .annotate(turn_count=Coalesce(Subquery(turns), 0))
        .prefetch_related("metrics")
        .order_by("-started_at", "id")
    )


def search_calls(calls: QuerySet[Call], term: str, *, by_caller: bool = True) -> QuerySet[Call]:
    """By call id, by SIP Call-ID, or by any part of either number (see call_summaries)."""
    term = term.strip()
    if not term:
        return calls
    try:
        return calls.filter(pk=UUID(term))
    except ValueError:
        pass
    wanted = Q(sip_call_id=term)
    if digits := canonical_digits(term):
        wanted |= Q(called_number__contains=digits, phone_number__isnull=False)
        if by_caller:
            wanted |= Q(called_number__contains=digits) | Q(caller_number__contains=digits)
    return calls.filter(wanted)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallLatency:
    """Medians in ms over a call's replies: on the worker's clock, and on its tape where one is."""

    speech_edges_ms: int | None
    tape_ms: int | None


def call_latency(call: Call) -> CallLatency:
    metrics = list(call.metrics.all())
    return CallLatency(
        speech_edges_ms=_median(metric.framework_ms for metric in metrics),
        tape_ms=_median(metric.tape_ms for metric in metrics),
    )


def _median(values: Iterable[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return round(median(known)) if known else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    total: int
    open: int
    answered: int
    failed: int


def calls_today() -> Today:
    """Calls since midnight UTC; failed: put down to us, a provider or the network."""
    midnight = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0)
    counts = Call.objects.filter(started_at__gte=midnight).aggregate(
        total=Count("pk"),
        open=Count("pk", filter=~Q(state="ended")),
        answered=Count("pk", filter=Q(answered_at__isnull=False)),
        failed=Count("pk", filter=Q(ending_result__in=["our_fault", "provider", "network"])),
    )
    return Today(**counts)


def files_set_aside() -> int:
    """Files with records that could not be stored; 0 where this machine has no spool."""
    return sum(1 for _ in Path(settings.SPOOL_DIR).glob(f"*{REJECTED_SUFFIX}"))


def setup_warnings(*, with_alarms: bool = True) -> list[str]:
    """What a fresh or half-made installation still lacks to take a call, in words for everybody.

    /readyz shows them without a log-in, so no name, number or reason is among them.
    Without ``with_alarms``, what ``alarms`` says better is left out.
    """
    warnings = []
    if with_alarms and CallPolicy.current().take_no_calls:
        warnings.append("The kill switch is on: every call is refused.")
    check = LiveKitCheck.objects.filter(pk=1).first()
    if with_alarms and check is not None and check.foreign:
        warnings.append("LiveKit holds a rule or trunk of somebody else's that could take calls.")
    if with_alarms and files_set_aside():
        warnings.append("Records of calls lie in the spool that could not be stored.")
    active = PhoneNumber.objects.filter(active=True)
    if not active.exists():
        warnings.append("There is no active phone number: no call can be taken.")
    elif not active.filter(persona__published_version__isnull=False).exists():
        warnings.append("No active phone number has a published persona: every call is refused.")
    trunks = SipTrunk.objects.filter(active=True, direction="inbound")
    if not trunks.exists():
        warnings.append("There is no active inbound SIP trunk.")
    if trunks.exclude(sync_state="synced").exists():
        warnings.append("A SIP trunk is not in LiveKit yet: run `manage.py sync_livekit`.")
    return warnings


def alarms() -> list[str]:
    """What somebody must look at now, with names: for people who may see the configuration."""
    found = []
    policy = CallPolicy.current()
    if policy.take_no_calls:
        found.append(f"No calls are taken: {policy.take_no_calls_reason}")
    check = LiveKitCheck.objects.filter(pk=1).first()
    found += check.foreign if check is not None else []
    if count := files_set_aside():
        found.append(
            f"Records of calls could not be stored: {count} files *{REJECTED_SUFFIX} in SPOOL_DIR. "
            "`manage.py store_spool --rejected` tries once more."
        )
    for trunk in SipTrunk.objects.filter(sync_state="failed"):
        found.append(
            f"LiveKit does not hold the trunk {trunk.name} as it is here: {trunk.sync_error}"
        )
    return found
