"""Test this tool: one use of a tool by the worker's own code, in a process of its own.

The code belongs to the agents, which this app does not import: TOOL_TRIAL_COMMAND names it. The
tool's secret goes through the pipe, never into arguments or the environment of the process. Tools
that do something to a call, such as ending it, need one and cannot be tested here.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings

from telephony.enums import BuiltinTool, ToolKind
from telephony.models import OpeningHours, Tool
from telephony.services import knowledge, mapping

# Beside the tool's own time-out: Python has to start, and an MCP server to be connected to.
START_TIMEOUT_S = 30.0
MOST_HOURS = 5
PASSAGES = 10


class TrialFailedError(Exception):
    """The trial itself could not be run; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """``result`` is what the model would be given; ``attempts`` are {outcome, ms} each."""

    result: Mapping[str, Any]
    attempts: list[Mapping[str, Any]]


def example_arguments(tool: Tool) -> dict[str, str]:
    """What to begin with; a built-in tool has its own parameters."""
    if tool.builtin == BuiltinTool.KNOWLEDGE_LOOKUP.value:
        return {"question": ""}
    return dict.fromkeys(tool.parameters.get("properties", {}), "")


def try_tool(*, tool: Tool, arguments: Mapping[str, Any]) -> Trial:
    """Calls the tool's address for real, once (more often when it is idempotent and fails).

    Opening hours: all there are, as at a call now. Documents: all active ones, whoever's.
    """
    request = {
        "spec": asdict(mapping.tool_spec(mapping.tool_snapshot(tool), tool)),
        "arguments": dict(arguments),
        "trusted": settings.WEBHOOK_ALLOWED_HTTP_HOSTS,
        **_from_database(tool, arguments),
    }
    try:
        done = subprocess.run(
            settings.TOOL_TRIAL_COMMAND,
            input=json.dumps(request, default=str).encode(),
            capture_output=True,
            timeout=START_TIMEOUT_S + tool.timeout_ms / 1000,
            cwd=settings.BASE_DIR,
            env={"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(settings.BASE_DIR)},
            check=True,
        )
        answer = json.loads(done.stdout)
    except subprocess.TimeoutExpired as error:
        raise TrialFailedError("The trial did not end in time.") from error
    except (subprocess.CalledProcessError, OSError, ValueError):
        # From None: the error quotes its input nowhere, but its output might.
        raise TrialFailedError("The agents' code could not be started here.") from None
    return Trial(result=answer["result"], attempts=answer["attempts"])


def _from_database(tool: Tool, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """What the worker would ask it for. Raises TrialFailedError."""
    if tool.kind == ToolKind.MCP.value and not (tool.mcp_server and tool.mcp_server.active):
        raise TrialFailedError("Its server is switched off, so calls go without it.")
    if tool.kind != ToolKind.BUILTIN.value:
        return {}
    match tool.builtin:
        case BuiltinTool.OPENING_HOURS:
            rows = OpeningHours.objects.order_by("name")[:MOST_HOURS]
            if not rows:
                raise TrialFailedError("There are no opening hours: add some first.")
            return {"hours": {row.name: asdict(mapping.opening_hours_spec(row)) for row in rows}}
        case BuiltinTool.KNOWLEDGE_LOOKUP:
            question = str(arguments.get("question", ""))
            found = knowledge.search(call_id=None, question=question, limit=PASSAGES)
            return {"passages": [asdict(passage) for passage in found]}
    raise TrialFailedError("It does something to a call, and can only be tested in one.")
