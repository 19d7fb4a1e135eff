"""Groups with their permissions, and API tokens."""

from __future__ import annotations

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import transaction

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


def _model_of(permission: str) -> str:
    app, _, codename = permission.partition(".")
    return f"{app}.{codename.partition('_')[2]}"
