"""One MCP server of one call: livekit-agents' client over our checked HTTP.

Imported when a persona has MCP tools: the client's libraries take a quarter of a second to load.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx2
from livekit.agents.llm import RawFunctionTool, ToolError
from livekit.agents.llm.mcp import MCPServerHTTP, MCPToolResultContext

from agents.tools.checked_http import CONNECT_TIMEOUT_S, CheckedBackend, client
from agents.tools.results import ToolFailure, clean_text
from agents.tools.runner import ToolCall
from telephony.contracts import McpServerSpec
from telephony.contracts.addresses import BlockedAddressError, check_url
from telephony.enums import ToolOutcome

ANSWER_TIMEOUT_S = 30.0  # the tool's own time-out is shorter, or as long
MAX_RESPONSE_BYTES = 256 * 1024


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
            tool_result_resolver=_data,
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


class McpTool:
    """``function`` is the server's tool as livekit-agents made it."""

    def __init__(self, function: RawFunctionTool[..., Any]) -> None:
        self._function = function

    async def __call__(self, call: ToolCall) -> Mapping[str, Any]:
        try:
            data: Mapping[str, Any] = await self._function(raw_arguments=dict(call.arguments))
        except ToolError as error:
            # The server says in words what went wrong; the model may act on it.
            raise ToolFailure("failed", clean_text(str(error.message))[:300]) from error
        except (BlockedAddressError, ToolFailure, TimeoutError):
            raise
        except Exception as error:
            raise ToolFailure(
                "unavailable",
                "The system cannot be reached right now.",
                ToolOutcome.FAILED,
                passing=True,
            ) from error
        return data


def _data(result: MCPToolResultContext) -> Mapping[str, Any]:
    """The structured content if there is some, else the texts; pictures and sound are left out."""
    structured = result.result.structured_content
    if isinstance(structured, Mapping):
        return structured
    texts = [part.text for part in result.result.content if part.type == "text"]
    if not texts:
        raise ToolFailure("bad_response", "The system's answer made no sense.")
    try:
        answer = json.loads(texts[0]) if len(texts) == 1 else None
    except (ValueError, RecursionError):
        answer = None
    return answer if isinstance(answer, dict) else {"text": " ".join(texts)}
