"""The tools of one call: each ToolSpec of the persona joined with the code behind it."""

from __future__ import annotations

import logging
from typing import Any

from livekit.agents.llm import RawFunctionTool

from agents.call_context import CallClock
from agents.config import WorkerConfig
from agents.tools.end_call import EndCallTool
from agents.tools.opening_hours import OpeningHoursTool
from agents.tools.runner import Tool, ToolRunner
from agents.tools.webhook import WebhookTool
from telephony.contracts import CallPlan, ToolSpec
from telephony.enums import BuiltinTool, ToolKind

logger = logging.getLogger(__name__)


def build_tools(
    plan: CallPlan,
    config: WorkerConfig,
    runner: ToolRunner,
    clock: CallClock,
    end_call: EndCallTool,
) -> list[RawFunctionTool[..., Any]]:
    """Return the persona's tools; one that is set up wrongly is left out and logged."""
    tools: list[RawFunctionTool[..., Any]] = []
    for spec in plan.persona.tools:
        try:
            tools.append(runner.build(spec, _code(spec, plan, config, clock, end_call)))
        except ValueError as error:
            # The call is worth more than one of its tools.
            logger.error("tool %s left out: %s", spec.name, error)
    return tools


def _code(
    spec: ToolSpec,
    plan: CallPlan,
    config: WorkerConfig,
    clock: CallClock,
    end_call: EndCallTool,
) -> Tool:
    if spec.kind is ToolKind.WEBHOOK:
        if spec.webhook is None:
            raise ValueError("a webhook tool without an address")
        return WebhookTool(
            spec.webhook,
            call_id=plan.call_id,
            trusted=config.webhook_allowed_http_hosts,
        )
    if spec.builtin is BuiltinTool.END_CALL:
        return end_call
    if spec.builtin is BuiltinTool.OPENING_HOURS:
        return OpeningHoursTool(plan.opening_hours, clock)
    raise ValueError(f"no code for the built-in tool {spec.builtin}")
