"""Groups with their permissions, and API tokens."""

from __future__ import annotations

from django.apps import apps
from django.contrib.auth.models import Group, Permission, User
from django.db import transaction
from rest_framework.authtoken.models import Token

from telephony.audit import note_api_token
from telephony.permissions import GROUPS, permissions_of


def sync_groups() -> list[str]:
    """Makes the four groups what telephony.permissions says; returns a line for each.

    Members stay. Other groups are left alone. LookupError when a permission does not exist, which
    means that the migrations have not run.
    """
    rows = {
        f"{row.content_type.app_label}.{row.codename}": row
        for row in Permission.objects.select_related("content_type")
    }
    models = {model._meta.label_lower for model in apps.get_models()}
    with transaction.atomic():
        lines = []
        for name in GROUPS:
            wanted = {p for p in permissions_of(name) if _model_of(p) in models}
            if missing := wanted - rows.keys():
                raise LookupError(f"Permissions that do not exist: {', '.join(sorted(missing))}.")
            group, _ = Group.objects.get_or_create(name=name)
            group.permissions.set(rows[permission] for permission in wanted)
            lines.append(f"Group {name}: {len(wanted)} permissions")
        return lines


def issue_api_token(*, user: User, key: str = "") -> str:
    """Gives the user a new token in place of the old one and returns it: it is shown just once."""
    with transaction.atomic():
        if key and Token.objects.filter(user=user, key=key).exists():
            return key
        replaced, _ = Token.objects.filter(user=user).delete()
        token = Token(user=user, key=key)
        token.save(force_insert=True)  # makes a key where none is given
        note_api_token(user=user, had_one=bool(replaced), has_one=True)
        return str(token.key)


def revoke_api_token(*, user: User) -> bool:
    """False when there was none."""
    with transaction.atomic():
        gone, _ = Token.objects.filter(user=user).delete()
        if gone:
            note_api_token(user=user, had_one=True, has_one=False)
        return bool(gone)


def _model_of(permission: str) -> str:
    app, _, codename = permission.partition(".")
    return f"{app}.{codename.partition('_')[2]}"
