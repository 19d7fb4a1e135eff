"""What hears the words in the calls of the overlap bench: the profile of a running stack's shop.

Run in the product's environment: ``python -m tests.bench.overlap_ears NUMBER EARS``.
"""

from __future__ import annotations

import subprocess
import sys

import django

from tests.support.faults import environment
from tests.support.stack import ROOT, Json


def use_ears(stack: Json, ears: str) -> None:
    """From the next call on."""
    subprocess.run(
        [sys.executable, "-m", "tests.bench.overlap_ears", stack["numbers"]["shop"], ears],
        cwd=ROOT,
        env=environment(stack, "web"),
        check=True,
    )


def set_ears(number: str, ears: str) -> None:
    from telephony.models import PhoneNumber
    from telephony.services.personas import publish_persona

    persona = PhoneNumber.objects.get(number=number).persona
    assert persona is not None and persona.turn_taking is not None
    persona.turn_taking.overlap_ears = ears
    persona.turn_taking.full_clean()
    persona.turn_taking.save()
    publish_persona(persona=persona)


if __name__ == "__main__":
    django.setup()
    set_ears(*sys.argv[1:])
