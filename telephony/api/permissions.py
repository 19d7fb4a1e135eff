"""Who may read the API."""

from __future__ import annotations

from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView


class StaffWithViewPermission(BasePermission):
    """Active staff who may view the view's model in the admin; the API only reads."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        user = request.user
        queryset = getattr(view, "queryset", None)
        if not user.is_authenticated or not user.is_active or not user.is_staff or queryset is None:
            return False
        options = queryset.model._meta
        return user.has_perm(f"{options.app_label}.view_{options.model_name}")
