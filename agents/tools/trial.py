"""One use of a webhook tool outside a call: `python -m agents.tools.trial` reads a JSON object on
stdin, runs the tool exactly as a call would (same checks, address rules, signature, retries, cuts)
and writes what the model would be given to stdout.

In: ``{"spec": {name, description, parameters, url, secret, timeout_ms, idempotent}, "arguments",
"trusted"}``. Out: ``{"result", "attempts": [{"outcome", "ms"}]}``.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Mapping
from typing import Any, cast
from uuid import uuid4

from agents.call_context import CallClock
from agents.recorder import Recorder, ToolAttempt
from agents.tools.runner import ToolCall, ToolRunner
from agents.tools.webhook import WebhookTool
from telephony.contracts import ToolSpec, WebhookSpec
from telephony.enums import ToolKind, ToolOutcome


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


async def try_tool(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the result and each attempt's outcome and time."""
    given = dict(request["spec"])
    webhook = WebhookSpec(url=given.pop("url"), secret=given.pop("secret"))
    spec = ToolSpec(kind=ToolKind.WEBHOOK, webhook=webhook, **given)
    call_id, attempts = uuid4(), _Attempts()
    runner = ToolRunner(cast(Recorder, attempts), CallClock(), call_id)
    tool = WebhookTool(webhook, call_id=call_id, trusted=frozenset(request["trusted"]))
    call = ToolCall("trial", request["arguments"], cast(Any, None))
    result = await runner.run(spec, tool, call)
    return {"result": result, "attempts": attempts.made}


if __name__ == "__main__":
    json.dump(asyncio.run(try_tool(json.load(sys.stdin))), sys.stdout)
