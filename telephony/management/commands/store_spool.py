"""manage.py store_spool: records that workers left on disk go into the database."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import InterfaceError, OperationalError

from telephony.services.spool import store_spool


class Command(BaseCommand):
    help = "Stores what workers left in SPOOL_DIR. Celery does this by itself every few seconds."

    def handle(self, **options: Any) -> None:
        try:
            stored = store_spool(folder=settings.SPOOL_DIR)
        except (OperationalError, InterfaceError) as error:
            raise CommandError("The database does not answer; the files stay.") from error
        self.stdout.write(f"{stored} files stored from {settings.SPOOL_DIR}.")
