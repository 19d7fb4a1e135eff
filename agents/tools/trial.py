"""One use of a tool outside a call: `python -m agents.tools.trial` reads a JSON object on stdin,
runs the tool exactly as a call would (same checks, address rules, signature, retries, cuts) and
writes what the model would be given to stdout.

In: ``{"spec": a ToolSpec, "arguments", "trusted"}``, and what a built-in tool asks the database
for: ``"hours": {name: an OpeningHoursSpec}``, ``"passages": [a KnowledgePassage]``. Out:
``{"result", "attempts": [{"outcome", "ms"}]}``; with several ``hours``, a result for each name.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import date
from datetime import time as time_of_day
from typing import Any, cast
from uuid import UUID, uuid4

from agents.call_context import CallClock
from agents.recorder import Recorder, ToolAttempt
from agents.tools import knowledge_lookup
from agents.tools.knowledge_lookup import KnowledgeLookupTool
from agents.tools.opening_hours import OpeningHoursTool
from agents.tools.results import ToolFailure
from agents.tools.runner import Tool, ToolCall, ToolRunner, check_schema
from agents.tools.webhook import WebhookTool
from telephony.contracts import (
    KnowledgePassage,
    McpServerSpec,
    McpToolSpec,
    OpeningHoursSpec,
    OpeningPeriod,
    ToolSpec,
    WebhookSpec,
)
from telephony.enums import BuiltinTool, ToolKind, ToolOutcome

CONNECT_TIMEOUT_S = 8.0


class _Attempts:
    """Stands where a call has its recorder."""

    def __init__(self) -> None:
        self.made: list[dict[str, Any]] = []
        self._since = time.monotonic()

    def tool_begun(self, _attempt: ToolAttempt) -> None:
        """Only what came of it is told here."""

    def tool_call(
        self, _attempt: ToolAttempt, *, outcome: ToolOutcome, result: Mapping[str, Any]
    ) -> None:
        del result
        now = time.monotonic()
        self.made.append({"outcome": outcome.value, "ms": round((now - self._since) * 1000)})
        self._since = now


class _Passages:
    """Stands where a call has the documents: found already, for this question."""

    def __init__(self, found: list[KnowledgePassage]) -> None:
        self._found = found

    async def search_knowledge(
        self, call_id: UUID, question: str, limit: int
    ) -> list[KnowledgePassage]:
        del call_id, question
        return self._found[:limit]


async def try_tool(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result and each attempt's outcome and time."""
    call_id, attempts = uuid4(), _Attempts()
    runner = ToolRunner(cast(Recorder, attempts), CallClock(), call_id)
    call = ToolCall("trial", request["arguments"], cast(Any, None))
    async with AsyncExitStack() as stack:
        try:
            spec, tools = await _ready(_spec(request["spec"]), request, call_id, stack)
        except ToolFailure as failure:
            return {"result": failure.as_result(), "attempts": attempts.made}
        results = {name: await runner.run(spec, tool, call) for name, tool in tools.items()}
    result = results if len(results) > 1 else next(iter(results.values()))
    return {"result": result, "attempts": attempts.made}


async def _ready(
    spec: ToolSpec, request: Mapping[str, Any], call_id: UUID, stack: AsyncExitStack
) -> tuple[ToolSpec, Mapping[str, Tool]]:
    """The tool's code, by name where there are several. Raises ToolFailure."""
    trusted = frozenset(request["trusted"])
    if spec.webhook is not None:
        return spec, {"": WebhookTool(spec.webhook, call_id=call_id, trusted=trusted)}
    if spec.mcp is not None:
        return await _mcp(spec, trusted, stack)
    if spec.builtin is BuiltinTool.KNOWLEDGE_LOOKUP:
        passages = _Passages([KnowledgePassage(**passage) for passage in request["passages"]])
        spec = replace(spec, parameters=knowledge_lookup.PARAMETERS)
        return spec, {"": KnowledgeLookupTool(passages, call_id)}
    clock = CallClock()
    hours = {name: _hours(given) for name, given in request["hours"].items()}
    return spec, {name: OpeningHoursTool(one, clock) for name, one in hours.items()}


async def _mcp(
    spec: ToolSpec, trusted: frozenset[str], stack: AsyncExitStack
) -> tuple[ToolSpec, Mapping[str, Tool]]:
    from agents.tools.mcp_server import CheckedMcpServer, McpTool, as_offered

    wanted = cast(McpToolSpec, spec.mcp)
    try:
        server = CheckedMcpServer(wanted.server, trusted)
        stack.push_async_callback(server.aclose)
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            await server.initialize()
            spec = as_offered(spec, await server.list_tools())
        check_schema(spec)
    except (LookupError, ValueError) as error:
        raise ToolFailure("left_out", f"Calls go without this tool: {error}") from error
    except Exception as error:
        raise ToolFailure(
            "unavailable", f"Its server cannot be used: {type(error).__name__}."
        ) from error
    return spec, {"": McpTool(server, wanted.tool)}


def _spec(given: Mapping[str, Any]) -> ToolSpec:
    """As ``dataclasses.asdict`` and JSON left it."""
    mcp, webhook, builtin = given["mcp"], given["webhook"], given["builtin"]
    if mcp:
        mcp = McpToolSpec(server=McpServerSpec(**mcp["server"]), tool=mcp["tool"])
    fields = dict(given) | {
        "kind": ToolKind(given["kind"]),
        "builtin": BuiltinTool(builtin) if builtin else None,
        "webhook": WebhookSpec(**webhook) if webhook else None,
        "mcp": mcp,
        "sensitive_arguments": tuple(given["sensitive_arguments"]),
    }
    return ToolSpec(**fields)


def _hours(given: Mapping[str, Any]) -> OpeningHoursSpec:
    at = time_of_day.fromisoformat
    return OpeningHoursSpec(
        timezone=given["timezone"],
        periods=tuple(
            OpeningPeriod(weekday=p["weekday"], opens=at(p["opens"]), closes=at(p["closes"]))
            for p in given["periods"]
        ),
        closed=tuple(date.fromisoformat(day) for day in given["closed"]),
    )


if __name__ == "__main__":
    json.dump(asyncio.run(try_tool(json.load(sys.stdin))), sys.stdout)
