"""The tools of one call: each ToolSpec of the persona joined with the code behind it."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from livekit.agents.llm import RawFunctionTool

from agents.call_context import CallClock
from agents.config import WorkerConfig
from agents.ports import Knowledge
from agents.recorder import Recorder
from agents.tools import knowledge_lookup, send_dtmf, take_message, transfer_to_human
from agents.tools.end_call import EndCallTool
from agents.tools.knowledge_lookup import KnowledgeLookupTool
from agents.tools.opening_hours import OpeningHoursTool
from agents.tools.runner import Tool, ToolRunner
from agents.tools.send_dtmf import SendDtmfTool
from agents.tools.take_message import TakeMessageTool
from agents.tools.transfer_to_human import TransferToHumanTool
from agents.tools.webhook import WebhookTool
from telephony.contracts import CallPlan, ToolSpec
from telephony.enums import BuiltinTool, ToolKind

logger = logging.getLogger(__name__)

# What a built-in tool is called with is its code's affair, not the admin's.
BUILTIN_PARAMETERS: Mapping[BuiltinTool, Mapping[str, Any]] = {
    BuiltinTool.TAKE_MESSAGE: take_message.PARAMETERS,
    BuiltinTool.SEND_DTMF: send_dtmf.PARAMETERS,
    BuiltinTool.KNOWLEDGE_LOOKUP: knowledge_lookup.PARAMETERS,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolParts:
    """What the built-in tools of one call reach for."""

    plan: CallPlan
    config: WorkerConfig
    recorder: Recorder
    clock: CallClock
    end_call: EndCallTool
    keypad: SendDtmfTool
    transfer: TransferToHumanTool
    knowledge: Knowledge | None = None


def build_tools(runner: ToolRunner, parts: ToolParts) -> list[RawFunctionTool[..., Any]]:
    """Return the persona's tools; one that is set up wrongly is left out and logged.

    Tools of MCP servers are not among them: they come when their server has answered.
    """
    tools: list[RawFunctionTool[..., Any]] = []
    for spec in parts.plan.persona.tools:
        if spec.kind is ToolKind.MCP:
            continue
        try:
            tools.append(runner.build(_complete(spec, parts.plan), _code(spec, parts)))
        except ValueError as error:
            # The call is worth more than one of its tools.
            logger.error("tool %s left out: %s", spec.name, error)
    return tools


def _complete(spec: ToolSpec, plan: CallPlan) -> ToolSpec:
    if spec.builtin is BuiltinTool.TRANSFER_TO_HUMAN:
        return replace(spec, parameters=transfer_to_human.parameters(plan.teams))
    own = BUILTIN_PARAMETERS.get(spec.builtin) if spec.builtin else None
    return spec if own is None else replace(spec, parameters=own)


def _code(spec: ToolSpec, parts: ToolParts) -> Tool:
    plan = parts.plan
    if spec.kind is ToolKind.WEBHOOK:
        if spec.webhook is None:
            raise ValueError("a webhook tool without an address")
        return WebhookTool(
            spec.webhook, call_id=plan.call_id, trusted=parts.config.webhook_allowed_http_hosts
        )
    match spec.builtin:
        case BuiltinTool.END_CALL:
            return parts.end_call
        case BuiltinTool.OPENING_HOURS:
            return OpeningHoursTool(plan.opening_hours, parts.clock)
        case BuiltinTool.TRANSFER_TO_HUMAN:
            return parts.transfer
        case BuiltinTool.TAKE_MESSAGE:
            return TakeMessageTool(parts.recorder, plan.caller_number)
        case BuiltinTool.SEND_DTMF:
            return parts.keypad
        case BuiltinTool.KNOWLEDGE_LOOKUP:
            return KnowledgeLookupTool(parts.knowledge, plan.call_id)
    raise ValueError(f"no code for the built-in tool {spec.builtin}")
