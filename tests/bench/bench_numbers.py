"""Numbers, personas and profiles of the benches, made in the stack's own database.

Run in the product's environment: ``python -m tests.bench.bench_numbers SPECS``, SPECS being JSON,
a list of ``{number, name, trunk, profile: {field: value}, digits?}``. With ``digits`` the persona
has a tool that takes numbers of so many. Prints JSON: ``{skipped: [field]}``, the profile's fields
that this version of the product does not have.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import django

INSTRUCTIONS = """\
You are the telephone assistant of Fjord Outdoor, a shop for tents and backpacks. You help people
who choose a tent, wait for an order or want to return something. Answer in one to three short
sentences."""
GREETING = "Welcome to Fjord Outdoor. How can I help you?"
LOOPBACK = "127.0.0.1/32"


def seed(specs: list[dict[str, Any]]) -> list[str]:
    """Make or correct the rows; returns the names of fields that were skipped."""
    from django.db import transaction

    from telephony.enums import TrunkDirection
    from telephony.models import Persona, PhoneNumber, SipTrunk, Tool, TurnTakingProfile
    from telephony.services.demo import VOICE_ID
    from telephony.services.personas import publish_persona

    known = {field.name for field in TurnTakingProfile._meta.get_fields()}
    skipped: set[str] = set()
    with transaction.atomic():
        for spec in specs:
            profile = {k: v for k, v in spec["profile"].items() if k in known}
            skipped |= set(spec["profile"]) - known
            turn_taking, _ = TurnTakingProfile.objects.update_or_create(
                name=spec["name"], defaults=profile
            )
            turn_taking.full_clean()
            trunk, _ = SipTrunk.objects.update_or_create(
                name=spec["trunk"],
                defaults={
                    "direction": TrunkDirection.INBOUND.value,
                    "allowed_addresses": LOOPBACK,
                },
            )
            persona, _ = Persona.objects.update_or_create(
                name=spec["name"],
                defaults={
                    "instructions": INSTRUCTIONS,
                    "greeting": GREETING,
                    "language": "en",
                    "voice_id": VOICE_ID,
                    "turn_taking": turn_taking,
                },
            )
            if digits := spec.get("digits"):
                tool, _ = Tool.objects.update_or_create(name="find", defaults=_tool(digits))
                persona.tools.set([tool])
            publish_persona(persona=persona)
            PhoneNumber.objects.update_or_create(
                number=spec["number"],
                defaults={
                    "label": spec["name"],
                    "trunk": trunk,
                    "persona": persona,
                    "active": True,
                },
            )
    return sorted(skipped)


def _tool(digits: int) -> dict[str, Any]:
    number = {"type": "string", "pattern": f"^[0-9]{{{digits}}}$"}
    return {
        "description": "Finds a customer or an order by its number.",
        "parameters": {
            "type": "object",
            "properties": {"number": number},
            "required": ["number"],
            "additionalProperties": False,
        },
        "url": "https://shop.invalid/find",  # no scenario calls it
    }


if __name__ == "__main__":
    django.setup()
    print(json.dumps({"skipped": seed(json.loads(sys.argv[1]))}))  # noqa: T201 - the answer
