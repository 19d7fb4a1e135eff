"""Test this tool: one use of a webhook tool by the worker's own code, in a process of its own.

The code belongs to the agents, which this app does not import: TOOL_TRIAL_COMMAND names it. The
tool's secret goes through the pipe, never into arguments or the environment of the process.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from telephony.enums import ToolKind
from telephony.models import Tool

# Beside the tool's own time-out: Python has to start.
START_TIMEOUT_S = 20.0


class TrialFailedError(Exception):
    """The trial itself could not be run; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """``result`` is what the model would be given; ``attempts`` are {outcome, ms} each."""

    result: Mapping[str, Any]
    attempts: list[Mapping[str, Any]]


def try_tool(*, tool: Tool, arguments: Mapping[str, Any]) -> Trial:
    """Calls the tool's address for real, once (more often when it is idempotent and fails)."""
    if tool.kind != ToolKind.WEBHOOK.value:
        raise TrialFailedError("Only webhook tools can be tested: others need a running call.")
    spec = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "url": tool.url,
        "secret": tool.secret,
        "timeout_ms": tool.timeout_ms,
        "idempotent": tool.idempotent,
    }
    request = {
        "spec": spec,
        "arguments": dict(arguments),
        "trusted": settings.WEBHOOK_ALLOWED_HTTP_HOSTS,
    }
    try:
        done = subprocess.run(
            settings.TOOL_TRIAL_COMMAND,
            input=json.dumps(request).encode(),
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
