"""Fills the database with a small contact centre that can be called at once."""

from __future__ import annotations

import os
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser

from telephony.services.demo import seed_demo, set_operator


class Command(BaseCommand):
    help = (
        "Seeds two numbers, two published personas, tools, opening hours and a trunk for local "
        "phones. DEMO_HUMAN_SIP_URI in the environment is the phone that the shop's callers may be "
        "handed to. Safe to run again. Then run sync_livekit."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--order-webhook",
            default="https://orders.example.com/order-status",
            help="URL of the order_status tool: is sent {order_number}, answers with "
            "{order_number, status, delivery_day, carrier}; plain http only for a host in "
            "WEBHOOK_ALLOWED_HTTP_HOSTS",
        )
        parser.add_argument(
            "--allowed-address",
            action="append",
            help="address that phones call from (repeatable; default 127.0.0.1/32)",
        )
        parser.add_argument(
            "--trunk-auth",
            metavar="USER:PASSWORD",
            help="adds the trunk 'Digest phones' (+15550102) with these SIP credentials",
        )
        parser.add_argument(
            "--admin-user", metavar="NAME", help="superuser; password from DEMO_ADMIN_PASSWORD"
        )
        parser.add_argument(
            "--api-token",
            action="store_true",
            help="gives the admin user the API token in DEMO_API_TOKEN",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        digest = _credentials(options["trunk_auth"])
        operator = _operator(options["admin_user"], wants_token=options["api_token"])
        try:
            lines = seed_demo(
                order_webhook=options["order_webhook"],
                allowed_addresses=options["allowed_address"] or ["127.0.0.1/32"],
                digest=digest,
                human_address=os.environ.get("DEMO_HUMAN_SIP_URI", ""),
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
        if operator:
            set_operator(**operator)
            lines.append(f"Operator: {operator['name']}")
        self.stdout.write("\n".join(lines))


def _credentials(value: str | None) -> tuple[str, str] | None:
    if not value:
        return None
    user, _, password = value.partition(":")
    if not user or not password:
        raise CommandError("--trunk-auth takes USER:PASSWORD.")
    return user, password


def _operator(name: str | None, *, wants_token: bool) -> dict[str, str] | None:
    if not name:
        if wants_token:
            raise CommandError("--api-token needs --admin-user.")
        return None
    password = os.environ.get("DEMO_ADMIN_PASSWORD", "")
    if not password:
        raise CommandError("--admin-user needs DEMO_ADMIN_PASSWORD in the environment.")
    token = os.environ.get("DEMO_API_TOKEN", "") if wants_token else ""
    if wants_token and not 20 <= len(token) <= 40:
        raise CommandError("--api-token needs DEMO_API_TOKEN of 20 to 40 characters.")
    return {"name": name, "password": password, "api_token": token}
