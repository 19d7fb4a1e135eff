"""Who can take a caller now: free, at work, of the right team; one caller at a time per human."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from telephony.contracts import HumanOffer, HumansFree, NobodyOffer, TeamSpec
from telephony.enums import CallState, NobodyAction, NobodyFree
from telephony.models import Call, HumanEndpoint, HumanRequest, Team, TeamMember, Transfer
from telephony.services.access_codes import issue_code
from telephony.services.handoff_mapping import human_spec, team_spec
from telephony.services.handoff_webhook import announce
from telephony.services.transcript_link import transcript_url

# A caller whose worker has not asked for so long does not wait any more, or nobody knows of it.
ASKS_WITHIN = timedelta(seconds=15)


def plan_teams(*, call: Call, keys: Sequence[str], language: str) -> tuple[TeamSpec, ...]:
    """The teams of these keys that still exist, each with who is free now, as they would ring."""
    now = timezone.now()
    specs = []
    for team in Team.objects.filter(key__in=keys).select_related("opening_hours").order_by("name"):
        members = candidates(team, language) if team.is_open_at(now) else []
        free = [member for member in members if member.endpoint.reserved_call_id is None]
        specs.append(team_spec(team, tuple(human_spec(member, call) for member in free)))
    return tuple(specs)


def candidates(team: Team, language: str) -> list[TeamMember]:
    """Who is at work in the team and has its skills, busy or not, in the order they are rung.

    Who speaks the caller's language comes first, then the lower priority number.
    """
    members = TeamMember.objects.filter(
        team=team, endpoint__in=HumanEndpoint.objects.at_work()
    ).select_related("team", "endpoint__trunk")
    needed = set(team.required_skill_list)
    able = [member for member in members if needed <= set(member.endpoint.skill_list)]
    return sorted(able, key=lambda m: (not m.endpoint.speaks(language), m.priority, m.pk))


def teams_of(call: Call) -> QuerySet[Team]:
    """The teams that the version of the call's persona may hand over to: a closed list."""
    version = call.persona_version
    return Team.objects.filter(key__in=version.handoff.get("teams", []) if version else [])


def humans_free(*, call_id: UUID, team_key: str) -> HumansFree:
    """How many could be rung for this call now, when those who wait have got theirs.

    Reads alone: nobody is reserved and no place in the line is taken. LookupError: unknown call.
    """
    now = timezone.now()
    call = Call.objects.select_related("persona_version").filter(pk=call_id).first()
    if call is None:
        raise LookupError(f"No call {call_id}.")
    team = teams_of(call).select_related("opening_hours").filter(key=team_key).first()
    if team is None or call.state == CallState.ENDED.value:
        return HumansFree(count=0, why=NobodyFree.NONE_LEFT)
    if not team.is_open_at(now):
        return HumansFree(count=0, why=NobodyFree.CLOSED)
    members = candidates(team, _language_of(call))
    others = [request for request in _waiting(team, now) if request.call_id != call.pk]
    if free := _left_by(others, members):
        return HumansFree(count=len(free))
    return HumansFree(count=0, why=NobodyFree.ALL_BUSY if members else NobodyFree.NONE_LEFT)


def reserve_human(
    *, call_id: UUID, transfer_key: str, team_key: str, tried: Sequence[int]
) -> HumanOffer | NobodyOffer:
    """Reserves the next free human for a transfer, or says why there is none now.

    Who waits longer for the team goes first, as long as a worker asks for them every few seconds.
    Asking again gives up what this transfer held before. LookupError: unknown call.
    """
    now = timezone.now()
    with transaction.atomic():
        call = Call.objects.select_for_update(no_key=True).filter(pk=call_id).first()
        if call is None:
            raise LookupError(f"No call {call_id}.")
        HumanEndpoint.objects.release(call_id=call_id, key=transfer_key)
        # One reservation after the other in a team: the line is the same for all who ask.
        team = teams_of(call).select_for_update(no_key=True).filter(key=team_key).first()
        # A worker that gave up waiting for this answer may have ended its transfer meanwhile.
        over = call.transfers.filter(key=transfer_key, ended_at__isnull=False).exists()
        if team is None or over or call.state == CallState.ENDED.value:
            return NobodyOffer(why=NobodyFree.NONE_LEFT)
        if not team.is_open_at(now):
            HumanRequest.objects.filter(call=call, key=transfer_key).delete()
            return NobodyOffer(why=NobodyFree.CLOSED)
        request = _renew(call, transfer_key, team, tried, now)
        members = candidates(team, _language_of(call))
        ahead = [other for other in _waiting(team, now) if _is_before(other, request)]
        for member in _left_by(ahead, members):
            if member.endpoint_id in tried:
                continue
            if member.endpoint.reserve(call_id=call.pk, key=transfer_key, at=now):
                request.granted_at = now
                code = issue_code(request=request, human=member.endpoint, at=now)
                announce(request=request, human=member.endpoint, at=now)
                return HumanOffer(
                    human=human_spec(member, call),
                    transcript_url=transcript_url(call.pk),
                    access_code=code,
                )
        left = any(member.endpoint_id not in tried for member in members)
        return NobodyOffer(
            why=NobodyFree.ALL_BUSY if left else NobodyFree.NONE_LEFT, position=len(ahead) + 1
        )


def _renew(call: Call, key: str, team: Team, tried: Sequence[int], now: datetime) -> HumanRequest:
    request = HumanRequest.objects.filter(call=call, key=key).first()
    if request is None:
        request = HumanRequest(call=call, key=key, since=now)
    elif request.team_id != team.pk:
        request.since = now  # another team, the end of another line
    request.team = team
    request.asked_at, request.granted_at, request.tried = now, None, list(tried)
    request.save()
    return request


def _language_of(call: Call) -> str:
    return call.persona_version.language if call.persona_version is not None else ""


def _waiting(team: Team, now: datetime) -> list[HumanRequest]:
    """Whoever is asked for and has nobody yet, in the order in which they came.

    None in a team whose callers are not kept on hold, and nobody who is back with the agent.
    """
    if team.nobody != NobodyAction.WAIT.value:
        return []
    asked = HumanRequest.objects.filter(
        team=team, granted_at__isnull=True, asked_at__gte=now - ASKS_WITHIN
    ).exclude(call__state=CallState.ENDED.value)
    same = Transfer.objects.filter(call=OuterRef("call"), key=OuterRef("key"))
    asked = asked.exclude(Exists(same.filter(ended_at__isnull=False)))
    return list(asked.order_by("since", "pk"))


def _is_before(other: HumanRequest, request: HumanRequest) -> bool:
    return (other.since, other.pk) < (request.since, request.pk)


def _left_by(ahead: Sequence[HumanRequest], members: Sequence[TeamMember]) -> list[TeamMember]:
    """Who is free when each of those ahead has taken the one they would be given."""
    free = [member for member in members if member.endpoint.reserved_call_id is None]
    for request in ahead:
        taken = next((m for m in free if m.endpoint_id not in request.tried), None)
        if taken is not None:
            free.remove(taken)
    return free
