"""Who may do what: every model lies in one area, every group has verbs on areas.

Nothing here touches the database; ``services.access.sync_groups`` writes it. A model that lies in
no area belongs to superusers only, and a test asks for its area.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import Protocol


class Area(StrEnum):
    CALLS = "calls"  # what happened and what was said
    ANSWERING = "answering"  # personas and what they know and can do
    NUMBERS = "numbers"
    MESSAGES = "messages"  # what callers left for somebody
    LINES = "lines"  # trunks and limits: what costs money and lets callers in
    HUMANS = "humans"  # at which address or number a human is: it costs money too
    TEAMS = "teams"  # whom callers may be handed to
    TRANSFERS = "transfers"  # hand-overs, waiting and past; write is cancelling and taking back
    PEOPLE = "people"  # who may log in
    AUDIT = "audit"  # who changed what


AREAS: dict[Area, tuple[str, ...]] = {
    Area.CALLS: ("telephony.call",),
    Area.ANSWERING: (
        "telephony.persona",
        "telephony.personaversion",
        "telephony.tool",
        "telephony.openinghours",
        "telephony.openingperiod",
        "telephony.closeddate",
        "telephony.turntakingprofile",
        "telephony.knowledgedocument",
        "telephony.mcpserver",
    ),
    Area.MESSAGES: ("telephony.message",),
    Area.NUMBERS: ("telephony.phonenumber",),
    Area.LINES: ("telephony.siptrunk", "telephony.callpolicy"),
    Area.HUMANS: ("telephony.humanendpoint",),
    Area.TEAMS: ("telephony.team", "telephony.teammember"),
    Area.TRANSFERS: ("telephony.transfer",),
    Area.PEOPLE: ("auth.user", "auth.group"),
    Area.AUDIT: ("auditlog.logentry", "axes.accessfailurelog"),
}

# What belongs to a call and has no page of its own: read with the call, never written by people.
PARTS_OF_A_CALL = (
    "telephony.callevent",
    "telephony.callrecording",
    "telephony.toolcall",
    "telephony.transcriptturn",
    "telephony.transferstep",
    "telephony.turnmetric",
)
# Bookkeeping that no person reads or writes.
INTERNAL = (
    "telephony.humanrequest",
    "telephony.knowledgepassage",
    "telephony.knowledgeterm",
    "telephony.livekitcheck",
    "telephony.webhookdelivery",
)

# Callers' numbers, what was said, what tools were told. Without it a call is shown without them.
PERSONAL_DATA = "telephony.view_transcriptturn"
# Voices: to play and download a call's tape, beside the permission to see the call.
RECORDINGS = "telephony.view_callrecording"

READ = ("view",)
STEER = ("view", "change")  # rows that only the product adds and nobody deletes
WRITE = ("view", "add", "change", "delete")

VIEWER = "Viewer"
SUPERVISOR = "Supervisor"
TELEPHONY_ADMIN = "Telephony admin"
AUDITOR = "Auditor"

GROUPS: dict[str, dict[Area, tuple[str, ...]]] = {
    VIEWER: {Area.CALLS: READ, Area.TRANSFERS: READ},
    SUPERVISOR: {
        Area.CALLS: READ,
        Area.MESSAGES: WRITE,
        Area.ANSWERING: WRITE,
        Area.NUMBERS: WRITE,
        Area.HUMANS: READ,  # whoever runs teams may set a human away, in the list
        Area.TEAMS: WRITE,
        Area.TRANSFERS: STEER,
    },
    TELEPHONY_ADMIN: {
        Area.CALLS: READ,
        Area.ANSWERING: READ,
        Area.NUMBERS: WRITE,
        Area.LINES: WRITE,
        Area.HUMANS: WRITE,
        Area.TEAMS: WRITE,
        Area.TRANSFERS: READ,
    },
    AUDITOR: dict.fromkeys(Area, READ),
}
SEE_PERSONAL_DATA = (SUPERVISOR, AUDITOR)
HEAR_RECORDINGS = (SUPERVISOR, AUDITOR)


class User(Protocol):
    def has_perm(self, perm: str) -> bool: ...


def may_see_personal_data(user: User) -> bool:
    return user.has_perm(PERSONAL_DATA)


def may_hear_recordings(user: User) -> bool:
    """Who must not learn what was said must not hear it either."""
    return user.has_perm(RECORDINGS) and may_see_personal_data(user)


def permissions_of(group: str) -> Iterator[str]:
    """``app.codename`` of everything that the group may do."""
    for area, verbs in GROUPS[group].items():
        for model in AREAS[area]:
            app, _, name = model.partition(".")
            yield from (f"{app}.{verb}_{name}" for verb in verbs)
    if group in SEE_PERSONAL_DATA:
        yield PERSONAL_DATA
    if group in HEAR_RECORDINGS:
        yield RECORDINGS
