"""Teams, humans and transfers: models to contracts and back, as mapping.py does for the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from telephony.contracts import HandoffSpec, HumanSpec, TeamSpec, TransferRecord
from telephony.enums import AfterHuman, FrustrationAction, NobodyAction
from telephony.fields import no_handoff
from telephony.models import (
    Call,
    Persona,
    PersonaVersion,
    Team,
    TeamMember,
    Transfer,
    TransferStep,
)
from telephony.services.texts import clean_text


def handoff_snapshot(persona: Persona) -> dict[str, Any]:
    keys = set(persona.teams.values_list("key", flat=True)) if persona.pk else set()
    default = persona.default_team.key if persona.default_team is not None else ""
    return {
        "teams": sorted(keys | ({default} - {""})),
        "default_team": default,
        "operator_key": persona.operator_key,
        "frustration": persona.frustration,
        "threshold": persona.frustration_threshold,
        "weights": persona.frustration_weights,
    }


def restore_handoff(persona: Persona, version: PersonaVersion) -> list[Team]:
    """Sets the draft's fields, unsaved; returns the teams of the version that still exist."""
    values: Mapping[str, Any] = no_handoff() | version.handoff
    teams = list(Team.objects.filter(key__in=values["teams"]))
    default = [team for team in teams if team.key == values["default_team"]]
    persona.default_team = default[0] if default else None
    persona.operator_key = values["operator_key"]
    persona.frustration = values["frustration"]
    persona.frustration_threshold = values["threshold"]
    persona.frustration_weights = values["weights"]
    return teams


def handoff_spec(version: PersonaVersion) -> HandoffSpec:
    values: Mapping[str, Any] = no_handoff() | version.handoff
    return HandoffSpec(
        operator_key=values["operator_key"],
        default_team=values["default_team"],
        frustration=FrustrationAction(values["frustration"]),
        threshold=values["threshold"],
        weights=dict(values["weights"]),
    )


def team_spec(team: Team, humans: tuple[HumanSpec, ...]) -> TeamSpec:
    return TeamSpec(
        key=team.key,
        name=team.name,
        description=team.description,
        nobody=NobodyAction(team.nobody),
        after_human=AfterHuman(team.after_human),
        max_wait_s=team.max_wait_s,
        ask_every_s=team.ask_every_s,
        speak_code=team.speak_code,
        humans=humans,
    )


def human_spec(member: TeamMember, call: Call) -> HumanSpec:
    human, trunk = member.endpoint, member.endpoint.trunk
    user, host = human.user_and_host
    over_trunk = trunk is not None and not host
    return HumanSpec(
        id=human.pk,
        name=human.name,
        user=user,
        host=host,
        livekit_trunk_id=trunk.livekit_trunk_id if trunk is not None and over_trunk else "",
        auth_username=trunk.auth_username if trunk is not None and host else "",
        auth_password=trunk.auth_password if trunk is not None and host else "",
        trusted=human.trusted_for_headers,
        cold=_takes_refer(member, call),
        ring_s=member.ring_s,
    )


def _takes_refer(member: TeamMember, call: Call) -> bool:
    """A REFER goes to the caller's carrier: its trunk must take it."""
    wanted = member.team.cold_transfer and member.endpoint.takes_refer
    return wanted and call.trunk is not None and call.trunk.refer_allowed


def step_row(
    transfer: Transfer, record: TransferRecord, teams: Mapping[str, int], humans: set[int]
) -> TransferStep:
    """``teams`` (key -> id) and ``humans`` (ids): what still exists of what records name."""
    return TransferStep(
        transfer=transfer,
        step=record.step,
        state=record.state.value,
        mode=record.mode.value,
        at_ms=record.at_ms,
        occurred_at=record.occurred_at,
        team_id=teams.get(record.team),
        human_id=record.human_id if record.human_id in humans else None,
        sip_status=record.sip_status if record.sip_status in range(100, 700) else None,
        why=clean_text(record.why),
        briefing=clean_text(record.briefing),
        detail=clean_text(record.detail),
        rating=record.rating,
    )
