"""Makes or revokes a user's API token; the audit log notes it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError, CommandParser

from telephony.services.access import issue_api_token, revoke_api_token


class Command(BaseCommand):
    help = "Prints a new API token of the user, who loses the old one; --revoke only takes it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--revoke", action="store_true")

    def handle(self, *_args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']}. Make one in the admin.")
        if options["revoke"]:
            had_one = revoke_api_token(user=user)
            self.stdout.write("Revoked." if had_one else "There was none.")
        else:
            self.stdout.write(issue_api_token(user=user))
