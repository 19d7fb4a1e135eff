"""Makes LiveKit's trunks and dispatch rules what the admin says."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from telephony.livekit_client import LiveKitError
from telephony.services.provisioning import sync_livekit


class Command(BaseCommand):
    help = "Creates, updates and deletes LiveKit's SIP trunks and dispatch rules to match the admin"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="only say what would be done")

    def handle(self, *_args: Any, dry_run: bool = False, **_options: Any) -> None:
        try:
            report = sync_livekit(dry_run=dry_run)
        except LiveKitError as error:
            raise CommandError(
                f"{error}. Is livekit-server running, with Redis (its SIP API needs it), at "
                "LIVEKIT_URL and LIVEKIT_SIP_API_URL, with our API key?"
            ) from error
        for change in report.changes:
            self.stdout.write(f"would {change}" if dry_run else str(change))
            for detail in change.details if dry_run else ():
                self.stdout.write(f"    {detail}")
        if not report.changes and report.ok:
            self.stdout.write("LiveKit is as it should be: nothing to do.")
        for finding in report.foreign:
            self.stderr.write(self.style.WARNING(f"WARNING: {finding}"))
        if not report.ok:
            raise CommandError(
                "\n".join(f"{name}: {error}" for name, error in report.errors.items())
            )
