"""The demo's human: one phone in one team, where the environment names a phone."""

from __future__ import annotations

from telephony.enums import AfterHuman, BuiltinTool, FrustrationAction, NobodyAction, ToolKind
from telephony.models import HumanEndpoint, Persona, Team, TeamMember, Tool
from telephony.services.demo_rows import put

TEAM = "service"


def seed_team(*, human_address: str) -> Team:
    """The team ``service``, always open; with one trusted human at this SIP URI, or with nobody."""
    team = put(
        Team,
        {"key": TEAM},
        name="Customer service",
        description="People who can change orders, take returns and put things right.",
        opening_hours=None,  # a demo is shown at night too
        nobody=NobodyAction.RETURN.value,
        after_human=AfterHuman.END.value,
    )
    if not human_address:
        team.memberships.all().delete()
        return team
    human = put(
        HumanEndpoint,
        {"name": "Demo colleague"},
        address=human_address,
        trusted_for_headers=True,
        active=True,
    )
    TeamMember.objects.update_or_create(team=team, endpoint=human, defaults={"ring_s": 20})
    return team


def hands_over(persona: Persona, team: Team) -> None:
    """The draft hands frustrated callers, and who presses 0, to this team; publish it after."""
    if not team.memberships.exists():
        persona.default_team = None
        persona.teams.clear()
    else:
        persona.default_team = team
        persona.teams.set([team])
        persona.tools.add(_tool())
    persona.operator_key = "0"
    persona.frustration = FrustrationAction.TRANSFER.value
    persona.full_clean()
    persona.save()


def _tool() -> Tool:
    return put(
        Tool,
        {"name": "transfer_to_human"},
        description="Hands the caller to a person, when they ask for one or you cannot help.",
        kind=ToolKind.BUILTIN.value,
        builtin=BuiltinTool.TRANSFER_TO_HUMAN.value,
        url="",
    )
