"""Handing the caller of a running call to a human, by whoever steers hand-overs."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST

from telephony.admin.base import BaseAdmin
from telephony.livekit_client import LiveKitError
from telephony.models import Call, Team
from telephony.services.commands import CommandRefusedError, hand_over
from telephony.services.humans import teams_of


def teams_to_choose(call: Call) -> QuerySet[Team]:
    """Of a call whose caller an agent could hand over now; else none."""
    talks = call.answered_at is not None and call.ended_at is None
    may_begin = talks and not call.transfers.open().exists()
    return teams_of(call) if may_begin else Team.objects.none()


class HandsOver(BaseAdmin):
    """For the admin of Call: the teams of the call's persona, and a button."""

    def get_urls(self) -> list[URLPattern]:
        url = path(
            "<uuid:call_id>/hand-over/",
            self.admin_site.admin_view(self.hand_over),
            name="telephony_call_hand_over",
        )
        return [url, *super().get_urls()]

    def has_steer_permission(self, request: HttpRequest) -> bool:
        may: bool = self.has_view_permission(request)
        return may and request.user.has_perm("telephony.change_transfer")

    @method_decorator(require_POST)
    def hand_over(self, request: HttpRequest, call_id: UUID) -> HttpResponse:
        """POST ``team``: its key. Whatever comes of it is said on the call's page."""
        if not self.has_steer_permission(request):
            raise PermissionDenied
        call = get_object_or_404(Call, pk=call_id)
        try:
            hand_over(call=call, team_key=request.POST.get("team", ""))
        except CommandRefusedError as error:
            self.message_user(request, str(error), messages.WARNING)
        except LiveKitError:
            self.message_user(request, "LiveKit did not answer; try again.", messages.ERROR)
        else:
            self.message_user(request, "The agent was asked to hand the caller over.")
        return HttpResponseRedirect(reverse("admin:telephony_call_change", args=[call.pk]))
