"""A believable small contact centre for demonstrations and end-to-end tests; run it twice safely.

The stand-ins' scenario relies on the names, numbers and greetings written here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import time

from django.contrib.auth import get_user_model
from django.db import transaction

from telephony.enums import BuiltinTool, ToolKind, TrunkDirection
from telephony.models import (
    OpeningHours,
    OpeningPeriod,
    Persona,
    PhoneNumber,
    SipTrunk,
    Team,
    Tool,
    TurnTakingProfile,
)
from telephony.services.access import issue_api_token, sync_groups
from telephony.services.demo_rows import put
from telephony.services.demo_team import hands_over, seed_team
from telephony.services.personas import publish_persona

VOICE_ID = "f786b574-daa5-4673-aa0c-cbe3e8534c02"

NORDWIND = """\
You are the telephone assistant of Nordwind Outdoor, a shop for tents, backpacks and clothing.
You help with orders and with opening hours; nothing else. Look an order up with order_status as
soon as you have its number, and say only what the tool returned. Use opening_hours when somebody
asks whether or when the shop is open. You cannot change orders, take payments or promise refunds:
say so, and offer that a colleague calls back. Say goodbye with end_call once the caller has no
further question."""

LAKESIDE = """\
You are the receptionist of Lakeside Dental, a dental practice. You tell callers when the practice
is open, with opening_hours, and what to bring to a first visit: the insurance card and recent
X-rays. You give no medical advice; in an emergency name the emergency number. Say goodbye with
end_call once the caller has no further question."""

ORDER_PARAMETERS = {
    "type": "object",
    "properties": {
        "order_number": {
            "type": "string",
            "pattern": "^[0-9]{4}$",
            "description": "The digits of the order number, without spaces.",
        }
    },
    "required": ["order_number"],
    "additionalProperties": False,
}


def seed_demo(
    *,
    order_webhook: str,
    order_secret: str = "",
    allowed_addresses: Sequence[str] = ("127.0.0.1/32",),
    digest: tuple[str, str] | None = None,
    human_address: str = "",
) -> list[str]:
    """Creates or corrects the demo's rows, publishes its personas; returns a line for each.

    ``digest`` (user name, password) adds a trunk that wants credentials. ``human_address`` (a SIP
    URI) is the phone that the shop's callers may be handed to. Raises ValidationError.
    """
    with transaction.atomic():
        sync_groups()
        addresses = "\n".join(allowed_addresses)
        phones = put(
            SipTrunk,
            {"name": "Local phones"},
            direction=TrunkDirection.INBOUND.value,
            allowed_addresses=addresses,
        )
        shop_hours, practice_hours = _opening_hours()
        order_status, opening_hours, end_call = _tools(order_webhook, order_secret)
        # The end-of-turn model takes most of the stand-ins' synthetic sentences for unfinished
        # and waits the maximum; people's voices it can tell apart.
        # Whoever tries the demo by telephone may take their time: nudged later than by default.
        profile = put(
            TurnTakingProfile, {"name": "Telephone"}, max_endpointing_ms=800, nudge_after_s=30
        )
        nordwind = _persona(
            "Nordwind Outdoor",
            NORDWIND,
            "Welcome to Nordwind Outdoor. How can I help you?",
            profile,
            [order_status, opening_hours, end_call],
            seed_team(human_address=human_address),
        )
        lakeside = _persona(
            "Lakeside Dental",
            LAKESIDE,
            "Lakeside Dental, good day. What can I do for you?",
            profile,
            [opening_hours, end_call],
        )
        numbers = [
            _number("+15550100", "Shop", phones, nordwind, shop_hours),
            _number("+15550101", "Practice", phones, lakeside, practice_hours),
        ]
        if digest is not None:
            guarded = put(
                SipTrunk,
                {"name": "Digest phones"},
                direction=TrunkDirection.INBOUND.value,
                auth_username=digest[0],
                auth_password=digest[1],
            )
            numbers.append(_number("+15550102", "Digest", guarded, nordwind, shop_hours))
        return [
            f"{number.number}: {number.persona} v{version.version} on {number.trunk}"
            for number in numbers
            if number.persona and (version := number.persona.published_version)
        ]


def set_operator(*, name: str, password: str, api_token: str = "") -> None:
    """A superuser with this password, and with this API token when one is given."""
    users = get_user_model()
    with transaction.atomic():
        user, _ = users.objects.get_or_create(
            username=name, defaults={"is_staff": True, "is_superuser": True}
        )
        user.is_staff = user.is_superuser = user.is_active = True
        user.set_password(password)
        user.save()
        if api_token:
            issue_api_token(user=user, key=api_token)


def _tools(order_webhook: str, order_secret: str) -> tuple[Tool, Tool, Tool]:
    return (
        put(
            Tool,
            {"name": "order_status"},
            description="Looks up an order: its status, delivery day and carrier.",
            parameters=ORDER_PARAMETERS,
            kind=ToolKind.WEBHOOK.value,
            builtin="",
            url=order_webhook,
            secret=order_secret,
        ),
        put(
            Tool,
            {"name": "opening_hours"},
            description="Tells whether it is open now and the hours of the week.",
            kind=ToolKind.BUILTIN.value,
            builtin=BuiltinTool.OPENING_HOURS.value,
            url="",
        ),
        put(
            Tool,
            {"name": "end_call"},
            description="Says goodbye and hangs up, once the caller has no further question.",
            kind=ToolKind.BUILTIN.value,
            builtin=BuiltinTool.END_CALL.value,
            url="",
        ),
    )


def _opening_hours() -> tuple[OpeningHours, OpeningHours]:
    shop = put(OpeningHours, {"name": "Nordwind shop"}, timezone="Europe/Berlin")
    _periods(shop, range(5), time(9), time(18))
    _periods(shop, [5], time(10), time(16))
    practice = put(OpeningHours, {"name": "Lakeside practice"}, timezone="Europe/Berlin")
    _periods(practice, range(5), time(8), time(12))
    _periods(practice, range(4), time(14), time(18))
    return shop, practice


def _periods(hours: OpeningHours, weekdays: Iterable[int], opens: time, closes: time) -> None:
    for weekday in weekdays:
        OpeningPeriod.objects.update_or_create(
            opening_hours=hours, weekday=weekday, opens=opens, defaults={"closes": closes}
        )


def _persona(
    name: str,
    instructions: str,
    greeting: str,
    profile: TurnTakingProfile,
    tools: Sequence[Tool],
    team: Team | None = None,
) -> Persona:
    persona = put(
        Persona,
        {"name": name},
        instructions=instructions,
        greeting=greeting,
        language="en",
        voice_id=VOICE_ID,
        turn_taking=profile,
    )
    persona.tools.set(tools)
    if team is not None:
        hands_over(persona, team)
    publish_persona(persona=persona)
    return persona


def _number(
    number: str, label: str, trunk: SipTrunk, persona: Persona, hours: OpeningHours
) -> PhoneNumber:
    return put(
        PhoneNumber,
        {"number": number},
        label=label,
        trunk=trunk,
        persona=persona,
        opening_hours=hours,
        active=True,
    )
