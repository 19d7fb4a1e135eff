"""Tools of MCP servers join the agent's as soon as their server has answered, beside the call.

A call is answered whether or not they do: a dead server costs the call its tools and leaves an
event. Only tools that the persona names are offered, in the words of the admin.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from livekit.agents.llm import RawFunctionTool

from agents.call import LiveCall
from agents.tools.results import clean_text
from agents.tools.runner import ToolRunner
from telephony.contracts import McpServerSpec, ToolSpec
from telephony.contracts.addresses import BlockedAddressError
from telephony.enums import EventKind

if TYPE_CHECKING:
    from agents.tools.mcp_server import CheckedMcpServer

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 8.0
CLOSE_TIMEOUT_S = 2.0
PAUSES_S = (2.0, 10.0)  # between tries


def attach(call: LiveCall, runner: ToolRunner, trusted: frozenset[str]) -> None:
    """Begin to connect to each server that the persona has tools of."""
    wanted: dict[McpServerSpec, list[ToolSpec]] = {}
    for spec in call.plan.persona.tools:
        if spec.mcp is not None:
            wanted.setdefault(spec.mcp.server, []).append(spec)
    for server, specs in wanted.items():
        call.spawn(_offer(call, runner, trusted, server, specs), f"mcp-{server.name}")


async def _offer(
    call: LiveCall,
    runner: ToolRunner,
    trusted: frozenset[str],
    spec: McpServerSpec,
    specs: Sequence[ToolSpec],
) -> None:
    """Connect, offer the tools, and hold the connection until the call ends."""
    server: CheckedMcpServer | None = None
    try:
        for pause_s in (*PAUSES_S, None):
            try:
                server = await asyncio.to_thread(_server, spec, trusted)
                async with asyncio.timeout(CONNECT_TIMEOUT_S):
                    await server.initialize()
                    found = await server.list_tools()
                tools = _allowed(call, runner, server, specs, found)
                break
            except Exception as error:
                _note(call, spec, error)
                if pause_s is None or isinstance(error, BlockedAddressError):
                    return
            await asyncio.sleep(pause_s)
        if tools:
            await call.agent.update_tools([*call.agent.tools, *tools])
        await asyncio.Event().wait()
    except Exception as error:
        _note(call, spec, error)
    finally:
        if server is not None:
            await _close(server)


def _server(spec: McpServerSpec, trusted: frozenset[str]) -> CheckedMcpServer:
    """Import the client here, in a thread: it is slow to load, and most calls need none."""
    from agents.tools.mcp_server import CheckedMcpServer

    return CheckedMcpServer(spec, trusted)


def _allowed(
    call: LiveCall,
    runner: ToolRunner,
    server: CheckedMcpServer,
    specs: Sequence[ToolSpec],
    found: Sequence[RawFunctionTool[..., Any]],
) -> list[RawFunctionTool[..., Any]]:
    from agents.tools.mcp_server import McpTool, as_offered

    tools = []
    for spec in specs:
        if spec.mcp is None:
            continue
        try:
            code = McpTool(server, spec.mcp.tool)
            tools.append(runner.build(as_offered(spec, found), code))
        except (LookupError, ValueError) as error:
            logger.error("tool %s left out: %s", spec.name, clean_text(str(error))[:200])
            _note(call, spec.mcp.server, error, tool=spec.name)
    return tools


def _note(call: LiveCall, spec: McpServerSpec, error: Exception, **more: str) -> None:
    logger.warning("MCP server %s: %s", spec.name, type(error).__name__)
    call.recorder.event(
        EventKind.PROVIDER_ERROR,
        detail={
            "source": "mcp_server",
            "server": spec.name,
            "code": type(error).__name__,
            "recoverable": True,
            **more,
        },
    )


async def _close(server: CheckedMcpServer) -> None:
    try:
        async with asyncio.timeout(CLOSE_TIMEOUT_S):
            await server.aclose()
    except (Exception, asyncio.CancelledError) as error:
        # It is gone, or does not answer: either way there is nothing left to close.
        logger.debug("MCP server %s not closed: %s", server.name, type(error).__name__)
