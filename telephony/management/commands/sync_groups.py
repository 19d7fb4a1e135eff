"""Makes the groups Viewer, Supervisor, Telephony admin and Auditor what the code says."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from telephony.services.access import sync_groups


class Command(BaseCommand):
    help = "Creates or corrects the four groups. Run it after every `migrate`; members stay."

    def handle(self, *_args: Any, **_options: Any) -> None:
        try:
            self.stdout.write("\n".join(sync_groups()))
        except LookupError as error:
            raise CommandError(f"{error} Run `manage.py migrate` first.") from error
