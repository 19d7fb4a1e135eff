"""One MCP server of one call: livekit-agents' client over our checked HTTP.

Imported when a persona has MCP tools: the client's libraries take a quarter of a second to load.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import httpx2
from livekit.agents.llm import RawFunctionTool
from livekit.agents.llm.mcp import MCPServerHTTP
from mcp.types import (
    CallToolRequest,
    CallToolRequestParams,
    CallToolResult,
    RequestParamsMeta,
)

from agents.tools.checked_http import CONNECT_TIMEOUT_S, CheckedBackend, client
from agents.tools.results import ToolFailure, clean, clean_text
from agents.tools.runner import ToolCall
from telephony.contracts import McpServerSpec, ToolSpec
from telephony.contracts.addresses import BlockedAddressError, check_url
from telephony.contracts.json_schema import without_patterns
from telephony.enums import ToolOutcome

ANSWER_TIMEOUT_S = 30.0  # the tool's own time-out is shorter, or as long
MAX_RESPONSE_BYTES = 256 * 1024
UNREACHABLE = "The system cannot be reached right now."
# The protocol has no key of its own for it; its "_meta" is for what client and server agree on.
KEY_META = "contactcenter/idempotency-key"


class CheckedMcpServer(MCPServerHTTP):
    """Reaches only what tools may reach; ``trusted`` as for webhooks."""

    def __init__(self, spec: McpServerSpec, trusted: frozenset[str]) -> None:
        check_url(spec.url, trusted)
        super().__init__(
            spec.url,
            transport_type="sse" if spec.url.rstrip("/").endswith("/sse") else "streamable_http",
            headers={"Authorization": f"Bearer {spec.secret}"} if spec.secret else {},
            timeout=CONNECT_TIMEOUT_S,
            client_session_timeout_seconds=ANSWER_TIMEOUT_S,
        )
        self.name = spec.name
        self._backend = CheckedBackend(trusted)

    def _create_http_client(
        self,
        headers: dict[str, Any] | None = None,
        timeout: httpx2.Timeout | None = None,
        auth: httpx2.Auth | None = None,
    ) -> httpx2.AsyncClient:
        del timeout, auth  # ours are the same for every request
        return client(
            self._backend,
            timeout=httpx2.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S, read=None),
            headers=self.headers if headers is None else headers,
            max_response_bytes=MAX_RESPONSE_BYTES,
        )

    async def use(self, tool: str, call: ToolCall) -> CallToolResult:
        """Ask for one use of ``tool``. Raises ToolFailure, and what the client raises.

        Not by the client's ``call_tool``: it checks the answer by the server's own schema, patterns
        and all, in the event loop. Ours is cleaned as data, whatever it says that it is.
        """
        if self._client is None:
            raise ToolFailure("unavailable", UNREACHABLE, passing=True)
        meta = cast(RequestParamsMeta, {KEY_META: call.idempotency_key})
        asked = CallToolRequestParams(name=tool, arguments=dict(call.arguments), _meta=meta)
        return await self._client.send_request(CallToolRequest(params=asked), CallToolResult)


def as_offered(spec: ToolSpec, found: Sequence[RawFunctionTool[..., Any]]) -> ToolSpec:
    """The tool with the schema by which the model calls it: ours, or the server's where ours is
    empty. Raises LookupError."""
    schemas = {tool.info.name: tool.info.raw_schema.get("parameters") for tool in found}
    if spec.mcp is None or spec.mcp.tool not in schemas:
        raise LookupError("its MCP server has none of that name")
    if spec.parameters.get("properties"):
        return spec
    # The server's own words reach the model: cleaned, and no longer than they need be.
    schema = clean(dict(schemas[spec.mcp.tool] or {}), depth=-4)
    return replace(spec, parameters=without_patterns(schema))


class McpTool:
    """One tool of a server, by the server's own name of it."""

    def __init__(self, server: CheckedMcpServer, name: str) -> None:
        self._server = server
        self._name = name

    async def __call__(self, call: ToolCall) -> Mapping[str, Any]:
        try:
            result = await self._server.use(self._name, call)
        except (BlockedAddressError, ToolFailure, TimeoutError):
            raise
        except Exception as error:
            raise ToolFailure(
                "unavailable", UNREACHABLE, ToolOutcome.FAILED, passing=True
            ) from error
        return _data(result)


def _data(result: CallToolResult) -> Mapping[str, Any]:
    """The structured content if there is some, else the texts; pictures and sound are left out.

    Raises ToolFailure in the server's own words, which the model may act on.
    """
    texts = [part.text for part in result.content if part.type == "text"]
    if result.is_error:
        raise ToolFailure("failed", clean_text(" ".join(texts))[:300])
    if isinstance(result.structured_content, Mapping):
        return result.structured_content
    if not texts:
        raise ToolFailure("bad_response", "The system's answer made no sense.")
    try:
        answer = json.loads(texts[0]) if len(texts) == 1 else None
    except (ValueError, RecursionError):
        answer = None
    return answer if isinstance(answer, dict) else {"text": " ".join(texts)}
