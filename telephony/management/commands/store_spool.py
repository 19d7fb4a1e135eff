"""manage.py store_spool: records that workers left on disk go into the database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import InterfaceError, OperationalError

from telephony.services.spool import store_spool, take_back_rejected


class Command(BaseCommand):
    help = "Stores what workers left in SPOOL_DIR. Celery does this by itself every few seconds."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--rejected",
            action="store_true",
            help="first take back the lines that were set aside (*.rejected): what hindered them "
            "may be mended",
        )

    def handle(self, *, rejected: bool = False, **_options: Any) -> None:
        if rejected:
            taken = take_back_rejected(folder=settings.SPOOL_DIR)
            self.stdout.write(f"{taken} files that were set aside are tried once more.")
        try:
            stored = store_spool(folder=settings.SPOOL_DIR)
        except (OperationalError, InterfaceError) as error:
            raise CommandError("The database does not answer; the files stay.") from error
        self.stdout.write(f"{stored} files stored from {settings.SPOOL_DIR}.")
