"""Published versions: to read, to compare, and to restore as the draft."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.http import require_POST
from unfold.decorators import action

from telephony.admin.base import BaseAdmin
from telephony.models import Persona, PersonaVersion
from telephony.services.persona_diff import persona_differences
from telephony.services.personas import restore_version


@dataclass(frozen=True)
class Side:
    """One side of a comparison, as the page offers it."""

    key: str
    label: str
    content: Persona | PersonaVersion
    version: int | None = None


class ComparesVersions(BaseAdmin):
    """For the admin of Persona: a page of differences, and the way back to a version."""

    actions_detail = ("compare",)

    def get_urls(self) -> list[URLPattern]:
        restore = path(
            "<int:persona_id>/restore/",
            self.admin_site.admin_view(self.restore),
            name="telephony_persona_restore",
        )
        return [restore, *super().get_urls()]

    @action(description="Compare versions", url_path="compare", permissions=["view"])  # type: ignore[untyped-decorator]
    def compare(self, request: HttpRequest, object_id: str) -> HttpResponse:
        persona = self.get_object(request, object_id)
        if persona is None:
            raise Http404
        sides = _sides(persona)
        new = _chosen(sides, request.GET.get("new"), default=0)
        old = _chosen(sides, request.GET.get("old"), default=min(1, len(sides) - 1))
        context = self.admin_site.each_context(request) | {
            "title": f"Versions of {persona.name}",
            "opts": self.opts,
            "sides": sides,
            "old": old,
            "new": new,
            "differences": persona_differences(old=old.content, new=new.content),
            "may_restore": self.has_change_permission(request, persona),
            "restore_url": reverse("admin:telephony_persona_restore", args=[persona.pk]),
        }
        return TemplateResponse(request, "admin/telephony/persona/compare.html", context)

    @method_decorator(require_POST)
    def restore(self, request: HttpRequest, persona_id: int) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        number = request.POST.get("version", "")
        version = (
            PersonaVersion.objects.filter(persona_id=persona_id, version=number).first()
            if number.isascii() and number.isdigit() and len(number) < 9
            else None
        )
        if version is None:
            raise Http404
        try:
            missing = restore_version(version=version)
        except ValidationError as error:
            self.message_user(request, " ".join(error.messages), messages.ERROR)
        else:
            draft = Persona.objects.get(pk=persona_id)
            self.log_change(request, draft, f"Restored v{version.version} as the draft.")
            self.message_user(
                request, f"The draft is v{version.version} again. Publish it to use it."
            )
            for text in missing:
                self.message_user(request, text, messages.WARNING)
        return HttpResponseRedirect(reverse("admin:telephony_persona_change", args=[persona_id]))


def _sides(persona: Persona) -> list[Side]:
    """The draft, then versions from the newest."""
    published = persona.published_version_id
    versions = [
        Side(
            key=str(version.version),
            label=f"v{version.version} of {version.published_at:%Y-%m-%d %H:%M} UTC"
            + (" (published)" if version.pk == published else ""),
            content=version,
            version=version.version,
        )
        for version in persona.versions.order_by("-version")[:200]
    ]
    return [Side(key="draft", label="Draft", content=persona), *versions]


def _chosen(sides: list[Side], key: Any, *, default: int) -> Side:
    return next((side for side in sides if side.key == key), sides[default])
