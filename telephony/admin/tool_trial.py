"""Test this tool: arguments in, result and time out."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.decorators import action

from telephony.admin.base import BaseAdmin
from telephony.admin.form_fields import BoundedJSONField
from telephony.services.tool_trial import TrialFailedError, example_arguments, try_tool
from telephony.timeline import pretty

MAX_ARGUMENT_CHARS = 8_000


class ArgumentsForm(forms.Form):
    arguments = BoundedJSONField(
        widget=forms.Textarea(attrs={"rows": 8, "spellcheck": "false"}),
        required=False,  # {} counts as nothing
    )

    def clean_arguments(self) -> dict[str, Any]:
        arguments = self.cleaned_data["arguments"]
        if not isinstance(arguments, dict):
            raise forms.ValidationError('Write a JSON object, such as {"order_number": "4271"}.')
        if len(json.dumps(arguments)) > MAX_ARGUMENT_CHARS:
            raise forms.ValidationError(f"At most {MAX_ARGUMENT_CHARS} characters.")
        return arguments


class TriesTools(BaseAdmin):
    """For the admin of Tool: calls the tool's real address, so it needs the right to change it."""

    actions_detail = ("try_tool",)

    @action(description="Test this tool", url_path="try", permissions=["change"])  # type: ignore[untyped-decorator]
    def try_tool(self, request: HttpRequest, object_id: str) -> HttpResponse:
        tool = self.get_object(request, object_id)
        if tool is None:
            raise Http404
        form = ArgumentsForm(request.POST or None, initial={"arguments": example_arguments(tool)})
        context = self.admin_site.each_context(request) | {
            "title": f"Test {tool.name}",
            "opts": self.opts,
            "tool": tool,
            "form": form,
        }
        if request.method == "POST" and form.is_valid():
            try:
                trial = try_tool(tool=tool, arguments=form.cleaned_data["arguments"])
            except TrialFailedError as error:
                context["error"] = str(error)
            else:
                context |= {"trial": trial, "shown": pretty(trial.result)}
        return TemplateResponse(request, "admin/telephony/tool/try.html", context)
